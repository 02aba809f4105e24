import { closeSync, openSync, readSync } from 'node:fs';
import { ifSeen } from './proc.js';

const ENTRY = 8;
const PRESENT = 1n << 63n;
const FRAME = (1n << 55n) - 1n;

/**
 * The number of the page frame behind an address of a process, from its /proc/PID/pagemap: the same number is the same
 * memory. The kernel tells it only with CAP_SYS_ADMIN.
 */
export function frameAt(pid: number | 'self', address: bigint, pageSize: number): bigint | undefined {
  return ifSeen(() => {
    const fd = openSync(`/proc/${pid}/pagemap`, 'r');
    try {
      const entry = new BigUint64Array(1);
      const at = (address / BigInt(pageSize)) * BigInt(ENTRY);
      if (readSync(fd, entry, 0, ENTRY, at) !== ENTRY) return undefined;
      const [value = 0n] = entry;
      const frame = value & FRAME;
      return (value & PRESENT) !== 0n && frame !== 0n ? frame : undefined;
    } finally {
      closeSync(fd);
    }
  });
}
