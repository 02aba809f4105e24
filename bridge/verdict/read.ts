import { isSyscallError } from '../errors.js';
import { libc } from '../libc.js';

/**
 * Reads memory of this process at an address that may be anything: what cannot be read is left out, and nothing crashes.
 * @returns the bytes up to the first that is not mapped and readable, so possibly none
 * @throws SyscallError where the system call as such is refused, as by a seccomp filter
 */
export function readProcess(address: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const local = new BigUint64Array([libc().address(bytes.buffer), BigInt(length)]);
  const remote = new BigUint64Array([address, BigInt(length)]);
  try {
    const count = libc().call('process_vm_readv', 'process_vm_readv', process.pid, local, 1, remote, 1, 0);
    return bytes.subarray(0, Number(count));
  } catch (error) {
    if (isSyscallError(error) && error.errno === 'EFAULT') return bytes.subarray(0, 0);
    throw error;
  }
}
