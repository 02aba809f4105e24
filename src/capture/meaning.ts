/** What the kernel's own bytes in a recording mean. */

import { isLayoutError } from '../errors.js';
import type { EventType } from '../health/snapshot.js';
import { decode } from '../layout/decode.js';
import type { AbiRevision } from '../layout/revision.js';
import type { CompletionsFrame, ControlFrame, RegisteredFrame } from './frame.js';

/** Of a registration, what a report tells. */
export interface Registration {
  readonly zcrx_id: number;
  /** The interface; 0 without a device. */
  readonly if_idx: number;
  readonly if_rxq: number;
  /** Entries of the refill ring. */
  readonly rq_entries: number;
  /** Bytes of a buffer; 0: a page. */
  readonly rx_buf_len: number;
  /** Bytes of the area; undefined where it is not in the recording. */
  readonly area_size: bigint | undefined;
  /** By which notifications are known from other completions; undefined: none were asked for. */
  readonly user_data: bigint | undefined;
}

/** Something that is worth an event. */
export interface Notice {
  /** Of a completion `copy`, `alloc_fail`, `unknown (7)` or `interrupted`. */
  readonly type: string;
  readonly text?: string;
}

/** A completion that is worth one, with what the kernel wrote. */
export interface CompletionNotice extends Notice {
  readonly user_data: bigint;
  readonly res: number;
}

/** The errors that end a receive, by the numbers that Linux has for them on every machine that the bridge is for. */
const ERRNOS: { readonly [number: number]: string } = {
  12: 'ENOMEM',
  28: 'ENOSPC',
  104: 'ECONNRESET',
  125: 'ECANCELED',
};

/** The short names of events, by the kernel's names in any revision. */
const EVENT_TYPES: { readonly [name: string]: EventType } = {
  ZCRX_EVENT_COPY: 'copy',
  ZCRX_NOTIF_COPY: 'copy',
  ZCRX_EVENT_ALLOC_FAIL: 'alloc_fail',
  ZCRX_NOTIF_NO_BUFFERS: 'alloc_fail',
};

/** Whether health knows of this type of event. */
export const isEventType = (type: string): type is EventType => type === 'copy' || type === 'alloc_fail';

/** The value, or undefined where bytes are not of the length that their struct has. */
function ifSound<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isLayoutError(error)) return undefined;
    throw error;
  }
}

/** What a registration says; undefined where its bytes are none. */
export function registrationOf(frame: RegisteredFrame, revision: AbiRevision): Registration | undefined {
  return ifSound(() => {
    const { fields: reg } = decode('io_uring_zcrx_ifq_reg', frame.ifqReg, { revision });
    const { zcrx_id, if_idx, if_rxq, rq_entries, rx_buf_len } = reg;
    const area_size = ifSound(() => decode('io_uring_zcrx_area_reg', frame.areaReg, { revision }).fields.len);
    const name = revision === 'event' ? 'zcrx_event_desc' : 'zcrx_notification_desc';
    const desc = ifSound(() => decode(name, frame.eventDesc, { revision }).fields);
    const user_data = desc && desc.type_mask !== 0 ? desc.user_data : undefined;
    return { zcrx_id, if_idx, if_rxq, rq_entries, rx_buf_len, area_size, user_data };
  });
}

/** What completions tell: notifications, and receives that were interrupted. Those that carry data tell nothing here. */
export function noticesOf(
  { entries, entrySize }: CompletionsFrame,
  user_data: bigint | undefined,
  revision: AbiRevision,
): CompletionNotice[] {
  const notices: CompletionNotice[] = [];
  for (let at = 0; at < entries.length; at += entrySize) {
    const { fields, names } = decode('io_uring_cqe', entries.slice(at, at + entrySize), { revision });
    const { res } = fields;
    const wrote = { user_data: fields.user_data, res };
    if (user_data !== undefined && fields.user_data === user_data) {
      // In the first revision one notification may name several events at once.
      const known = [names.res ?? []].flat().map((name) => EVENT_TYPES[String(name)]);
      const types = known.length > 0 ? known : [undefined];
      notices.push(...types.map((type) => ({ ...wrote, type: type ?? `unknown (${res})` })));
    } else if (res < 0) {
      notices.push({ ...wrote, type: 'interrupted', text: `a receive ended with -${ERRNOS[-res] ?? -res}` });
    }
  }
  return notices;
}

/** What a call of ZCRX_CTRL did. */
export function controlOf({ ctrl, result }: ControlFrame, revision: AbiRevision): Notice {
  const names = ifSound(() => decode('zcrx_ctrl', ctrl, { revision }).names);
  if (names === undefined) return { type: 'control' };
  const arm = names.zc_arm_event ?? names.zc_arm_notif;
  const what = arm === undefined ? String(names.op ?? 'an operation that is not known') : armed(arm);
  if (result < 0) return { type: 'control-failed', text: `${what}: failed with ${result}` };
  return { type: arm === undefined ? 'control' : 'rearmed', text: what };
}

function armed(arm: unknown): string {
  const [name] = Object.values(arm as object).flat();
  return EVENT_TYPES[String(name)] ?? String(name);
}
