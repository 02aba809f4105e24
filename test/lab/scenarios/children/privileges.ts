import { writeFileSync } from 'node:fs';
import { koffi, libc } from '../support/koffi.js';

// Steps that change what the calling process may do.

function check(result: number, what: string): void {
  if (result !== 0) throw new Error(`${what} failed with errno ${koffi.errno()}`);
}

/** Gives up a capability. */
function drop(capability: number): void {
  const capget = libc.func('int capget(void *header, _Out_ void *data)');
  const capset = libc.func('int capset(void *header, const void *data)');
  const VERSION_3 = 0x20080522;
  const header = new Uint32Array([VERSION_3, 0]);
  // effective, permitted, inheritable of capabilities 0 to 31, then of 32 to 63
  const data = new Uint32Array(6);
  check(capget(header, data), 'capget');
  for (let set = 0; set < 3; set++) data[set] = (data[set] ?? 0) & ~(1 << capability);
  check(capset(header, data), 'capset');
}

/** Has the three calls of io_uring fail with this errno; with 0 the filter has nothing against them. */
const seccomp = (errno: number): void => filter(425, 427, errno);

/** Has process_vm_readv fail with this errno. */
function blind(errno: number): void {
  const number = process.arch === 'arm64' ? 270 : 310;
  filter(number, number, errno);
}

type FilterRow = [code: number, ifTrue: number, ifFalse: number, value: number];

const ALLOW = 0x7fff0000;
const refuseWith = (errno: number): number => (errno === 0 ? ALLOW : 0x00050000 | errno);

/** Has the system calls of these numbers fail. */
function filter(first: number, last: number, errno: number): void {
  install([
    [0x20, 0, 0, 0], // the call's number
    [0x35, 0, 2, first], // less than the first
    [0x25, 1, 0, last], // more than the last
    [0x06, 0, 0, refuseWith(errno)],
    [0x06, 0, 0, ALLOW],
  ]);
}

/** Has mmap fail for memory that is shared and nothing else, which only files are mapped as. */
function unmappable(errno: number): void {
  const MAP_SHARED = 1;
  filterArgument(process.arch === 'arm64' ? 222 : 9, 3, MAP_SHARED, errno);
}

/** Has ioctl fail for DMA_BUF_IOCTL_SYNC. */
function unsynced(errno: number): void {
  const DMA_BUF_IOCTL_SYNC = 0x4008_6200;
  filterArgument(process.arch === 'arm64' ? 29 : 16, 1, DMA_BUF_IOCTL_SYNC, errno);
}

/** Has the system call of this number fail where one of its arguments, from 0, has a value. */
function filterArgument(number: number, argument: number, value: number, errno: number): void {
  install([
    [0x20, 0, 0, 0], // the call's number
    [0x15, 0, 3, number],
    [0x20, 0, 0, 16 + argument * 8],
    [0x15, 0, 1, value],
    [0x06, 0, 0, refuseWith(errno)],
    [0x06, 0, 0, ALLOW],
  ]);
}

/** Installs a filter of system calls. */
function install(rows: readonly FilterRow[]): void {
  const prctl = libc.func('int prctl(int option, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)');
  const PR_SET_NO_NEW_PRIVS = 38;
  const PR_SET_SECCOMP = 22;
  const SECCOMP_MODE_FILTER = 2;
  const steps = new DataView(new ArrayBuffer(rows.length * 8));
  rows.forEach(([code, ifTrue, ifFalse, value], i) => {
    steps.setUint16(i * 8, code, true);
    steps.setUint8(i * 8 + 2, ifTrue);
    steps.setUint8(i * 8 + 3, ifFalse);
    steps.setUint32(i * 8 + 4, value, true);
  });
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, rows.length, true);
  program.setBigUint64(8, koffi.address(steps.buffer), true);
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'prctl(PR_SET_NO_NEW_PRIVS)');
  check(
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, koffi.address(program.buffer), 0, 0),
    'prctl(PR_SET_SECCOMP)',
  );
}

/** Sets the soft limit of locked memory. */
function memlock(kib: number): void {
  const setrlimit = libc.func('int setrlimit(int resource, const void *limit)');
  const RLIMIT_MEMLOCK = 8;
  const hard = 64n << 20n;
  check(setrlimit(RLIMIT_MEMLOCK, new BigUint64Array([BigInt(kib) * 1024n, hard])), 'setrlimit');
}

function become(user: number): void {
  process.setgid?.(user);
  process.setuid?.(user);
}

const STEPS: Record<string, (value: number) => void> = {
  nothing: () => {},
  drop,
  seccomp,
  blind,
  unmappable,
  unsynced,
  memlock,
  become,
  /** kernel.io_uring_disabled */
  disabled: (value) => writeFileSync('/proc/sys/kernel/io_uring_disabled', `${value}`),
};

/** Takes one or more steps, as `drop:14` or `disabled:1,become:65534`. */
export function take(steps: string): void {
  for (const step of steps.split(',')) {
    const [name = '', value] = step.split(':');
    const run = STEPS[name];
    if (run === undefined) throw new Error(`no such step: ${name}`);
    run(Number(value));
  }
}
