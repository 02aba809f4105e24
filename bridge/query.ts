import { IORING_REGISTER_QUERY } from '../src/generated/constants.js';
import { decode } from '../src/layout/decode.js';
import { encode } from '../src/layout/encode.js';
import { wholeNumber } from './check.js';
import { isSyscallError } from './errors.js';
import { addressOf, io_uring_register } from './ring.js';
import type { CheckOptions } from './verdict/types.js';

/** What the kernel answered to one question. */
export interface QueryAnswer {
  /** 0, or a negated errno: -95 (EOPNOTSUPP) where this kernel does not know the question. */
  readonly result: number;
  /** Bytes that the kernel's answer has. */
  readonly size: number;
  /** The answer; zero behind `size`. */
  readonly bytes: Uint8Array;
}

/** Far more than any answer has; before Linux 7.2 the kernel would fill as much as it is told to. */
const ROOM_LIMIT = 2 ** 20;

/**
 * Asks what the kernel can do (IORING_REGISTER_QUERY). Needs no ring and no privilege.
 * @param op IO_URING_QUERY_*
 * @param room bytes for the answer
 * @returns undefined where the kernel has no such call (before Linux 6.18)
 * @throws SyscallError for another refusal, as `EPERM` from a seccomp filter or `kernel.io_uring_disabled`
 * @throws BridgeError `would-be-refused` where it is checked before
 */
export function query(op: number, room: number, options: CheckOptions = {}): QueryAnswer | undefined {
  const bytes = new Uint8Array(wholeNumber('room', room, 0, ROOM_LIMIT));
  const header = encode('io_uring_query_hdr', { query_data: addressOf(bytes), query_op: op, size: room });
  try {
    io_uring_register(-1, IORING_REGISTER_QUERY, header, 0, options);
  } catch (error) {
    if (isSyscallError(error) && (error.errno === 'EINVAL' || error.errno === 'EBADF')) return undefined;
    throw error;
  }
  const { result, size } = decode('io_uring_query_hdr', header).fields;
  return { result, size, bytes };
}
