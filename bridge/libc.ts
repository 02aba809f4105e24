import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { BridgeError, SyscallError } from './errors.js';

// The native edge: every symbol that is called, with its C parameters, and nothing else. Sizes and flags are checked by
// the callers below it: koffi wraps numbers that do not fit.

type Native = (...args: readonly unknown[]) => number | bigint;

const SYMBOLS = {
  // long syscall(long number, ...): the three calls of io_uring have no wrapper in libc
  syscall: 'int64_t syscall(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f)',
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
  mmap: 'int64_t mmap(uintptr_t addr, size_t length, int prot, int flags, int fd, int64_t offset)',
  // int munmap(void *addr, size_t length)
  munmap: 'int munmap(uintptr_t addr, size_t length)',
  // int madvise(void *addr, size_t length, int advice)
  madvise: 'int madvise(uintptr_t addr, size_t length, int advice)',
  // int memfd_create(const char *name, unsigned int flags)
  memfd_create: 'int memfd_create(const char *name, unsigned int flags)',
  // int fcntl(int fd, int cmd, ...) and int ioctl(int fd, unsigned long request, ...): variadic, yet declared with their
  // one argument. On Linux an integer or a pointer goes into the same register either way, on every architecture here
  // that koffi has; on others (arm64 of Apple) it does not.
  fcntl: 'int fcntl(int fd, int cmd, int64_t arg)',
  ioctl: 'int ioctl(int fd, uint64_t request, const void *arg)',
  // the same for requests that the kernel answers in the argument
  ioctl_inout: 'int ioctl(int fd, uint64_t request, _Inout_ void *arg)',
  // int poll(struct pollfd *fds, nfds_t nfds, int timeout): what came is not read, only whether anything did
  poll: 'int poll(const void *fds, uint64_t nfds, int timeout)',
  // int eventfd(unsigned int initval, int flags)
  eventfd: 'int eventfd(unsigned int initval, int flags)',
  // int pipe2(int pipefd[2], int flags)
  pipe2: 'int pipe2(_Out_ int *pipefd, int flags)',
  // int dup3(int oldfd, int newfd, int flags)
  dup3: 'int dup3(int oldfd, int newfd, int flags)',
  // int socket(int domain, int type, int protocol)
  socket: 'int socket(int domain, int type, int protocol)',
  // int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)
  setsockopt: 'int setsockopt(int sockfd, int level, int optname, const void *optval, uint32_t optlen)',
  // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  connect: 'int connect(int sockfd, const void *addr, uint32_t addrlen)',
  // ssize_t send(int sockfd, const void *buf, size_t len, int flags)
  send: 'int64_t send(int sockfd, const void *buf, size_t len, int flags)',
  // ssize_t recv(int sockfd, void *buf, size_t len, int flags)
  recv: 'int64_t recv(int sockfd, _Out_ void *buf, size_t len, int flags)',
  // int close(int fd)
  close: 'int close(int fd)',
  // ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long liovcnt, const struct iovec *remote,
  //                          unsigned long riovcnt, unsigned long flags): reads what may not be there
  process_vm_readv:
    'int64_t process_vm_readv(int pid, const void *local, uint64_t liovcnt, const void *remote, uint64_t riovcnt, uint64_t flags)',
  // ssize_t process_vm_writev(...), with the same parameters: reads from `local`, which may not be there
  process_vm_writev:
    'int64_t process_vm_writev(int pid, const void *local, uint64_t liovcnt, const void *remote, uint64_t riovcnt, uint64_t flags)',
  // long sysconf(int name)
  sysconf: 'int64_t sysconf(int name)',
} as const;

// void *memcpy(void *dest, const void *src, size_t n), once for each side that is memory of JavaScript
const COPY_OUT = 'uintptr_t memcpy(_Out_ void *dest, uintptr_t src, size_t n)';
const COPY_IN = 'uintptr_t memcpy(uintptr_t dest, const void *src, size_t n)';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_POPULATE = 0x8000;
export const MAP_HUGETLB = 0x40000;
export const MADV_DONTNEED = 4;
export const MADV_DONTFORK = 10;
export const MADV_POPULATE_READ = 22;
export const MADV_POPULATE_WRITE = 23;
export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
export const MFD_HUGETLB = 4;
export const MFD_NOEXEC_SEAL = 8;
export const F_OFD_GETLK = 36;
export const F_OFD_SETLK = 37;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
export const F_DUPFD_CLOEXEC = 1030;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const POLLIN = 1;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
const SC_PAGESIZE = 30;

/** System calls without a wrapper in libc, or in an older one: the same numbers on every architecture. */
export const SYS = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  pidfd_open: 434,
  pidfd_getfd: 438,
} as const;

/** Little-endian 64-bit Linux; the structs of other hosts are laid out in other ways. */
const ARCHITECTURES = new Set(['x64', 'arm64', 'riscv64', 'loong64', 'ppc64']);

interface Koffi {
  load(path: null): { func(signature: string): Native };
  address(value: unknown): bigint;
  view(address: bigint, length: number): ArrayBuffer;
  errno(): number;
}

export interface Libc {
  /** Address of an ArrayBuffer's first byte. */
  address(buffer: ArrayBufferLike): bigint;
  /** Calls a symbol; a result of -1 is thrown as SyscallError under the name `what`. */
  call(symbol: keyof typeof SYMBOLS, what: string, ...args: readonly unknown[]): bigint;
  /** The same for a call that may well fail: its result, or its errno negated. */
  attempt(symbol: keyof typeof SYMBOLS, ...args: readonly unknown[]): bigint;
  /**
   * Memory outside of JavaScript as a buffer, for atomic access. It cannot be detached, and touching it once the memory is
   * unmapped ends the process: whoever asks for one keeps it to himself, and lets go of it before he unmaps.
   */
  view(address: bigint, length: number): ArrayBuffer;
  /** Copies `bytes.length` bytes from an address. */
  copyOut(bytes: Uint8Array, from: bigint): void;
  /** Copies `bytes` to an address. */
  copyIn(to: bigint, bytes: Uint8Array): void;
  /** Bytes. */
  readonly pageSize: number;
}

/** Why there is no bridge on this host, or undefined. */
export function unsupportedHost(): string | undefined {
  if (process.platform !== 'linux') return `the bridge needs Linux, this is ${process.platform}`;
  if (!ARCHITECTURES.has(process.arch) || endianness() !== 'LE') {
    return `the bridge needs a 64-bit little-endian machine, this is ${process.arch} (${endianness()})`;
  }
  return undefined;
}

function loadKoffi(): Koffi {
  const reason = unsupportedHost();
  if (reason) throw new BridgeError('unsupported-platform', reason);
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new BridgeError('koffi-missing', 'the bridge needs the package koffi: npm install koffi', {
      cause,
    });
  }
}

function load(): Libc {
  const koffi = loadKoffi();
  const self = koffi.load(null);
  const symbols = Object.fromEntries(
    Object.entries(SYMBOLS).map(([name, signature]) => [name, self.func(signature)]),
  ) as Record<keyof typeof SYMBOLS, Native>;
  const copyOut = self.func(COPY_OUT);
  const copyIn = self.func(COPY_IN);
  return {
    address: (buffer) => koffi.address(buffer),
    call(symbol, what, ...args) {
      const result = BigInt(symbols[symbol](...args));
      if (result === -1n) throw new SyscallError(what, koffi.errno());
      return result;
    },
    attempt(symbol, ...args) {
      const result = BigInt(symbols[symbol](...args));
      return result === -1n ? BigInt(-koffi.errno()) : result;
    },
    view: (address, length) => koffi.view(address, length),
    copyOut: (bytes, from) => void copyOut(bytes, from, bytes.length),
    copyIn: (to, bytes) => void copyIn(to, bytes, bytes.length),
    pageSize: Number(symbols.sysconf(SC_PAGESIZE)),
  };
}

let loaded: Libc | undefined;

/**
 * The C library of this process, loaded at the first call.
 * @throws BridgeError `unsupported-platform`, `koffi-missing`
 */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}
