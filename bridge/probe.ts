import { release } from 'node:os';
import * as uapi from '../src/generated/constants.js';
import type {
  io_uring_query_opcode,
  io_uring_query_scq,
  io_uring_query_zcrx,
} from '../src/generated/structs.js';
import { decode } from '../src/layout/decode.js';
import { sizeOf } from '../src/layout/description.js';
import type { AbiRevision } from '../src/layout/revision.js';
import { explainRefusal } from './diagnose.js';
import { isSyscallError } from './errors.js';
import { libc } from './libc.js';
import { type Privileges, privileges } from './privileges.js';
import { type QueryAnswer, query } from './query.js';

/** What the kernel says of events and statistics. */
export interface EventSupport {
  /** Bit `1 << type` for each event type that there is. */
  readonly event_flags: number;
  /** Bytes. */
  readonly stats_size: number;
  /** Bytes. */
  readonly stats_off_alignment: number;
}

/** What this kernel and this process can do. */
export interface Probe {
  /** As `uname -r`. */
  readonly kernel: string;
  readonly arch: string;
  /** Bytes. */
  readonly pageSize: number;
  /** The revision of the interface that the kernel speaks; undefined without events. */
  readonly revision: AbiRevision | undefined;
  readonly opcode: io_uring_query_opcode | undefined;
  readonly zcrx: io_uring_query_zcrx | undefined;
  readonly scq: io_uring_query_scq | undefined;
  readonly event: EventSupport | undefined;
  /** Instances without a network device. */
  readonly nodev: boolean;
  readonly privileges: Privileges;
  /** What is not there, in words; empty if all is. */
  readonly missing: readonly string[];
}

/** The v1 answer has 96 bytes, all later ones 48: asked with room for 96, its size tells the revision. */
const EVENT_ROOM = sizeOf('io_uring_query_zcrx_notif_v1');
const EVENT_SIZE = sizeOf('io_uring_query_zcrx_event');
const ZCRX_SIZE = sizeOf('io_uring_query_zcrx');
const SCQ_SIZE = sizeOf('io_uring_query_scq');

const answered = (answer: QueryAnswer | undefined, size: number): answer is QueryAnswer =>
  answer !== undefined && answer.result === 0 && answer.size >= size;

function eventSupport(answer: QueryAnswer): { revision: AbiRevision; event: EventSupport } {
  if (answer.size >= EVENT_ROOM) {
    const { fields } = decode('io_uring_query_zcrx_notif', answer.bytes, { revision: 'v1' });
    const { notif_flags = 0, notif_stats_size = 0, notif_stats_off_alignment = 0 } = fields;
    const event = {
      event_flags: notif_flags,
      stats_size: notif_stats_size,
      stats_off_alignment: notif_stats_off_alignment,
    };
    return { revision: 'v1', event };
  }
  const { event_flags, stats_size, stats_off_alignment } = decode(
    'io_uring_query_zcrx_event',
    answer.bytes.slice(0, EVENT_SIZE),
  ).fields;
  return { revision: 'event', event: { event_flags, stats_size, stats_off_alignment } };
}

interface Answers {
  opcode: QueryAnswer | undefined;
  zcrx: QueryAnswer | undefined;
  scq: QueryAnswer | undefined;
  event: QueryAnswer | undefined;
}

/** The answers, or why there are none. */
function ask(can: Privileges): Answers | string {
  try {
    return {
      opcode: query(uapi.IO_URING_QUERY_OPCODES, sizeOf('io_uring_query_opcode')),
      zcrx: query(uapi.IO_URING_QUERY_ZCRX, ZCRX_SIZE),
      scq: query(uapi.IO_URING_QUERY_SCQ, SCQ_SIZE),
      event: query(uapi.IO_URING_QUERY_ZCRX_EVENT, EVENT_ROOM),
    };
  } catch (error) {
    if (isSyscallError(error)) return explainRefusal(error, can).message;
    throw error;
  }
}

/** What is missing for a device-less instance with events and statistics, most basic thing first. */
function missingParts(
  answers: Answers | string,
  zcrx: io_uring_query_zcrx | undefined,
  nodev: boolean,
  hasEvents: boolean,
  can: Privileges,
): string[] {
  const missing: string[] = [];
  if (can.ioUringRefusal) missing.push(can.ioUringRefusal);
  if (typeof answers === 'string') {
    missing.push(answers);
    return missing; // what the kernel could do is not known then
  }
  if (!answers.opcode) missing.push('IORING_REGISTER_QUERY (Linux 6.18 or later)');
  if (!zcrx) missing.push('IO_URING_QUERY_ZCRX and IORING_REGISTER_ZCRX_CTRL (Linux 6.19 or later)');
  if (!nodev) missing.push('instances without a device, ZCRX_REG_NODEV (Linux 7.1 or later)');
  if (!hasEvents) missing.push('events and statistics, ZCRX_FEATURE_EVENT (Linux 7.2 or later)');
  if (!can.capNetAdmin) missing.push(can.capNetAdminRemedy);
  return missing;
}

/**
 * Asks the kernel what it can do, and looks up what this process may. Changes nothing and needs no privilege.
 * @throws BridgeError `unsupported-platform`, `koffi-missing`
 */
export function probe(): Probe {
  const { pageSize } = libc();
  const can = privileges();
  const answers = ask(can);
  const { opcode, zcrx, scq, event } = typeof answers === 'string' ? ({} as Partial<Answers>) : answers;
  const ofZcrx = answered(zcrx, ZCRX_SIZE) ? decode('io_uring_query_zcrx', zcrx.bytes).fields : undefined;
  const hasEvents =
    answered(event, EVENT_SIZE) && ofZcrx !== undefined && (ofZcrx.features & uapi.ZCRX_FEATURE_EVENT) !== 0;
  const nodev = ofZcrx !== undefined && (Number(ofZcrx.register_flags) & uapi.ZCRX_REG_NODEV) !== 0;
  const support = hasEvents ? eventSupport(event as QueryAnswer) : undefined;
  return {
    kernel: release(),
    arch: process.arch,
    pageSize,
    revision: support?.revision,
    opcode: answered(opcode, 40) ? decode('io_uring_query_opcode', opcode.bytes).fields : undefined,
    zcrx: ofZcrx,
    scq: answered(scq, SCQ_SIZE) ? decode('io_uring_query_scq', scq.bytes).fields : undefined,
    event: support?.event,
    nodev,
    privileges: can,
    missing: missingParts(answers, ofZcrx, nodev, hasEvents, can),
  };
}
