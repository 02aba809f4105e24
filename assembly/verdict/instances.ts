import { box, box_flags, instance, kernel_call } from "./call";

export function box_at(c: kernel_call, i: u32): box {
  return changetype<box>(c.boxes + i * offsetof<box>());
}

function instance_at(c: kernel_call, i: u32): instance {
  return changetype<instance>(c.instances + i * offsetof<instance>());
}

/** The instance of this id that the ring has. */
export function find_instance(c: kernel_call, ring: u32, id: u32): instance | null {
  for (let i: u32 = 0; i < c.instance_count; i++) {
    const found = instance_at(c, i);
    if (found.ring == ring && found.id == id) return found;
  }
  return null;
}

/** The id that the kernel gives next: the lowest free one. */
export function next_id(c: kernel_call, ring: u32): u32 {
  let id: u32 = 0;
  while (find_instance(c, ring, id)) id++;
  return id;
}

export function add_instance(c: kernel_call, id: u32, of_box: u32, imported: bool): void {
  if (c.instance_count >= c.instance_room) return;
  const made = instance_at(c, c.instance_count++);
  made.ring = c.ring;
  made.id = id;
  made.box = of_box;
  made.imported = imported ? 1 : 0;
}

/** Makes a box where the caller wants the next; null where there is no room. */
export function add_box(c: kernel_call): box | null {
  if (c.new_box >= c.box_room) return null;
  if (c.new_box >= c.box_count) c.box_count = c.new_box + 1;
  const made = box_at(c, c.new_box);
  memory.fill(changetype<usize>(made), 0, offsetof<box>());
  made.buffers = c.new_buffers;
  return made;
}

/** Notes an area, as far as sizes are kept. */
export function add_area(to: box, buffers: u64): void {
  if (to.buffers) store<u32>(to.buffers + 4 * to.areas, <u32>buffers);
  to.areas++;
}

/** Closes a ring: its instances go, and what it created has nobody any more to report events to. */
export function close_ring(c: kernel_call): void {
  for (let i: u32 = 0; i < c.box_count; i++) {
    const each = box_at(c, i);
    if (each.creator == c.ring + 1) each.creator = 0;
  }
  let kept: u32 = 0;
  for (let i: u32 = 0; i < c.instance_count; i++) {
    const each = instance_at(c, i);
    if (each.ring == c.ring) continue;
    if (kept != i) memory.copy(changetype<usize>(instance_at(c, kept)), changetype<usize>(each), offsetof<instance>());
    kept++;
  }
  c.instance_count = kept;
}

/** The kernel has posted an event: its type is silent until it is armed again. */
export function fire_event(c: kernel_call): void {
  const found = find_instance(c, c.ring, c.nr_args);
  if (!found) return;
  const target = box_at(c, found.box);
  if (target.creator && c.arg < 32) target.fired_mask |= (1 << (<u32>c.arg)) & target.event_mask;
}

/** Whether the refill ring of an instance can be followed. */
export function follows_ring(target: box): bool {
  return (target.flags & box_flags.region_known) != 0 && target.buffers != 0;
}
