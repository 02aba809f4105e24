import { libc } from './libc.js';

// The processor ends a process with SIGBUS or SIGSEGV when it touches memory that is mapped but not there; where the kernel
// does the copying for it, the call fails with EFAULT instead. It has a call to copy between two processes, which may
// both be this one; its `local` side is reached as an ordinary argument is, so that any memory will do.

type Call = 'process_vm_readv' | 'process_vm_writev';

/** One struct iovec each: an address, and a length in bytes. */
const local = new BigUint64Array(2);
const remote = new BigUint64Array(2);

function copy(call: Call, address: bigint, bytes: Uint8Array): void {
  const own = libc().address(bytes.buffer) + BigInt(bytes.byteOffset);
  for (let done = 0; done < bytes.length; ) {
    const rest = BigInt(bytes.length - done);
    local.set([address + BigInt(done), rest]);
    remote.set([own + BigInt(done), rest]);
    // It copies up to the first byte that is not there, and fails when that is the first of all.
    done += Number(libc().call(call, call, process.pid, local, 1, remote, 1, 0));
  }
}

/**
 * Copies `bytes.length` bytes from an address, whatever is there.
 * @throws SyscallError `EFAULT`; `EPERM` or `ENOSYS` where a seccomp filter refuses the call
 */
export const copyOutByKernel = (bytes: Uint8Array, from: bigint): void =>
  copy('process_vm_writev', from, bytes);

/** Copies `bytes` to an address. @throws SyscallError as {@link copyOutByKernel} */
export const copyInByKernel = (to: bigint, bytes: Uint8Array): void => copy('process_vm_readv', to, bytes);
