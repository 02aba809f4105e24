// A call put together piece by piece, for callers that want to lay out no lists of their own: all that a verdict needs lies
// in one stretch of memory, with room for what an ordinary call has. Who needs more fills in a kernel_call by himself.

import { io_uring_setup_flags } from "../layout/params";
import {
  box,
  broken_rule,
  call_flags,
  call_kind,
  device,
  device_queue,
  file_kind,
  instance,
  kernel_call,
  memory_bytes,
  memory_range,
  open_file,
  scratch_place,
} from "./call";
import { box_at } from "./instances";

const RANGES: u32 = 32;
const PIECES: u32 = 32;
const FILES: u32 = 16;
const DEVICES: u32 = 8;
const QUEUES: u32 = 16;
const BOXES: u32 = 16;
const INSTANCES: u32 = 32;
const BROKEN: u32 = 64;
const WRITES: u32 = 64;
const DATA: u32 = 8192;

// Where the lists lie in the stretch, in bytes from the call; each record's size is a multiple of 4, those with 64-bit
// fields come first.
const SCRATCH_AT: u32 = (offsetof<kernel_call>() + 15) & ~15;
const RANGES_AT: u32 = SCRATCH_AT + scratch_place.SIZE;
const PIECES_AT: u32 = RANGES_AT + RANGES * offsetof<memory_range>();
const BOXES_AT: u32 = PIECES_AT + PIECES * offsetof<memory_bytes>();
const BROKEN_AT: u32 = BOXES_AT + BOXES * offsetof<box>();
const WRITES_AT: u32 = BROKEN_AT + BROKEN * offsetof<broken_rule>();
const DATA_AT: u32 = WRITES_AT + WRITES * offsetof<memory_bytes>();
const INSTANCES_AT: u32 = DATA_AT + DATA;
const DEVICES_AT: u32 = INSTANCES_AT + INSTANCES * offsetof<instance>();
const QUEUES_AT: u32 = DEVICES_AT + DEVICES * offsetof<device>();
const FILES_AT: u32 = QUEUES_AT + QUEUES * offsetof<device_queue>();
const END: u32 = FILES_AT + FILES * offsetof<open_file>();

/** Bytes that a call takes up with its lists. */
export const COMPOSED_SIZE: u32 = (END + 15) & ~15;

const DEFAULT_PAGE: u32 = 4096;

/** What has no room. */
const NO_ROOM: i32 = -1;

/** A new call, on a machine without instances: by a capable caller, on a ring fit for zero-copy receive. */
export function begin_call(c: kernel_call, series: u32, kind: u32): void {
  const at = <u32>changetype<usize>(c);
  memory.fill(at, 0, COMPOSED_SIZE);
  c.series = series;
  c.page_size = DEFAULT_PAGE;
  c.setup_flags =
    io_uring_setup_flags.IORING_SETUP_CQE32 |
    io_uring_setup_flags.IORING_SETUP_SINGLE_ISSUER |
    io_uring_setup_flags.IORING_SETUP_DEFER_TASKRUN;
  c.flags = call_flags.capable;
  c.scratch = at + SCRATCH_AT;
  c.ranges = at + RANGES_AT;
  c.bytes = at + PIECES_AT;
  c.boxes = at + BOXES_AT;
  c.box_room = BOXES;
  c.broken = at + BROKEN_AT;
  c.broken_room = BROKEN;
  c.writes = at + WRITES_AT;
  c.write_room = WRITES;
  c.data = at + DATA_AT;
  c.data_room = DATA;
  c.instances = at + INSTANCES_AT;
  c.instance_room = INSTANCES;
  c.devices = at + DEVICES_AT;
  c.queues = at + QUEUES_AT;
  c.files = at + FILES_AT;
  next_call(c, kind);
}

/** The next call in the same life: the instances stay, memory, files and devices are told anew. */
export function next_call(c: kernel_call, kind: u32): void {
  c.call = kind;
  c.file = file_kind.ring;
  c.nr_args = kind == call_kind.register_ifq ? 1 : 0;
  c.arg = 0;
  c.next_fd = -1;
  c.range_count = 0;
  c.bytes_count = 0;
  c.file_count = 0;
  c.device_count = 0;
  c.queue_count = 0;
  c.new_box = c.box_count;
}

/** Memory of the program. @returns its place in the list, or -1 without room */
export function add_range(c: kernel_call, start: u64, length: u64, rights: u32): i32 {
  if (c.range_count >= RANGES) return NO_ROOM;
  const made = changetype<memory_range>(c.ranges + c.range_count * offsetof<memory_range>());
  made.start = start;
  made.length = length;
  made.rights = rights;
  return c.range_count++;
}

/** What lies at an address. */
export function add_bytes(c: kernel_call, address: u64, length: u32, at: u32): i32 {
  if (c.bytes_count >= PIECES) return NO_ROOM;
  const made = changetype<memory_bytes>(c.bytes + c.bytes_count * offsetof<memory_bytes>());
  made.address = address;
  made.length = length;
  made.at = at;
  return c.bytes_count++;
}

export function add_file(c: kernel_call, fd: i32, kind: u32, of_box: u32): i32 {
  if (c.file_count >= FILES) return NO_ROOM;
  const made = changetype<open_file>(c.files + c.file_count * offsetof<open_file>());
  made.fd = fd;
  made.kind = kind;
  made.box = of_box;
  return c.file_count++;
}

export function add_device(c: kernel_call, if_idx: u32, flags: u32, hds_thresh: u32, queues: u32): i32 {
  if (c.device_count >= DEVICES) return NO_ROOM;
  const made = changetype<device>(c.devices + c.device_count * offsetof<device>());
  made.if_idx = if_idx;
  made.flags = flags;
  made.hds_thresh = hds_thresh;
  made.queues = queues;
  return c.device_count++;
}

export function add_queue(c: kernel_call, if_idx: u32, queue: u32, flags: u32): i32 {
  if (c.queue_count >= QUEUES) return NO_ROOM;
  const made = changetype<device_queue>(c.queues + c.queue_count * offsetof<device_queue>());
  made.if_idx = if_idx;
  made.queue = queue;
  made.flags = flags;
  return c.queue_count++;
}

/** An instance that no ring of the caller's has yet. @returns its box, or -1 without room */
export function add_own_box(
  c: kernel_call,
  creator: u32,
  flags: u32,
  event_mask: u32,
  fired_mask: u32,
  rq_entries: u32,
  areas: u32,
): i32 {
  if (c.box_count >= BOXES) return NO_ROOM;
  const made = box_at(c, c.box_count);
  made.creator = creator;
  made.flags = flags;
  made.event_mask = event_mask;
  made.fired_mask = fired_mask;
  made.rq_entries = rq_entries;
  made.areas = areas;
  c.new_box = c.box_count + 1;
  return c.box_count++;
}

/** A ring has the instance in a box, under an id of its own. */
export function add_holder(c: kernel_call, ring: u32, id: u32, of_box: u32): i32 {
  if (c.instance_count >= INSTANCES || of_box >= c.box_count) return NO_ROOM;
  const made = changetype<instance>(c.instances + c.instance_count * offsetof<instance>());
  made.ring = ring;
  made.id = id;
  made.box = of_box;
  made.imported = box_at(c, of_box).creator != ring + 1 ? 1 : 0;
  return c.instance_count++;
}
