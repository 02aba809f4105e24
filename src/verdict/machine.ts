import { LayoutError } from '../errors.js';
import { ZCRX_CTRL_EXPORT } from '../generated/constants.js';
import {
  box,
  broken_rule,
  device,
  device_queue,
  instance,
  kernel_call,
  memory_bytes,
  memory_range,
  open_file,
  scratch_place,
} from '../generated/interface.js';
import { ZCRX_WASM } from '../generated/zcrx-wasm.js';
import { offsetIn } from '../layout/description.js';
import { instantiate } from '../layout/module.js';

interface VerdictExports {
  readonly memory: WebAssembly.Memory;
  scratch(): number;
  judge(call: number): number;
  rqes_offset(series: number): number;
}

/** Instances, counted over all rings, and what they are made of. */
const BOXES = 64;
const INSTANCES = 1024;
/** Areas that an instance may have. */
const AREAS = 1024;
/** Each of 1000 questions may break four rules. */
const BROKEN = 4096;
const WRITES = 4096;
/** 1000 questions and their answers. */
const WRITE_BYTES = 128 * 1024;
const OP = offsetIn('zcrx_ctrl', 'op');
const ID = offsetIn('zcrx_ctrl', 'zcrx_id');
const PAGE = 65_536;
/** More input than this is refused. */
const LARGEST_INPUT = 64 << 20;

/** A list of records of the same size. */
interface List {
  readonly at: number;
  count: number;
}

/**
 * The memory of a module in which verdicts are made: the state of the instances, and the call, which is laid out anew
 * each time. The numbers of the records' fields come from the module's own definition.
 */
export class Machine {
  view!: DataView<ArrayBuffer>;
  bytes!: Uint8Array<ArrayBuffer>;
  readonly call: number;
  readonly scratch: number;
  readonly boxes: number;
  readonly instances: number;
  readonly broken: number;
  readonly writes: number;
  private readonly exports: VerdictExports;
  private readonly buffers: number;
  private readonly input: number;
  private end: number;

  constructor() {
    this.exports = instantiate<VerdictExports>(ZCRX_WASM);
    let at = this.exports.scratch();
    const take = (bytes: number) => {
      const start = at;
      at += (bytes + 15) & ~15;
      return start;
    };
    this.call = take(kernel_call.SIZE);
    this.scratch = take(scratch_place.SIZE);
    this.boxes = take(BOXES * box.SIZE);
    this.instances = take(INSTANCES * instance.SIZE);
    this.buffers = take(BOXES * AREAS * 4);
    this.broken = take(BROKEN * broken_rule.SIZE);
    this.writes = take(WRITES * memory_bytes.SIZE);
    const data = take(WRITE_BYTES);
    this.input = at;
    this.end = at;
    this.reserve(at);
    const set = (field: number, value: number) => this.view.setUint32(this.call + field, value, true);
    set(kernel_call.scratch, this.scratch);
    set(kernel_call.boxes, this.boxes);
    set(kernel_call.box_room, BOXES);
    set(kernel_call.instances, this.instances);
    set(kernel_call.instance_room, INSTANCES);
    set(kernel_call.broken, this.broken);
    set(kernel_call.broken_room, BROKEN);
    set(kernel_call.writes, this.writes);
    set(kernel_call.write_room, WRITES);
    set(kernel_call.data, data);
    set(kernel_call.data_room, WRITE_BYTES);
  }

  static readonly BOXES = BOXES;
  static readonly INSTANCES = INSTANCES;
  static readonly BROKEN = BROKEN;

  /** A field of the call. */
  get(field: number): number {
    return this.view.getUint32(this.call + field, true);
  }

  set(field: number, value: number): void {
    this.view.setUint32(this.call + field, value, true);
  }

  /** Forgets the last call's input. */
  begin(): void {
    this.end = this.input;
    for (const field of [
      kernel_call.range_count,
      kernel_call.bytes_count,
      kernel_call.file_count,
      kernel_call.device_count,
      kernel_call.queue_count,
    ]) {
      this.set(field, 0);
    }
  }

  /** Makes room in the input for a number of records. */
  list(records: number, size: number): List {
    return { at: this.take(records * size), count: 0 };
  }

  /**
   * Makes room in the input.
   * @throws LayoutError if it gets too large
   */
  take(bytes: number): number {
    const at = this.end;
    this.end = at + ((bytes + 15) & ~15);
    if (this.end - this.input > LARGEST_INPUT) {
      throw new LayoutError('out-of-range', `the call has more than ${LARGEST_INPUT} bytes, expected fewer`, {
        field: 'bytes',
        expected: `at most ${LARGEST_INPUT} bytes`,
      });
    }
    this.reserve(this.end);
    return at;
  }

  addRange(list: List, start: bigint, length: bigint, rights: number): void {
    const at = list.at + list.count++ * memory_range.SIZE;
    this.view.setBigUint64(at + memory_range.start, start, true);
    this.view.setBigUint64(at + memory_range.length, length, true);
    this.view.setUint32(at + memory_range.rights, rights, true);
  }

  addBytes(list: List, address: bigint, length: number, from: number): void {
    const at = list.at + list.count++ * memory_bytes.SIZE;
    this.view.setBigUint64(at + memory_bytes.address, address, true);
    this.view.setUint32(at + memory_bytes.length, length, true);
    this.view.setUint32(at + memory_bytes.at, from, true);
  }

  addFile(list: List, fd: number, kind: number, boxAt: number): void {
    const at = list.at + list.count++ * open_file.SIZE;
    this.view.setInt32(at + open_file.fd, fd, true);
    this.view.setUint32(at + open_file.kind, kind, true);
    this.view.setUint32(at + open_file.box, boxAt, true);
  }

  addDevice(list: List, if_idx: number, flags: number, hdsThresh: number, queues: number): void {
    const at = list.at + list.count++ * device.SIZE;
    this.view.setUint32(at + device.if_idx, if_idx, true);
    this.view.setUint32(at + device.flags, flags, true);
    this.view.setUint32(at + device.hds_thresh, hdsThresh, true);
    this.view.setUint32(at + device.queues, queues, true);
  }

  addQueue(list: List, if_idx: number, queue: number, flags: number): void {
    const at = list.at + list.count++ * device_queue.SIZE;
    this.view.setUint32(at + device_queue.if_idx, if_idx, true);
    this.view.setUint32(at + device_queue.queue, queue, true);
    this.view.setUint32(at + device_queue.flags, flags, true);
  }

  /** The place that a new instance gets among the boxes. */
  placeNext(slot: number): void {
    this.set(kernel_call.new_box, slot);
    this.set(kernel_call.new_buffers, this.buffers + slot * AREAS * 4);
  }

  /** @returns the number of the deciding rule */
  judge(): number {
    return this.exports.judge(this.call);
  }

  /** Where the refill entries begin in the series of the call. */
  get rqes(): number {
    return this.exports.rqes_offset(this.get(kernel_call.series));
  }

  /** Whether the last call was to export; of a ctrl that could be read. */
  isExport(): boolean {
    return this.view.getUint32(this.scratch + scratch_place.ctrl + OP, true) === ZCRX_CTRL_EXPORT;
  }

  /** The instance that the last ctrl named. */
  ctrlId(): number {
    return this.view.getUint32(this.scratch + scratch_place.ctrl + ID, true);
  }

  private reserve(end: number): void {
    const { memory } = this.exports;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    if (missing <= 0 && this.view) return;
    this.view = new DataView(memory.buffer as ArrayBuffer);
    this.bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  }
}
