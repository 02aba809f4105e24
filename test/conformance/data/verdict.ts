import {
  box,
  broken_rule,
  call_kind,
  device,
  device_queue,
  instance,
  kernel_call,
  memory_bytes,
  memory_range,
  open_file,
} from '../../../src/generated/interface.js';
import { RULES } from '../../../src/generated/rules.js';
import { type Bundle, layOutBundle } from '../../../src/verdict/bundle.js';
import { type Call, KNOWN_SERIES, VerdictModel } from '../../../src/verdict/index.js';
import { layOutCall } from '../../../src/verdict/input.js';
import { Machine } from '../../../src/verdict/machine.js';
import { State } from '../../../src/verdict/state.js';
import { callOf, ctrl, onDevice, REGISTRATION } from '../../unit/verdict-rows.js';
import { ROWS } from '../../unit/verdict-tables.js';
import { type Case, CaseBuilder } from './case.js';

const CALL = '@0';
/** Where the program's bytes lie, one piece behind the other. */
const PIECES = 32_768;

/** What a composed call has room for; see assembly/verdict/compose.ts. */
const ROOM = 32;

const numberOf = (rule: string) => RULES.find(({ name }) => name === rule)?.value as number;

function hexAt(made: CaseBuilder, field: number, value: bigint, width: number): void {
  const bytes = new Uint8Array(width);
  const view = new DataView(bytes.buffer);
  if (width === 8) view.setBigUint64(0, value, true);
  else view.setUint32(0, Number(value), true);
  made.write(`@${field}`, bytes);
}

/** A call as the library lays it out for its own module, to be told to another piece by piece. */
class Original {
  private readonly machine = new Machine();

  constructor(call: Call) {
    const state = new State(this.machine);
    state.begin();
    state.load(call.instances);
    layOutCall(this.machine, call, state);
  }

  u32(field: number): number {
    return this.machine.get(field);
  }

  i32(field: number): number {
    return this.machine.get(field) | 0;
  }

  u64(field: number): bigint {
    return this.machine.view.getBigUint64(this.machine.call + field, true);
  }

  bytes(at: number, length: number): Uint8Array {
    return this.machine.bytes.slice(at, at + length);
  }

  /** The records of a list, each as a reader of its fields. */
  list(at: number, count: number, size: number) {
    const { view } = this.machine;
    return Array.from({ length: this.u32(count) }, (_, i) => {
      const from = this.u32(at) + i * size;
      return {
        u32: (field: number) => view.getUint32(from + field, true),
        u64: (field: number) => view.getBigUint64(from + field, true),
      };
    });
  }
}

function composeMemory(made: CaseBuilder, original: Original): void {
  for (const each of original.list(kernel_call.ranges, kernel_call.range_count, memory_range.SIZE)) {
    const [start, length] = [each.u64(memory_range.start), each.u64(memory_range.length)];
    made.call('call_map', [CALL, start, length, each.u32(memory_range.rights)]);
  }
  let at = PIECES;
  for (const each of original.list(kernel_call.bytes, kernel_call.bytes_count, memory_bytes.SIZE)) {
    const length = each.u32(memory_bytes.length);
    made.write(`@${at}`, original.bytes(each.u32(memory_bytes.at), length));
    made.call('call_bytes', [CALL, each.u64(memory_bytes.address), length, `@${at}`]);
    at += length;
  }
}

function composeMachine(made: CaseBuilder, original: Original): void {
  for (const each of original.list(kernel_call.files, kernel_call.file_count, open_file.SIZE))
    made.call('call_file', [CALL, each.u32(open_file.fd), each.u32(open_file.kind), each.u32(open_file.box)]);
  for (const each of original.list(kernel_call.devices, kernel_call.device_count, device.SIZE)) {
    const fields = [device.if_idx, device.flags, device.hds_thresh, device.queues].map(each.u32);
    made.call('call_device', [CALL, ...fields]);
  }
  for (const each of original.list(kernel_call.queues, kernel_call.queue_count, device_queue.SIZE)) {
    const fields = [device_queue.if_idx, device_queue.queue, device_queue.flags].map(each.u32);
    made.call('call_queue', [CALL, ...fields]);
  }
  for (const each of original.list(kernel_call.boxes, kernel_call.box_count, box.SIZE)) {
    const of = [box.creator, box.flags, box.event_mask, box.fired_mask, box.rq_entries, box.areas];
    made.call('call_box', [CALL, ...of.map(each.u32)]);
  }
  for (const each of original.list(kernel_call.instances, kernel_call.instance_count, instance.SIZE))
    made.call('call_instance', [CALL, ...[instance.ring, instance.id, instance.box].map(each.u32)]);
}

/** What stands in the call after the verdict: everything that is broken, and the state as the kernel leaves it. */
function keepOutcome(made: CaseBuilder): void {
  const record = made.look(CALL, kernel_call.SIZE);
  const view = new DataView(record.buffer, record.byteOffset);
  const u32 = (field: number) => view.getUint32(field, true);
  const keep = (list: number, count: number, size: number) => {
    made.keeps(`@${count}`, 4);
    if (u32(count) > 0) made.keeps(made.placeOf(u32(list)), u32(count) * size);
  };
  keep(kernel_call.broken, kernel_call.broken_count, broken_rule.SIZE);
  keep(kernel_call.boxes, kernel_call.box_count, box.SIZE);
  keep(kernel_call.instances, kernel_call.instance_count, instance.SIZE);
  made.keeps(`@${kernel_call.write_count}`, 4);
  keep(kernel_call.data, kernel_call.data_used, 1);
}

/** What a call says of itself: its fields, and the memory that it works on. */
function composeCall(made: CaseBuilder, original: Original): void {
  for (const field of ['page_size', 'setup_flags', 'flags', 'file', 'nr_args'] as const)
    hexAt(made, kernel_call[field], BigInt(original.u32(kernel_call[field])), 4);
  hexAt(made, kernel_call.next_fd, BigInt(original.u32(kernel_call.next_fd)), 4);
  hexAt(made, kernel_call.arg, original.u64(kernel_call.arg), 8);
  composeMemory(made, original);
}

/** A call from the beginning, piece by piece. */
function compose(made: CaseBuilder, call: Call, original = new Original(call)): void {
  made.call('call_begin', [CALL, original.u32(kernel_call.series), call_kind[call.call]]);
  composeCall(made, original);
  composeMachine(made, original);
}

/** A call, and the verdict that the library's own way to the module comes to. Undefined where there is not the room. */
function verdictCase(name: string, call: Call): Case | undefined {
  const original = new Original(call);
  const lists = [kernel_call.range_count, kernel_call.bytes_count].map((count) => original.u32(count));
  if (Math.max(...lists) > ROOM) return undefined;
  const made = new CaseBuilder(name);
  compose(made, call, original);
  const { rule } = new VerdictModel().judge(call);
  made.returns('judge', [CALL], numberOf(rule));
  keepOutcome(made);
  return made.done();
}

/** Kernels on which something changes. */
const KERNELS = ['6.16', '6.18', '7.1', '7.2', '7.3'].filter((kernel) =>
  (KNOWN_SERIES as readonly string[]).includes(kernel),
);

/** Each mistake of the tables, on its own kernel and on those where something changes. */
function rowCases(): Case[] {
  return ROWS.flatMap((row, i) => {
    const own = verdictCase(`verdict ${i}: ${row.rule}`, callOf(row));
    const elsewhere = KERNELS.filter((kernel) => kernel !== row.bundle.kernel).map((kernel) =>
      verdictCase(`verdict ${i}: ${row.rule}, on Linux ${kernel}`, callOf(row, kernel)),
    );
    return [own, ...elsewhere].flatMap((made) => made ?? []);
  });
}

const EVENT_COPY = 1;

/** Calls that pass, or would on a kernel that knows them: every operation, every question, and one more of each. */
const CALLS: readonly [what: string, bundle: Bundle][] = [
  ['a registration without a device', REGISTRATION],
  ['a registration on a device', onDevice()],
  ['an import', { reg: { if_idx: 7, flags: 'ZCRX_REG_IMPORT' }, files: { 7: 'zcrx:0' } }],
  ...[0, 1, 2, 3, 4].map((op): [string, Bundle] => [`operation ${op}`, ctrl({ op })]),
  ['re-arming what has fired', ctrl({ op: 2, zc_arm_event: { event_type: EVENT_COPY } })],
  ['adding an area', ctrl({ zc_area: {} }, { area: { len: 8192 } })],
  ...[0, 1, 2, 3, 4].map((query_op): [string, Bundle] => [`question ${query_op}`, { query: { query_op } }]),
  ['all questions in a row', { query: [0, 1, 2, 3].map((query_op) => ({ query_op })) }],
];

function callCases(): Case[] {
  return KNOWN_SERIES.flatMap((kernel) =>
    CALLS.flatMap(([what, bundle]) => {
      const { call } = layOutBundle({ ...bundle, kernel });
      return verdictCase(`verdict: ${what} on Linux ${kernel}`, call) ?? [];
    }),
  );
}

const FIRST_ID = 0;

/** A life: registered, an event is posted, armed again, once more in vain, the ring closed. */
function lifeCase(): Case {
  const made = new CaseBuilder('verdict: an event is armed again once, and not after the ring is closed');
  const { call } = layOutBundle({ ...REGISTRATION, kernel: '7.3' });
  compose(made, call);
  made.returns('judge', [CALL], numberOf('ok'));
  const arm = layOutBundle(ctrl({ op: 2, zc_arm_event: { event_type: EVENT_COPY } })).call;
  const armAgain = (rule: string) => {
    made.call('call_next', [CALL, call_kind.zcrx_ctrl]);
    composeCall(made, new Original({ ...arm, instances: [] }));
    made.returns('judge', [CALL], numberOf(rule));
  };
  armAgain('arm-not-fired');
  made.call('call_next', [CALL, call_kind.event]);
  hexAt(made, kernel_call.nr_args, BigInt(FIRST_ID), 4);
  hexAt(made, kernel_call.arg, BigInt(EVENT_COPY), 8);
  made.returns('judge', [CALL], numberOf('ok'));
  armAgain('ok');
  armAgain('arm-not-fired');
  made.call('call_next', [CALL, call_kind.close]).returns('judge', [CALL], numberOf('ok'));
  armAgain('ctrl-unknown-id');
  keepOutcome(made);
  return made.done();
}

function offsetCases(): Case[] {
  const made = new CaseBuilder('where the refill entries begin');
  for (const series of [616, 617, 618, 619, 700, 701, 702]) made.returns('rqes_offset', [series], 64);
  return [made.returns('rqes_offset', [703], 128).returns('rqes_offset', [704], 128).done()];
}

export const verdictCases = (): Case[] => [...offsetCases(), ...callCases(), lifeCase(), ...rowCases()];
