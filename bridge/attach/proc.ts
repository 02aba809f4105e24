import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

// What /proc tells of a process. Whatever can vanish between two looks does: what is not there is undefined.

/** Who a process is: its number alone is given to another one later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The name of its program as the kernel has it, at most 15 bytes (`comm`). */
  readonly command: string;
  /** When it began, in clock ticks since the machine was booted (field 22 of /proc/PID/stat). */
  readonly startTime: bigint;
  /** One letter, as `R`, `S`, or `Z` for a process that has ended and whose parent has not asked for its status. */
  readonly state: string;
  /** It is about to end: it closes what it has (PF_EXITING). */
  readonly ending: boolean;
}

/** Where a mapping of a ring lies in a process, from its /proc/PID/maps. */
export interface RingMapping {
  readonly start: bigint;
  /** The first byte behind it. */
  readonly end: bigint;
  /** Which of the ring's memories: the offset that it was mapped at. */
  readonly offset: bigint;
  /** Of the ring. */
  readonly inode: bigint;
}

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Of files in /proc/PID: the process has ended, or has closed what they stood for. */
const GONE = new Set(['ENOENT', 'ESRCH']);

/** undefined where it is gone. @throws what Node throws where it may not be seen */
export function unlessGone<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (GONE.has(errnoOf(error))) return undefined;
    throw error;
  }
}

/** undefined where it is gone, or not for us to see. */
export function ifSeen<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const PF_EXITING = 4;

/** Reads the text of /proc/PID/stat. The name may hold anything, brackets and line ends too. */
export function parseStat(text: string): ProcessIdentity | undefined {
  const from = text.indexOf('(');
  const to = text.lastIndexOf(')');
  if (from < 0 || to < from) return undefined;
  const pid = Number.parseInt(text, 10);
  // Behind the name: field 3, the state, field 9, the flags, and field 22, the time.
  const fields = text.slice(to + 2).split(' ');
  const [state = '', flags = '', start = ''] = [fields[0], fields[6], fields[19]];
  if (!Number.isInteger(pid) || state === '' || !/^\d+$/.test(start)) return undefined;
  const ending = (Number(flags) & PF_EXITING) !== 0;
  return { pid, command: text.slice(from + 1, to), startTime: BigInt(start), state, ending };
}

/** undefined where there is no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const text = ifSeen(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text === undefined ? undefined : parseStat(text);
}

// start-end rwxs offset device inode path
const RING_LINE =
  /^([\da-f]+)-([\da-f]+) r..s ([\da-f]+) \S+ (\d+) +anon_inode:\[io_uring\](?: \(deleted\))?$/;

/** Mappings of rings in the text of /proc/PID/maps. */
export function parseRingMappings(text: string): RingMapping[] {
  const found: RingMapping[] = [];
  for (const line of text.split('\n')) {
    const match = RING_LINE.exec(line);
    if (!match) continue;
    const [, start, end, offset, inode] = match as unknown as string[];
    found.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      offset: BigInt(`0x${offset}`),
      inode: BigInt(inode as string),
    });
  }
  return found;
}

/** Empty where the process has ended, has no memory of its own (a kernel thread), or does not show it. */
export const ringMappings = (pid: number): RingMapping[] =>
  parseRingMappings(ifSeen(() => readFileSync(`/proc/${pid}/maps`, 'latin1')) ?? '');

/** The numbers of a process's descriptors. @throws what Node throws where they may not be seen */
export const descriptorsOf = (pid: number): number[] =>
  (unlessGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map(Number).sort((a, b) => a - b);

/** What a descriptor of a process stands for, as `anon_inode:[io_uring]`. */
export const targetOf = (pid: number, fd: number): string | undefined =>
  unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`));

/** The number of the inode behind a descriptor of a process. @throws what Node throws where it may not be seen */
export const inodeOf = (pid: number, fd: number): bigint | undefined =>
  unlessGone(() => statSync(`/proc/${pid}/fd/${fd}`, { bigint: true }).ino);
