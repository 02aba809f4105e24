// What a verdict is made of: the call, the memory it works on and the instances that exist, as the caller lays them out
// in the module's memory. Places in that memory are offsets of 32 bits; addresses of the process are 64 bits.

/** The system calls, and what else changes the state. */
@codes
export enum call_kind {
  /** IORING_REGISTER_ZCRX_IFQ. */
  register_ifq = 0,
  /** IORING_REGISTER_ZCRX_CTRL. */
  zcrx_ctrl = 1,
  /** IORING_REGISTER_QUERY. */
  query = 2,
  /** The ring is closed. */
  close = 3,
  /** The kernel has posted the event `arg` of the instance `nr_args`. */
  event = 4,
}

/** What the descriptor of the call, or one named in a struct, is. */
@codes
export enum file_kind {
  /** Not open. */
  closed = 0,
  /** Something else. */
  other = 1,
  ring = 2,
  /** What ZCRX_CTRL_EXPORT gave. */
  zcrx = 3,
  dmabuf = 4,
  /** -1 instead of a descriptor. */
  none = 5,
}

/** Bits of `kernel_call.flags`. */
@codes
export enum call_flags {
  /** The caller has CAP_NET_ADMIN in the initial user namespace. */
  capable = 1,
  /** The caller is not the task that the ring belongs to. */
  other_task = 2,
  /** The ring's restrictions forbid the operation. */
  restricted = 4,
}

/** Bits of `memory_range.rights`. */
@codes
export enum memory_rights {
  read = 1,
  write = 2,
}

/** A stretch of the process's address space. What lies in none is not mapped. */
@record
@unmanaged
export class memory_range {
  start: u64;
  /** Bytes. */
  length: u64;
  rights: u32;
  pad: u32;
}

/** Bytes at an address. What is mapped but in none is zero. */
@record
@unmanaged
export class memory_bytes {
  address: u64;
  length: u32;
  /** Where they lie; 0: all of them are zero. */
  at: u32;
}

/** An open descriptor. */
@record
@unmanaged
export class open_file {
  fd: i32;
  kind: u32;
  /** Number of the instance. */
  box: u32;
}

/** Bits of `device.flags`, and of `device_queue.flags`. */
@codes
export enum device_flags {
  dma = 1,
  ops_lock = 2,
  queue_ops = 4,
  data_split = 8,
  xdp = 16,
  rx_page_size = 32,
  /** Of a queue: it has a memory provider. */
  taken = 64,
  /** Of a queue: AF_XDP uses it. */
  xsk = 128,
  /** Of a queue: it is leased to a virtual device. */
  leased = 256,
  /** It exists; the rest is not known. */
  unknown = 512,
}

/** A network interface of the caller's namespace. */
@record
@unmanaged
export class device {
  if_idx: u32;
  flags: u32;
  hds_thresh: u32;
  /** Receive queues. */
  queues: u32;
}

/** What is special about one queue. */
@record
@unmanaged
export class device_queue {
  if_idx: u32;
  queue: u32;
  flags: u32;
}

/** Bits of `box.flags`. */
@codes
export enum box_flags {
  /** Without a device. */
  nodev = 1,
  /** `region` and `rq_head` are known, and the refill ring is in the program's memory. */
  region_known = 2,
  dmabuf = 4,
}

/** An instance itself, whichever rings have it. */
@record
@unmanaged
export class box {
  /** Number of the ring that registered it and gets its events, plus 1; 0 if that is closed. */
  creator: u32;
  event_mask: u32;
  fired_mask: u32;
  flags: u32;
  areas: u32;
  rq_entries: u32;
  /** Refill entries that the kernel has taken, wrapping around. */
  rq_head: u32;
  /** Where the number of buffers of each area is, AREA_ROOM numbers of 32 bits; 0: not known. */
  buffers: u32;
  /** Address of the refill region. */
  region: u64;
}

/** An instance as a ring knows it. */
@record
@unmanaged
export class instance {
  ring: u32;
  id: u32;
  /** Its place among the boxes. */
  box: u32;
  imported: u32;
}

/** A check that the call breaks. */
@record
@unmanaged
export class broken_rule {
  rule: u32;
  /** What it is about; see `part`. */
  part: u32;
  /** Bytes from the start of that struct to the field; of `part.call` a `call_field`. */
  offset: u32;
  /** Which of a chain of structs. */
  element: u32;
  value: u64;
  /** Another number of the rule's: a limit, an end. */
  limit: u64;
  /** The field whose change to `fix_value` would let the call pass this check, if `fixable`. */
  fix_part: u32;
  fix_offset: u32;
  fix_value: u64;
  fixable: u32;
  pad: u32;

  /** Another value of the same field would pass. */
  fix(value: u64): void {
    this.fix_at(this.part, this.offset, value);
  }

  /** A value of another field would make it pass. */
  fix_at(where: u32, offset: usize, value: u64): void {
    this.fix_part = where;
    this.fix_offset = <u32>offset;
    this.fix_value = value;
    this.fixable = 1;
  }
}

/** The structs of a call. */
@codes
export enum part {
  call = 0,
  reg = 1,
  area = 2,
  region = 3,
  event_desc = 4,
  ctrl = 5,
  query = 6,
}

/** What `part.call` consists of. */
@codes
export enum call_field {
  kernel = 0,
  fd = 1,
  arg = 2,
  nr_args = 3,
  setup_flags = 4,
  capable = 5,
  devices = 6,
  other_task = 7,
  restricted = 8,
}

/** A call, what it meets, and room for what comes of it. */
@record
@unmanaged
export class kernel_call {
  /** 100 * major + minor. */
  series: u32;
  page_size: u32;
  call: u32;
  setup_flags: u32;
  ring: u32;
  flags: u32;
  /** What the descriptor is. */
  file: u32;
  nr_args: u32;
  arg: u64;
  /** The lowest free descriptor, or -1 if that is not known. */
  next_fd: i32;
  ranges: u32;
  range_count: u32;
  bytes: u32;
  bytes_count: u32;
  files: u32;
  file_count: u32;
  devices: u32;
  device_count: u32;
  queues: u32;
  queue_count: u32;
  boxes: u32;
  box_count: u32;
  box_room: u32;
  instances: u32;
  instance_count: u32;
  instance_room: u32;
  /** Where `scratch_place.SIZE` bytes are free. */
  scratch: u32;
  /** Where the number of buffers of each area of a new instance goes; 0: nowhere. */
  new_buffers: u32;
  /** The place among the boxes that a new instance gets. */
  new_box: u32;
  /** What the kernel writes, in its order: memory_bytes. */
  writes: u32;
  write_count: u32;
  write_room: u32;
  /** Room for the bytes of the writes. */
  data: u32;
  data_used: u32;
  data_room: u32;
  /** What is broken, in the kernel's order: broken_rule. The first without `@entry` decides. */
  broken: u32;
  /** How many rules are broken, even if fewer had room. */
  broken_count: u32;
  broken_room: u32;
  /** The rule that decided, or `rule.ok`. */
  rule: u32;
}

/** Where the copies of the structs lie in the scratch area, from which a caller may read what the verdict was about. */
@codes
export enum scratch_place {
  reg = 0,
  region = 128,
  area = 256,
  event_desc = 384,
  /** A zcrx_ctrl. */
  ctrl = 512,
  /** An io_uring_query_hdr. */
  query = 640,
  /** An answer, or an entry of the refill ring. */
  data = 704,
  /** A finding for which there is no room. */
  sink = 896,
  /** A single number. */
  number = 1016,
  SIZE = 1024,
}
