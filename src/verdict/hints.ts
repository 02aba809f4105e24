// What the kernel takes, and what is most likely a mistake all the same; and where a mistake most likely comes from.

import { ZCRX_CTRL_ARM_EVENT, ZCRX_REG_NODEV } from '../generated/constants.js';
import { decode } from '../layout/decode.js';
import type { Bundle, LaidOut } from './bundle.js';
import type { Verdict } from './call.js';

const ALLOC_FAIL = 1;
const EVENTS = ['ALLOC_FAIL', 'COPY'];

/** What looks like a mistake in a registration that is formally right. */
export function hintsOn(bundle: Bundle, { reg, event_desc }: LaidOut['structs']): string[] {
  if (!reg || !event_desc) return [];
  const { flags } = decode('io_uring_zcrx_ifq_reg', reg).fields;
  const { type_mask } = decode('zcrx_event_desc', event_desc).fields;
  if (type_mask !== ALLOC_FAIL) return [];
  const without = (flags & ZCRX_REG_NODEV) !== 0;
  const asked = (bundle.event_desc ?? bundle.notif_desc)?.type_mask;
  // By a name, ALLOC_FAIL is what was meant.
  const isMeant = typeof asked === 'string' ? /[a-z]{2}/i.test(asked) : typeof asked === 'object';
  const never = without ? ', which never fires without a device' : '';
  const indices =
    ': COPY is bit 2, both are 3. The constants ZCRX_EVENT_ALLOC_FAIL (0) and ZCRX_EVENT_COPY (1) are indices: a mask of them is 1 << index, not the index';
  if (isMeant && !without) return [];
  return [`event_desc.type_mask is 1, which asks for ALLOC_FAIL alone${never}${isMeant ? '' : indices}`];
}

/** The event type that a control call arms, if it is one that arms. */
function armedType({ ctrl }: LaidOut['structs']): number | undefined {
  if (!ctrl) return undefined;
  const { op, zc_arm_event } = decode('zcrx_ctrl', ctrl, { revision: 'event' }).fields;
  return op === ZCRX_CTRL_ARM_EVENT ? zc_arm_event?.event_type : undefined;
}

/** Where a wrong type of event comes from, when one is armed. */
export function hintsOnArming(bundle: Bundle, structs: LaidOut['structs'], verdict: Verdict): string[] {
  const type = armedType(structs);
  if (type === undefined) return [];
  const hints: string[] = [];
  const former = bundle.ctrl?.zc_arm_notif as { readonly type_mask?: unknown } | undefined;
  if (former?.type_mask !== undefined) {
    hints.push(
      `ctrl.zc_arm_notif.type_mask is a mask in the interface's first revision only, which was never released: Linux 7.2 and later have an index there, 0 for ALLOC_FAIL and 1 for COPY, and take ${type} for ${EVENTS[type] ?? 'no type at all'}`,
    );
  }
  const target =
    verdict.rule === 'arm-not-fired' ? verdict.instances.find(({ id }) => id === idOf(structs)) : undefined;
  const fired = EVENTS.flatMap((name, index) =>
    ((target?.fired_mask ?? 0) >> index) & 1 ? [`${name} (${index})`] : [],
  );
  if (fired.length > 0) hints.push(`of instance ${target?.id} ${fired.join(' and ')} has fired`);
  return hints;
}

const idOf = ({ ctrl }: LaidOut['structs']) =>
  ctrl && decode('zcrx_ctrl', ctrl, { revision: 'event' }).fields.zcrx_id;
