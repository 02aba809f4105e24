import type { RecordingFrame } from '../../capture/index.js';
import { controlOf, noticesOf } from '../../capture/meaning.js';
import { decode } from '../../layout/decode.js';
import type { AbiRevision } from '../../layout/revision.js';
import type { RunEvent, RunSummary } from './events.js';

type Frame<Type extends RecordingFrame['type']> = Extract<RecordingFrame, { type: Type }>;

const milliseconds = (time: bigint) => Number(time / 1000n) / 1000;

/**
 * Turns what the kernel wrote, live or recorded, into what is told. Every number comes out of the kernel's own bytes,
 * by the same decoding in both cases.
 */
export class Interpreter {
  private revision: AbiRevision = 'event';
  private userData: bigint | undefined;
  private last = { copy_count: 0n, copy_bytes: 0n, received: 0n, time: 0n };
  private readonly notifications: { [name: string]: number } = { copy: 0, alloc_fail: 0 };
  private rearmed = 0;
  private interrupted = 0;

  /** What a frame tells. */
  interpret(frame: RecordingFrame): RunEvent[] {
    if (frame.time > this.last.time) this.last.time = frame.time;
    switch (frame.type) {
      case 'start':
        this.revision = frame.revision;
        return [];
      case 'registered':
        return [this.registered(frame)];
      case 'stats':
        return [this.stats(frame)];
      case 'completions':
        return this.completions(frame);
      case 'control':
        return this.control(frame);
      default:
        return []; // what a watch records is for `zcrx watch --replay`
    }
  }

  summary(): RunSummary {
    return {
      type: 'summary',
      seconds: Number(this.last.time / 1_000_000n) / 1000,
      received_bytes: String(this.last.received),
      copy_count: String(this.last.copy_count),
      copy_bytes: String(this.last.copy_bytes),
      notifications: { ...this.notifications },
      rearmed: this.rearmed,
      interrupted: this.interrupted,
    };
  }

  private registered(frame: Frame<'registered'>): RunEvent {
    const { revision } = this;
    const reg = decode('io_uring_zcrx_ifq_reg', frame.ifqReg, { revision }).fields;
    const region = decode('io_uring_region_desc', frame.regionDesc, { revision }).fields;
    const area = decode('io_uring_zcrx_area_reg', frame.areaReg, { revision }).fields;
    const name = revision === 'event' ? 'zcrx_event_desc' : 'zcrx_notification_desc';
    const desc = decode(name, frame.eventDesc, { revision }).fields;
    this.userData = desc.user_data;
    return {
      type: 'registered',
      zcrx_id: reg.zcrx_id,
      if_idx: reg.if_idx,
      if_rxq: reg.if_rxq,
      rq_entries: reg.rq_entries,
      rqes: reg.offsets.rqes,
      stats_offset: Number(desc.stats_offset),
      region_size: Number(region.size),
      area_size: Number(area.len),
      rx_buf_len: reg.rx_buf_len,
      type_mask: desc.type_mask,
      user_data: String(desc.user_data),
    };
  }

  private stats({ block, receivedBytes, time }: Frame<'stats'>): RunEvent {
    // A newer kernel's block may be longer: what we know of comes first.
    const { copy_count, copy_bytes } = decode('zcrx_stats', block.slice(0, 16)).fields;
    this.last = { copy_count, copy_bytes, received: receivedBytes, time };
    return {
      type: 'stats',
      time_ms: milliseconds(time),
      copy_count: String(copy_count),
      copy_bytes: String(copy_bytes),
      received_bytes: String(receivedBytes),
    };
  }

  private completions(frame: Frame<'completions'>): RunEvent[] {
    const time_ms = milliseconds(frame.time);
    return noticesOf(frame, this.userData, this.revision).map(({ type, text = '', user_data, res }) => {
      if (type === 'interrupted') {
        this.interrupted++;
        return { type, time_ms, reason: text };
      }
      this.notifications[type] = (this.notifications[type] ?? 0) + 1;
      return { type: 'notification', time_ms, notification: type, user_data: String(user_data), res };
    });
  }

  private control(frame: Frame<'control'>): RunEvent[] {
    const { type, text = '' } = controlOf(frame, this.revision);
    if (type !== 'rearmed') return [];
    this.rearmed++;
    return [{ type, time_ms: milliseconds(frame.time), notification: text }];
  }
}
