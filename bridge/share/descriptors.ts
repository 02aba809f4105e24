import { closeSync, fstatSync, readlinkSync } from 'node:fs';
import { wholeNumber } from '../check.js';
import { adopt, closeFd } from '../descriptor.js';
import { BridgeError, isSyscallError, type SyscallError } from '../errors.js';
import { duplicate, fromNode } from '../files.js';
import { libc, SYS } from '../libc.js';
import type { Handle, Ticket } from './ticket.js';

const targetOf = (fd: number): string => fromNode('readlink', () => readlinkSync(`/proc/self/fd/${fd}`));

const inodeOf = (fd: number): string => `${fromNode('fstat', () => fstatSync(fd, { bigint: true })).ino}`;

/** A descriptor of this process as a ticket names it. */
export const handleOf = (fd: number): Handle => ({ fd, inode: inodeOf(fd) });

/** What each descriptor of a ticket has to be. */
const KINDS = {
  box: { is: (target: string) => target === 'anon_inode:[zcrx]', name: 'anon_inode:[zcrx]' },
  memory: { is: (target: string) => target.startsWith('/memfd:zcrx'), name: 'a memfd of zcrx' },
} as const;

type Kind = keyof typeof KINDS;

/** @throws BridgeError `bad-option` if a descriptor is not the one that the ticket means */
function checkDescriptor(fd: number, kind: Kind, { inode }: Handle, whence: string, ifNot: string): void {
  const target = targetOf(fd);
  const found = inodeOf(fd);
  if (KINDS[kind].is(target) && found === inode) return;
  throw new BridgeError(
    'bad-option',
    `ticket.${kind} is ${whence}, which is ${target} (inode ${found}), expected ${KINDS[kind].name} (inode ${inode}): ${ifNot}`,
  );
}

const STALE =
  'the ticket is of a share that was closed, or of a process in another pid namespace, or that one has ended and another has its number';

const BY_STDIO =
  'or have the descriptors handed over, as through the stdio of child_process.spawn, and import with { box, area }';

const explainOpen: { readonly [errno: string]: (pid: number) => string } = {
  ESRCH: (pid) =>
    `there is no process ${pid} here: the one that shared has ended, or lives in another pid namespace; share again, ${BY_STDIO}`,
};

const explainGet: { readonly [errno: string]: (pid: number, fd: number) => string } = {
  EPERM: (pid) =>
    `this process may not take descriptors of process ${pid}: that needs the right to trace it (the same user, with kernel.yama.ptrace_scope at 0, or CAP_SYS_PTRACE, and no seccomp filter in between); give it that, ${BY_STDIO}`,
  EBADF: (pid, fd) => `process ${pid} has no descriptor ${fd}: its share was closed`,
  ESRCH: (pid) => `process ${pid}, which shared, has ended`,
};

function explained(error: unknown, why: string | undefined): unknown {
  if (!isSyscallError(error)) return error;
  if (error.errno === 'ENOSYS') return (error as SyscallError).because(`this kernel lacks it: ${BY_STDIO}`);
  return why === undefined ? error : error.because(why);
}

const errnoOf = (error: unknown): string => (isSyscallError(error) ? error.errno : '');

function openProcess(pid: number): number {
  try {
    return Number(libc().call('syscall', 'pidfd_open', SYS.pidfd_open, pid, 0, 0, 0, 0, 0));
  } catch (error) {
    throw explained(error, explainOpen[errnoOf(error)]?.(pid));
  }
}

function take(process: number, pid: number, fd: number): number {
  try {
    return adopt(Number(libc().call('syscall', 'pidfd_getfd', SYS.pidfd_getfd, process, fd, 0, 0, 0, 0)));
  } catch (error) {
    throw explained(error, explainGet[errnoOf(error)]?.(pid, fd));
  }
}

/** Descriptors of our own of what a ticket means; to be closed with `fs.closeSync`. */
export interface Fetched {
  readonly box: number;
  readonly memory: number;
}

/** Gets both, or neither. */
function both(get: (kind: Kind) => number): Fetched {
  const box = get('box');
  try {
    return { box, memory: get('memory') };
  } catch (error) {
    closeSync(box);
    throw error;
  }
}

/** A descriptor that is the one that the ticket means, or none. */
function checked(fd: number, check: () => void): number {
  try {
    check();
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Takes them out of the process that shares, which may be this one. */
function fetch(ticket: Ticket): Fetched {
  const { pid } = ticket;
  const whence = (fd: number) => `descriptor ${fd} of process ${pid}`;
  const isOurs = pid === process.pid;
  const owner = isOurs ? undefined : openProcess(pid);
  try {
    return both((kind) => {
      const { fd } = ticket[kind];
      const own = owner === undefined ? duplicateOwn(fd, pid) : take(owner, pid, fd);
      return checked(own, () => checkDescriptor(own, kind, ticket[kind], whence(fd), STALE));
    });
  } finally {
    if (owner !== undefined) closeFd(owner);
  }
}

function duplicateOwn(fd: number, pid: number): number {
  try {
    return duplicate(fd);
  } catch (error) {
    throw explained(error, explainGet[errnoOf(error)]?.(pid, fd));
  }
}

/** Descriptors that came by another way. They stay the caller's. */
export interface Given {
  readonly box: number;
  readonly area: number;
}

function duplicateGiven(ticket: Ticket, given: Given): Fetched {
  const numbers = { box: given.box, memory: given.area };
  return both((kind) => {
    const name = kind === 'memory' ? 'area' : kind;
    const fd = wholeNumber(name, numbers[kind], 0, 2 ** 31 - 1);
    const own = duplicate(fd);
    return checked(own, () =>
      checkDescriptor(own, kind, ticket[kind], `given as ${name}: ${fd}`, 'it belongs to another ticket'),
    );
  });
}

/**
 * The descriptors that a ticket is about: those given, or else those of the process that it names.
 * @throws BridgeError `bad-option` if they are not what the ticket says
 * @throws SyscallError `EPERM`, `ESRCH`, `EBADF` with the cause and the remedy
 */
export const descriptorsFor = (ticket: Ticket, given: Given | undefined): Fetched =>
  given ? duplicateGiven(ticket, given) : fetch(ticket);
