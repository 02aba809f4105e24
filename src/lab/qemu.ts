import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Architecture } from './architecture.js';
import { findProgram, requireProgram } from './command.js';
import { PORTS, type Port } from './guest-init.js';
import type { FetchedKernel } from './kernels.js';

export interface Machine {
  readonly arch: Architecture;
  readonly kernel: FetchedKernel;
  /** An open file descriptor of the initramfs, whose name may be gone already. */
  readonly initramfs: number;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** More kernel parameters. */
  readonly append: readonly string[];
}

/** A running QEMU. Killing it is harmless: nothing in it outlives the run. */
export interface Guest {
  readonly ports: Readonly<Record<Port, Duplex>>;
  readonly console: Readable;
  /** QEMU's own words, not the guest's. */
  readonly complaints: Readable;
  /** Resolves when QEMU has ended and all that it had sent has been read. */
  readonly ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  kill(): void;
}

/** Descriptors 0 to 2 are QEMU's standard ones. */
const FIRST_PORT_FD = 3;

/**
 * Starts QEMU. Every connection is an inherited socket, so there are no names in the file system to clean up.
 * Its own session keeps the terminal's Ctrl-C from it (we decide what an interrupt means), and the kernel
 * kills it should this process die without having the chance to.
 */
export function startGuest(machine: Machine): Guest {
  const { arch, kernel } = machine;
  const qemu = requireProgram(arch.qemu.program, arch.qemu.package);
  const initramfsFd = FIRST_PORT_FD + PORTS.length;
  const parameters = [
    `console=${arch.console}`,
    // Level 5 shows warnings, which tests look for, and little else.
    'loglevel=5',
    'panic=-1',
    ...arch.bootParameters,
    ...machine.append,
  ];
  const args = [
    ...arch.qemu.args,
    ...['-m', String(machine.memoryMiB), '-smp', String(machine.cpus)],
    ...['-no-reboot', '-nodefaults', '-nographic', '-no-user-config', '-serial', 'stdio'],
    ...['-kernel', kernel.vmlinux ?? kernel.vmlinuz],
    ...['-initrd', `/proc/self/fd/${initramfsFd}`],
    ...['-append', parameters.join(' ')],
    ...['-device', 'virtio-serial-pci'],
    ...PORTS.flatMap((name, index) => [
      '-chardev',
      `socket,id=${name},fd=${FIRST_PORT_FD + index}`,
      '-device',
      `virtserialport,chardev=${name},name=${name}`,
    ]),
  ];
  const setpriv = findProgram('setpriv');
  const [program, ...words] =
    setpriv === undefined ? [qemu, ...args] : [setpriv, '--pdeathsig', 'KILL', '--', qemu, ...args];
  const child = spawn(program!, words, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...PORTS.map(() => 'pipe' as const), machine.initramfs],
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const ended = end(child).finally(() => process.off('exit', kill));

  const stream = (index: number): Duplex => {
    const pipe = child.stdio[index] as Duplex;
    // A reset by a killed QEMU is no news: `ended` tells.
    pipe.on('error', () => {});
    return pipe;
  };
  return {
    ports: Object.fromEntries(PORTS.map((name, index) => [name, stream(FIRST_PORT_FD + index)])) as Record<
      Port,
      Duplex
    >,
    console: child.stdout!,
    complaints: child.stderr!,
    ended,
    kill,
  };
}

function end(child: ChildProcess): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
}
