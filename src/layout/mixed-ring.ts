import { LayoutError } from '../errors.js';
import { IORING_CQE_F_32 } from '../generated/constants.js';
import { offsetIn, sizeOf } from './description.js';

const SMALL = sizeOf('io_uring_cqe');
const LARGE = sizeOf('io_uring_cqe32');
const FLAGS = offsetIn('io_uring_cqe', 'flags');

/** Where a completion lies in a run of them, in bytes. */
export interface Place {
  readonly at: number;
  readonly size: number;
}

/**
 * The completions of a ring with IORING_SETUP_CQE_MIXED, which follow each other without gaps; a flag of each says how long
 * it is.
 * @throws LayoutError `wrong-length` if the last one is cut off
 */
export function splitMixedRing(bytes: Uint8Array): Place[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: Place[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    const isLarge = left >= SMALL && (view.getUint32(at + FLAGS, true) & IORING_CQE_F_32) !== 0;
    const size = isLarge ? LARGE : SMALL;
    if (left < size) {
      const what = `${size} bytes${isLarge ? ' (IORING_CQE_F_32)' : ''}`;
      throw new LayoutError(
        'wrong-length',
        `the completion ${places.length} at byte ${at} has ${what}, but only ${left} are left`,
        { struct: 'io_uring_cqe', got: bytes.length, expected: what },
      );
    }
    places.push({ at, size });
    at += size;
  }
  return places;
}
