// Lays a call that came as JSON out for the module.

import * as uapi from '../generated/constants.js';
import {
  call_flags,
  call_kind,
  device,
  device_flags,
  device_queue,
  file_kind,
  kernel_call,
  memory_bytes,
  memory_range,
  memory_rights,
  open_file,
} from '../generated/interface.js';
import type { Call, CallKind, Device, Rights } from './call.js';
import type { Machine } from './machine.js';
import { mergeRanges, type Range } from './ranges.js';
import {
  orElse,
  readFlag,
  readHex,
  readList,
  readNumber,
  readObject,
  readU32,
  readWide,
  refuse,
} from './read.js';
import { NEWEST_SERIES, seriesOf } from './series.js';
import { LAST_RING, type State } from './state.js';

/** Flags of a ring that zero-copy receive can be used with. */
export const RING_FLAGS =
  uapi.IORING_SETUP_CQE32 | uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN;
export const PAGE_SIZE = 4096;

const RIGHTS: Record<Rights, number> = {
  rw: memory_rights.read | memory_rights.write,
  ro: memory_rights.read,
  none: 0,
};
/** More mappings no process has by default (vm.max_map_count). */
const MOST_MEMORY = 65_536;

function readRange(path: string, given: unknown): Range {
  const [start, length, rights] = readList(path, given);
  if (typeof rights !== 'string' || !Object.hasOwn(RIGHTS, rights)) {
    refuse(`${path}[2]`, rights, 'rw, ro or none');
  }
  return {
    start: readWide(`${path}[0]`, start),
    length: readWide(`${path}[1]`, length),
    rights: RIGHTS[rights as Rights],
  };
}

function layOutMemory(machine: Machine, memory: Call['memory']): void {
  if (memory === undefined) return;
  const given = readList('memory', memory);
  if (given.length > MOST_MEMORY)
    refuse('memory', `a list of ${given.length}`, `at most ${MOST_MEMORY} ranges`);
  const ranges = mergeRanges(given.map((each, i) => readRange(`memory[${i}]`, each)));
  const list = machine.list(ranges.length, memory_range.SIZE);
  for (const { start, length, rights } of ranges) machine.addRange(list, start, length, rights);
  machine.set(kernel_call.ranges, list.at);
  machine.set(kernel_call.range_count, list.count);
}

function layOutBytes(machine: Machine, bytes: Call['bytes']): void {
  if (bytes === undefined) return;
  const pieces = Object.entries(readObject('bytes', bytes));
  if (pieces.length > MOST_MEMORY)
    refuse('bytes', `an object of ${pieces.length}`, `at most ${MOST_MEMORY} addresses`);
  const list = machine.list(pieces.length, memory_bytes.SIZE);
  for (const [address, hex] of pieces) {
    const path = `bytes[${address}]`;
    if (typeof hex !== 'string' || hex.length % 2 !== 0) refuse(path, hex, 'hex, two digits a byte');
    const where = readWide('an address in bytes', address);
    if (hex.length === 0) continue;
    const at = machine.take(hex.length / 2);
    readHex(path, hex, machine.bytes, at);
    machine.addBytes(list, where, hex.length / 2, at);
  }
  machine.set(kernel_call.bytes, list.at);
  machine.set(kernel_call.bytes_count, list.count);
}

const FILES: Readonly<Record<string, number>> = {
  file: file_kind.other,
  io_uring: file_kind.ring,
  dmabuf: file_kind.dmabuf,
};

function layOutFiles(machine: Machine, files: Call['files'], state: State): void {
  const given = files === undefined ? [] : Object.entries(readObject('files', files));
  const list = machine.list(given.length + state.exported.size, open_file.SIZE);
  const add = (fd: number, what: unknown) => {
    const exported = typeof what === 'string' && /^zcrx:(\d{1,9})$/.exec(what);
    if (exported) machine.addFile(list, fd, file_kind.zcrx, state.slotOf(Number(exported[1])));
    else if (typeof what === 'string' && Object.hasOwn(FILES, what))
      machine.addFile(list, fd, FILES[what] as number, 0);
    else refuse(`files[${fd}]`, what, 'zcrx:N, io_uring, dmabuf or file');
  };
  for (const [fd, what] of given) {
    if (!/^\d{1,10}$/.test(fd)) refuse('a descriptor in files', fd, 'a number');
    add(readNumber('a descriptor in files', Number(fd), 0, 0x7fff_ffff), what);
  }
  for (const [fd, serial] of state.exported) {
    if (!files || !Object.hasOwn(files, String(fd))) add(fd, `zcrx:${serial}`);
  }
  machine.set(kernel_call.files, list.at);
  machine.set(kernel_call.file_count, list.count);
}

const DEVICE_FLAGS = {
  dma: device_flags.dma,
  ops_lock: device_flags.ops_lock,
  queue_ops: device_flags.queue_ops,
  tcp_data_split: device_flags.data_split,
  xdp: device_flags.xdp,
  rx_page_size: device_flags.rx_page_size,
  unknown: device_flags.unknown,
} as const;
const QUEUE_FLAGS = {
  taken: device_flags.taken,
  af_xdp: device_flags.xsk,
  leased: device_flags.leased,
} as const;

function layOutDevices(machine: Machine, devices: Call['devices']): void {
  if (devices === undefined) return;
  const given = readList('devices', devices).map(
    (each, i) => readObject(`devices[${i}]`, each) as unknown as Device,
  );
  const queues = given.flatMap((each, i) => {
    const flags = new Map<number, number>();
    for (const [name, flag] of Object.entries(QUEUE_FLAGS)) {
      const path = `devices[${i}].${name}`;
      for (const queue of readList(path, orElse(each[name as keyof typeof QUEUE_FLAGS], []))) {
        const number = readU32(path, queue);
        flags.set(number, (flags.get(number) ?? 0) | flag);
      }
    }
    return [...flags].map(([queue, bits]) => [each.if_idx, queue, bits] as const);
  });
  const list = machine.list(given.length, device.SIZE);
  given.forEach((each, i) => {
    const path = `devices[${i}]`;
    let flags = 0;
    for (const [name, flag] of Object.entries(DEVICE_FLAGS)) {
      const value = each[name as keyof typeof DEVICE_FLAGS];
      if (value !== undefined && readFlag(`${path}.${name}`, value)) flags |= flag;
    }
    const hds = readU32(`${path}.hds_thresh`, orElse(each.hds_thresh, 0));
    const count = readU32(`${path}.queues`, orElse(each.queues, 1));
    machine.addDevice(list, readU32(`${path}.if_idx`, each.if_idx), flags, hds, count);
  });
  const special = machine.list(queues.length, device_queue.SIZE);
  for (const [index, queue, flags] of queues) machine.addQueue(special, index, queue, flags);
  machine.set(kernel_call.devices, list.at);
  machine.set(kernel_call.device_count, list.count);
  machine.set(kernel_call.queues, special.at);
  machine.set(kernel_call.queue_count, special.count);
}

/** What the descriptor of the call is. */
function fileOf(call: Call): number {
  if (call.fd === undefined) return file_kind.ring;
  const fd = readNumber('fd', call.fd, -1, 0x7fff_ffff);
  if (fd === -1) return file_kind.none;
  const what = call.files?.[fd];
  if (typeof what !== 'string') return file_kind.closed;
  return Object.hasOwn(FILES, what) ? (FILES[what] as number) : file_kind.zcrx;
}

/** Bytes of a page. @throws LayoutError */
export function readPageSize(given: unknown): number {
  const page = readNumber('page_size', orElse(given, PAGE_SIZE), 4096, 65_536);
  if (page & (page - 1)) refuse('page_size', page, 'a power of two');
  return page;
}

/** Lays out a call; the state of the instances is laid out already. @throws LayoutError */
export function layOutCall(machine: Machine, call: Call, state: State): void {
  const kind = call.call;
  if (typeof kind !== 'string' || !Object.hasOwn(call_kind, kind)) {
    refuse('call', kind, Object.keys(call_kind).join(', '));
  }
  const isEvent = kind === 'event';
  const page = readPageSize(call.page_size);
  let flags = 0;
  if (call.capable === undefined || readFlag('capable', call.capable)) flags |= call_flags.capable;
  if (call.other_task !== undefined && readFlag('other_task', call.other_task))
    flags |= call_flags.other_task;
  if (call.restricted !== undefined && readFlag('restricted', call.restricted))
    flags |= call_flags.restricted;
  machine.begin();
  machine.set(kernel_call.series, seriesOf(orElse(call.kernel, NEWEST_SERIES)).number);
  machine.set(kernel_call.page_size, page);
  machine.set(kernel_call.call, call_kind[kind as CallKind]);
  machine.set(
    kernel_call.setup_flags,
    call.setup_flags === undefined ? RING_FLAGS : readU32('setup_flags', call.setup_flags),
  );
  machine.set(kernel_call.ring, call.ring === undefined ? 0 : readNumber('ring', call.ring, 0, LAST_RING));
  machine.set(kernel_call.flags, flags);
  machine.set(kernel_call.file, fileOf(call));
  const nrArgs = orElse(call.nr_args, kind === 'register_ifq' ? 1 : 0);
  machine.set(kernel_call.nr_args, isEvent ? readU32('id', call.id) : readU32('nr_args', nrArgs));
  const arg = isEvent
    ? BigInt(readNumber('type', call.type, 0, 31))
    : call.arg === undefined
      ? 0n
      : readWide('arg', call.arg);
  machine.view.setBigUint64(machine.call + kernel_call.arg, arg, true);
  const nextFd = call.next_fd === undefined ? -1 : readNumber('next_fd', call.next_fd, 0, 0x7fff_ffff);
  machine.view.setInt32(machine.call + kernel_call.next_fd, nextFd, true);
  layOutMemory(machine, call.memory);
  layOutBytes(machine, call.bytes);
  layOutFiles(machine, call.files, state);
  layOutDevices(machine, call.devices);
}
