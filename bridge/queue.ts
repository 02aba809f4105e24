import { isSyscallError } from './errors.js';

/** How long a queue that seems taken is asked for, in milliseconds. */
const PATIENCE_MS = 500;
const PAUSE_MS = 5;

const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Registers on a device's queue. The kernel takes a queue back behind the scenes when a ring is closed or its process was
 * killed: for some milliseconds it is still taken (EEXIST), which is no reason to give up.
 */
export function patiently<Result>(register: () => Result): Result {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return register();
    } catch (error) {
      if (!isSyscallError(error) || error.errno !== 'EEXIST' || performance.now() > end) throw error;
      Atomics.wait(clock, 0, 0, PAUSE_MS);
    }
  }
}
