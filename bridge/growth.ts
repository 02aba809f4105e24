import { encode } from '../src/layout/encode.js';
import type { Opened } from './open.js';
import { addressOf, ctrl } from './ring.js';

/**
 * Gives the kernel the next spare area of an instance (ZCRX_CTRL_ADD_AREA).
 * @returns how many buffers it got by that; 0 if there is no spare area
 * @throws SyscallError
 */
export function addArea({ fd, id, payload, bufferSize, settings }: Opened): number {
  if (payload.spare === 0) return 0;
  // The token that the kernel writes into it is the number of areas so far: `payload` counts them too.
  const area = encode('io_uring_zcrx_area_reg', payload.next);
  ctrl(fd, { zcrx_id: id, zc_area: { area_ptr: addressOf(area) } }, undefined, settings);
  payload.taken();
  return payload.areaSize / bufferSize;
}
