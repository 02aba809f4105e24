/** From frames to what health takes. */
import type { Counters, Snapshot } from '../health/snapshot.js';
import { structById } from '../layout/description.js';
import type { RecordingFrame } from './frame.js';

const [COPY_COUNT_AT, COPY_BYTES_AT] = ['copy_count', 'copy_bytes'].map(offsetInStats) as [number, number];

function offsetInStats(name: string): number {
  const field = structById('zcrx_stats').fields.find((one) => one.name === name);
  if (field === undefined) throw new Error(`the description of zcrx_stats has no field ${name}`);
  return field.offset;
}

/**
 * What a `stats` or `sample` frame tells of its instance; undefined for other frames. Its time is that of the frame.
 *
 * @example
 * const snapshot = snapshotOf(frame);
 * if (snapshot !== undefined) monitor.push(snapshot);
 */
export function snapshotOf(frame: RecordingFrame): Snapshot | undefined {
  if (frame.type === 'sample') {
    const { time, counters, refill, receivedBytes, rxAllocFail, waitingBytes, stalled } = frame;
    return {
      time,
      ...(counters !== undefined && { counters }),
      ...(refill !== undefined && { refill }),
      ...(receivedBytes !== undefined && { received_bytes: receivedBytes }),
      ...(rxAllocFail !== undefined && { rx_alloc_fail: rxAllocFail }),
      ...(waitingBytes !== undefined && { waiting_bytes: waitingBytes }),
      ...(stalled !== undefined && { stalled }),
    };
  }
  if (frame.type === 'stats') {
    const counters = countersIn(frame.block);
    return { time: frame.time, ...(counters && { counters }), received_bytes: frame.receivedBytes };
  }
  return undefined;
}

/** Undefined where the block is too short to hold both. A newer kernel's may be longer: what we know of comes first. */
function countersIn(block: Uint8Array): Counters | undefined {
  if (block.byteLength < Math.max(COPY_COUNT_AT, COPY_BYTES_AT) + 8) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  return {
    copy_count: view.getBigUint64(COPY_COUNT_AT, true),
    copy_bytes: view.getBigUint64(COPY_BYTES_AT, true),
  };
}
