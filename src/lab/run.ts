import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join, posix } from 'node:path';
import { architecture } from './architecture.js';
import { withScratch } from './cache.js';
import { ownPackageRoot } from './closure.js';
import { cleanConsole, tail } from './console.js';
import { readArchive } from './cpio.js';
import { LabError, type LabErrorCode, type PartialRun, type Progress } from './errors.js';
import type { GuestJob } from './guest-init.js';
import { buildInitramfs, type Extra, type Nic } from './initramfs.js';
import { type FetchedKernel, fetchKernel, type Kernel, type KernelSelector } from './kernels.js';
import { checkNicParameters, type NicParameters, nicModule } from './nic.js';
import { type Guest, startGuest } from './qemu.js';
import { MarkedStream } from './sentinel.js';

export interface RunOptions {
  /** `'7.3'`, `'<6.18'`, a selector, or what {@link fetchKernel} gave. */
  readonly kernel: string | KernelSelector | Kernel | FetchedKernel;
  /** The command: `zcrx` is this package's, `node` is this very node, or Debian's where the guest's architecture is another; others are the guest's busybox or extras. */
  readonly argv: readonly string[];
  /** Added to `PATH`, `HOME` and `USER`, which are all there is. */
  readonly env?: Readonly<Record<string, string>>;
  /** In the guest; default `/`. */
  readonly cwd?: string;
  /** Who runs it; default root. `nobody` has no capabilities. */
  readonly user?: 'root' | 'nobody';
  /** RLIMIT_MEMLOCK in KiB; default what the kernel gives (8192). */
  readonly memlockKiB?: number | 'unlimited';
  /** Programs among them for another architecture than the host's: linked statically. */
  readonly extra?: readonly Extra[];
  /**
   * Loads the simulated network card, for true zero copy, before the command: interface `zcrx0` is then up and
   * has the address 10.9.0.1, see {@link NIC}. Needs 7.2 or later, and root or user namespaces to build it.
   */
  readonly nic?: boolean | NicParameters;
  /** Leaves node and this package out of the guest, which saves 1 to 3 s; default false. */
  readonly bare?: boolean;
  /** Called with output as it comes; that output is then not in the result. */
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
  /** The kernel's console as it comes. */
  readonly onConsole?: (chunk: Buffer) => void;
  readonly progress?: Progress;
  /** For the whole life of the guest, from power-on; default 120 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Absolute paths of guest files (or folders of them) to bring back once the command has ended. */
  readonly fetch?: readonly string[];
  /** Default 1024. All files of the guest live in it too. */
  readonly memoryMiB?: number;
  /** Default 1. */
  readonly cpus?: number;
  /** More kernel parameters. */
  readonly append?: readonly string[];
  /** The folder of this package; default: found from where this code lies. */
  readonly packageRoot?: string;
}

export interface RunResult {
  /** The command's exit status; null when a signal ended it. 127: no such command. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | undefined;
  /** Empty where a callback took it. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Only those that existed. Files in `/proc` come back empty: copy them elsewhere first. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The kernel's console, without control sequences. See {@link kernelComplaints}. */
  readonly consoleLog: string;
  readonly kernel: FetchedKernel;
  /** What `uname -r` said in the guest. */
  readonly kernelRelease: string;
  /** Milliseconds from power-on to the first process. */
  readonly bootMs: number;
  /** Milliseconds from the first process to the end of the command, in the guest's own time. */
  readonly guestMs: number;
  /** Milliseconds from power-on to power-off. */
  readonly runMs: number;
  /** Milliseconds from the call, with fetching and packing, to the result. */
  readonly totalMs: number;
}

/** The command's end as one number, the way a shell has it: 128 and the signal's number, for a signal. */
export function exitStatus(result: Pick<RunResult, 'status' | 'signal'>): number {
  return result.status ?? 128 + (result.signal === undefined ? 0 : constants.signals[result.signal]);
}

const DEFAULT_TIMEOUT_MS = 120_000;
/** An emulated boot takes 3 s on an idle machine; a busy one may take much longer. */
const BOOT_TIMEOUT_MS = 60_000;
/** How long the guest may take to switch itself off once all is said. */
const POWEROFF_TIMEOUT_MS = 5_000;

/**
 * Runs one command in a real kernel: boots it in QEMU with an initramfs that holds busybox, this node, this
 * package and the extras, hands the command its words unchanged, and gives back what came of it. A boot that
 * dies before its first process is tried once more; nothing else is.
 * @throws LabError; a command that fails is no error, its status is in the result
 */
export async function runInKernel(options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  const progress = options.progress ?? (() => {});
  const job = checkedJob(options);
  const packageRoot = options.bare === true ? undefined : (options.packageRoot ?? ownPackageRoot());
  if (
    packageRoot !== undefined &&
    options.argv[0] === 'zcrx' &&
    !existsSync(join(packageRoot, 'dist/src/cli/main.js'))
  ) {
    throw new LabError('not-built', `${packageRoot}/dist is missing; run: npm run build`);
  }
  const kernel = isFetched(options.kernel)
    ? options.kernel
    : await fetchKernel(options.kernel, { progress, signal: options.signal });
  const arch = architecture(kernel.architecture);
  throwIfAborted(options.signal);
  const nic = await nicFor(kernel, options, progress);

  const initramfs = await withScratch(async (scratch) => {
    const path = join(scratch, 'initramfs');
    const contents = { arch, packageRoot, extra: options.extra ?? [], nic };
    await buildInitramfs(path, job, contents, { progress, signal: options.signal });
    const file = await open(path, 'r');
    // QEMU reads it through our descriptor, so the name can go: nothing is left behind, whatever happens.
    await rm(path);
    return file;
  });
  try {
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(options.signal);
      progress(`booting ${kernel.release}`);
      const guest = startGuest({
        arch,
        kernel,
        initramfs: initramfs.fd,
        memoryMiB: options.memoryMiB ?? 1024,
        cpus: options.cpus ?? 1,
        append: options.append ?? [],
      });
      const run = new Run(guest, job, options);
      try {
        const result = await run.result();
        return { ...result, kernel, totalMs: performance.now() - started };
      } catch (error) {
        if (attempt === 2 || !(error instanceof LabError) || error.code !== 'boot-failed') throw error;
        progress(`${error.message.split('\n')[0]}; trying once more`);
      }
    }
  } finally {
    await initramfs.close();
  }
}

function isFetched(kernel: RunOptions['kernel']): kernel is FetchedKernel {
  return typeof kernel === 'object' && 'vmlinuz' in kernel;
}

async function nicFor(
  kernel: FetchedKernel,
  { nic = false, packageRoot = ownPackageRoot(), signal }: RunOptions,
  progress: Progress,
): Promise<Nic | undefined> {
  if (nic === false) return undefined;
  const parameters = nic === true ? {} : nic;
  return { module: await nicModule(kernel, packageRoot, { progress, signal }), parameters };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LabError('aborted', 'the run was interrupted', { cause: signal.reason });
}

function checkedJob(options: RunOptions): GuestJob {
  const bad = (field: string, value: unknown, expected: string): LabError =>
    new LabError('bad-input', `${field} ${JSON.stringify(value)}: expected ${expected}`);
  const { argv, cwd = '/', user = 'root', fetch = [], memlockKiB } = options;
  if (argv.length === 0 || argv[0] === '') throw bad('argv', argv, 'a command, then its arguments');
  if (options.bare === true && /^(?:node|zcrx)$/.test(argv[0]!)) {
    throw bad('argv[0]', argv[0], 'a command that a bare guest has, which has neither node nor zcrx');
  }
  if (argv[0]!.includes('=')) throw bad('argv[0]', argv[0], 'a command without "="');
  for (const name of Object.keys(options.env ?? {})) {
    if (name === '' || name.includes('=')) throw bad('env', name, 'names that are not empty and have no "="');
  }
  if (!cwd.startsWith('/')) throw bad('cwd', cwd, 'an absolute path in the guest');
  for (const path of fetch) {
    if (!path.startsWith('/')) throw bad('fetch', path, 'absolute paths in the guest');
  }
  if (
    memlockKiB !== undefined &&
    memlockKiB !== 'unlimited' &&
    !(Number.isInteger(memlockKiB) && memlockKiB >= 0)
  ) {
    throw bad('memlockKiB', memlockKiB, 'a whole number of KiB, or "unlimited"');
  }
  const ranged: [string, number | undefined, number, number][] = [
    ['memoryMiB', options.memoryMiB, 512, 65_536],
    ['cpus', options.cpus, 1, 64],
    ['timeoutMs', options.timeoutMs, 1, 2 ** 31 - 1],
  ];
  for (const [field, value, least, most] of ranged) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw bad(field, value, `a whole number from ${least} to ${most}`);
    }
  }
  if (typeof options.nic === 'object') checkNicParameters(options.nic);
  const home = user === 'root' ? '/root' : '/tmp';
  return {
    argv,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, USER: user, ...options.env },
    cwd,
    user,
    memlockKiB,
    fetch: fetch.map((path) => posix.normalize(path)),
    sentinel: randomBytes(24).toString('hex'),
  };
}

interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | undefined;
  /** Seconds of the guest's uptime. */
  readonly uptime: number;
}

/** One guest from power-on to power-off, and all that it says. */
class Run {
  readonly #guest: Guest;
  readonly #options: RunOptions;
  readonly #powerOn = performance.now();
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #files: Buffer[] = [];
  readonly #console: Buffer[] = [];
  readonly #streams: readonly MarkedStream[];
  #control = '';
  #complaints = '';
  #booted: { release: string; uptime: number; ms: number } | undefined;
  #exit: Exit | undefined;
  #dismissed = false;
  /** Why we killed it, if we did. */
  #verdict: { readonly reason: unknown } | undefined;

  constructor(guest: Guest, job: GuestJob, options: RunOptions) {
    this.#guest = guest;
    this.#options = options;
    const mark = Buffer.from(job.sentinel);
    const keep = (list: Buffer[]) => (chunk: Buffer) => {
      list.push(Buffer.from(chunk));
    };
    const stdout = new MarkedStream(mark, options.onStdout ?? keep(this.#stdout));
    const stderr = new MarkedStream(mark, options.onStderr ?? keep(this.#stderr));
    const files = new MarkedStream(mark, keep(this.#files));
    this.#streams = [stdout, stderr, files];
    guest.ports.stdout.on('data', (chunk: Buffer) => this.#take(() => stdout.push(chunk)));
    guest.ports.stderr.on('data', (chunk: Buffer) => this.#take(() => stderr.push(chunk)));
    guest.ports.files.on('data', (chunk: Buffer) => this.#take(() => files.push(chunk)));
    guest.ports.control.on('data', (chunk: Buffer) => this.#take(() => this.#hear(chunk)));
    guest.console.on('data', (chunk: Buffer) => {
      this.#console.push(chunk);
      this.#take(() => options.onConsole?.(chunk));
    });
    guest.complaints.on('data', (chunk: Buffer) => {
      this.#complaints += chunk.toString();
    });
  }

  async result(): Promise<Omit<RunResult, 'kernel' | 'totalMs'>> {
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const bootTimer = setTimeout(() => {
      if (this.#booted !== undefined) return;
      this.#stop('boot-failed', `the guest did not boot within ${BOOT_TIMEOUT_MS} ms`);
    }, BOOT_TIMEOUT_MS);
    const timer = setTimeout(() => {
      const phase = this.#booted === undefined ? 'still booting' : 'the command had not ended';
      this.#stop('timeout', `the guest's time of ${timeoutMs} ms is over: ${phase}`);
    }, timeoutMs);
    const abort = (): void =>
      this.#end(new LabError('aborted', 'the run was interrupted', { partial: this.#said() }));
    this.#options.signal?.addEventListener('abort', abort);
    try {
      const ended = await this.#guest.ended;
      for (const stream of this.#streams) stream.flush();
      if (this.#verdict !== undefined) throw this.#verdict.reason;
      return this.#outcome(ended);
    } finally {
      clearTimeout(bootTimer);
      clearTimeout(timer);
      this.#options.signal?.removeEventListener('abort', abort);
    }
  }

  /** Handles what came. A caller's callback may throw: that ends the run, and is the caller's to see. */
  #take(handle: () => void): void {
    try {
      handle();
      this.#dismiss();
    } catch (error) {
      this.#end(error);
    }
  }

  /** Lines from the guest's first process: `init RELEASE UPTIME`, `exit UPTIME WORDS-OF-TIME(1)`, `broken WORDS`. */
  #hear(chunk: Buffer): void {
    this.#control += chunk.toString();
    for (let end = this.#control.indexOf('\n'); end >= 0; end = this.#control.indexOf('\n')) {
      const words = this.#control.slice(0, end).split(' ');
      this.#control = this.#control.slice(end + 1);
      if (words[0] === 'init') {
        this.#booted = {
          release: words[1]!,
          uptime: Number(words[2]),
          ms: performance.now() - this.#powerOn,
        };
      } else if (words[0] === 'exit') {
        this.#exit = { uptime: Number(words[1]), ...exitOf(words.slice(2).join(' ')) };
      } else if (words[0] === 'broken') {
        this.#stop('command-failed', words.slice(1).join(' '));
      }
    }
  }

  /** Once everything has arrived the guest may go. */
  #dismiss(): void {
    if (this.#exit === undefined || this.#streams.some((stream) => !stream.complete)) return;
    if (this.#dismissed) return;
    this.#dismissed = true;
    this.#guest.ports.control.write('goodbye\n');
    setTimeout(() => this.#guest.kill(), POWEROFF_TIMEOUT_MS).unref();
  }

  #stop(code: LabErrorCode, message: string): void {
    this.#end(this.#error(code, message));
  }

  /** Ends the run early; the first reason counts. */
  #end(reason: unknown): void {
    this.#verdict ??= { reason };
    this.#guest.kill();
  }

  #outcome(ended: {
    status: number | null;
    signal: NodeJS.Signals | null;
  }): Omit<RunResult, 'kernel' | 'totalMs'> {
    const exit = this.#exit;
    const booted = this.#booted;
    if (exit === undefined || booted === undefined || this.#streams.some((stream) => !stream.complete)) {
      throw this.#early(ended);
    }
    return {
      status: exit.status,
      signal: exit.signal,
      stdout: Buffer.concat(this.#stdout),
      stderr: Buffer.concat(this.#stderr),
      files: readArchive(Buffer.concat(this.#files)),
      consoleLog: this.#consoleLog(),
      kernelRelease: booted.release,
      bootMs: booted.ms,
      guestMs: (exit.uptime - booted.uptime) * 1000,
      runMs: performance.now() - this.#powerOn,
    };
  }

  /** QEMU is gone, and the command's end was not heard of. */
  #early(ended: { status: number | null; signal: NodeJS.Signals | null }): LabError {
    const how = ended.signal === null ? `exit status ${ended.status}` : `signal ${ended.signal}`;
    const words = this.#complaints.trim();
    const panic = /Kernel panic - not syncing.*/.exec(this.#consoleLog())?.[0];
    const what = panic ?? `QEMU ended with ${how}${words === '' ? '' : `: ${words}`}`;
    if (this.#booted === undefined) return this.#error('boot-failed', `the guest did not boot: ${what}`);
    if (panic !== undefined) return this.#error('guest-panic', `the guest's kernel died: ${panic}`);
    return this.#error('qemu-died', `the guest ended before the command: ${what}`);
  }

  #error(code: LabErrorCode, message: string): LabError {
    const partial = this.#said();
    return new LabError(code, `${message}\n${tail(partial.consoleLog)}`, { partial });
  }

  #said(): PartialRun {
    return {
      stdout: Buffer.concat(this.#stdout),
      stderr: Buffer.concat(this.#stderr),
      consoleLog: this.#consoleLog(),
    };
  }

  #consoleLog(): string {
    return cleanConsole(Buffer.concat(this.#console));
  }
}

/** Reads what busybox's time(1) wrote about the command's end. */
function exitOf(words: string): { status: number | null; signal: NodeJS.Signals | undefined } {
  const number = /terminated by signal (\d+)/.exec(words)?.[1];
  if (number !== undefined) {
    const found = Object.entries(constants.signals).find(([, value]) => value === Number(number))?.[0];
    return { status: null, signal: (found ?? `SIG${number}`) as NodeJS.Signals };
  }
  return { status: Number(/(\d+)\s*$/.exec(words)?.[1] ?? 125), signal: undefined };
}
