import type { Health } from '../../../health/index.js';
import type { Subject } from '../source.js';

const decimal = (value: bigint | undefined) => (value === undefined ? undefined : String(value));
const seconds = (nanoseconds: bigint) => Number(nanoseconds / 1000n) / 1e6;

/** An instance as JSON has it; what is not known is left out. */
export const subjectDocument = (subject: Subject): object => ({
  process: subject.process,
  pid: subject.pid,
  ring: subject.ring,
  zcrx_id: subject.zcrx_id,
  how: subject.how,
  region_size: subject.region_size || undefined,
  stats_offset: subject.stats_offset,
  rq_entries: subject.rq_entries,
  rx_buf_len: subject.rx_buf_len,
});

function eventsDocument({ events, time }: Health): object {
  // absent is not zero: they are not known
  if (!events) return { events: 'unknown' };
  const each = (['copy', 'alloc_fail'] as const).map((type) => {
    const { count, last } = events[type];
    return [type, { count, ...(last !== undefined && { seconds_ago: seconds(time - last) }) }];
  });
  return { events: Object.fromEntries(each) };
}

/** Health as JSON has it: counters as decimal text, times in seconds. What is not known is left out. */
export const healthDocument = (health: Health): object => ({
  state: health.state,
  inferred: health.inferred,
  reason: health.reason,
  words: health.words,
  since_seconds: seconds(health.time - health.since),
  // the kernel's own counters, as they stand
  counters: health.counters && {
    copy_count: decimal(health.counters.copy_count),
    copy_bytes: decimal(health.counters.copy_bytes),
  },
  // the others are since watching began
  copy_count: decimal(health.copy_count),
  copy_bytes: decimal(health.copy_bytes),
  received_bytes: decimal(health.received_bytes),
  copies_per_second: health.copies_per_second,
  copied_bytes_per_second: health.copied_bytes_per_second,
  received_bytes_per_second: health.received_bytes_per_second,
  buffers_per_second: health.buffers_per_second,
  copied_share: health.copied_share,
  free_entries: health.free_entries,
  resets: health.resets,
  stalls: health.stalls.count,
  stalled_seconds: seconds(health.stalls.total),
  ...eventsDocument(health),
});
