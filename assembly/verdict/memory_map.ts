// The process's memory as the kernel meets it: mapped or not, readable, writable; and what the kernel writes into it.

import { kernel_call, memory_bytes, memory_range, memory_rights, scratch_place } from "./call";


@inline
function range_at(c: kernel_call, i: u32): memory_range {
  return changetype<memory_range>(c.ranges + i * offsetof<memory_range>());
}


@inline
function bytes_at(list: u32, i: u32): memory_bytes {
  return changetype<memory_bytes>(list + i * offsetof<memory_bytes>());
}

/** How many of `length` bytes from `address` on can be reached with these rights, up to the first that can't. */
export function reachable(c: kernel_call, address: u64, length: u64, rights: u32): u64 {
  let done: u64 = 0;
  while (done < length) {
    const from = address + done;
    if (from < address) break;
    const before = done;
    for (let i: u32 = 0; i < c.range_count; i++) {
      const range = range_at(c, i);
      if (from - range.start >= range.length || from < range.start) continue;
      if ((range.rights & rights) != rights) continue;
      done += range.length - (from - range.start);
      break;
    }
    if (done == before) break;
  }
  return min(done, length);
}

/** Copies what lies both in [address, address + length) and in `piece`. */
function overlay(piece: memory_bytes, address: u64, length: u32, to: usize): void {
  const start = max(piece.address, address);
  const end = min(piece.address + piece.length, address + length);
  if (start >= end) return;
  const target = to + <usize>(start - address);
  const size = <usize>(end - start);
  if (piece.at) memory.copy(target, <usize>piece.at + <usize>(start - piece.address), size);
  else memory.fill(target, 0, size);
}

/** The bytes at an address as they are now, whoever may read them. */
function peek(c: kernel_call, address: u64, length: u32, to: usize): void {
  memory.fill(to, 0, length);
  for (let i: u32 = 0; i < c.bytes_count; i++) overlay(bytes_at(c.bytes, i), address, length, to);
  for (let i: u32 = 0; i < c.write_count; i++) overlay(bytes_at(c.writes, i), address, length, to);
}

/** copy_from_user. */
export function copy_in(c: kernel_call, address: u64, length: u32, to: usize): bool {
  if (reachable(c, address, length, memory_rights.read) < length) return false;
  peek(c, address, length, to);
  return true;
}

/** A place for a write to an address: that of a former write of the same extent, if nothing was written over it since. */
function place_for(c: kernel_call, address: u64, length: u32): memory_bytes | null {
  for (let i = <i32>c.write_count - 1; i >= 0; i--) {
    const former = bytes_at(c.writes, i);
    if (former.address == address && former.length == length) return former;
    if (former.address < address + length && address < former.address + former.length) break;
  }
  if (c.write_count >= c.write_room) return null;
  const made = bytes_at(c.writes, c.write_count++);
  made.address = address;
  made.length = length;
  made.at = 0;
  return made;
}

function write(c: kernel_call, address: u64, length: u32, from: usize): void {
  if (!length) return;
  const place = place_for(c, address, length);
  if (!place) return;
  if (!from) {
    place.at = 0;
    return;
  }
  if (!place.at) {
    if (c.data_used + length > c.data_room) return;
    place.at = c.data + c.data_used;
    c.data_used += (length + 7) & ~7;
  }
  memory.copy(place.at, from, length);
}

const BOTH: u32 = memory_rights.read | memory_rights.write;

/** copy_to_user: what lies before the first byte that can't be written is written even so. */
export function copy_out(c: kernel_call, address: u64, length: u32, from: usize): bool {
  const fits = <u32>reachable(c, address, length, memory_rights.write);
  write(c, address, fits, from);
  return fits == length;
}

/** clear_user. */
export function clear_out(c: kernel_call, address: u64, length: u32): bool {
  const fits = <u32>reachable(c, address, length, memory_rights.write);
  write(c, address, fits, 0);
  return fits == length;
}

/** Whether all pages can be pinned for writing. */
export function can_pin(c: kernel_call, address: u64, length: u64): bool {
  return reachable(c, address, length, BOTH) == length;
}

/** Zeroes pinned memory, whatever rights it has by now. */
export function zero_pinned(c: kernel_call, address: u64, length: u32): void {
  write(c, address, length, 0);
}

export function store_pinned(c: kernel_call, address: u64, value: u32): void {
  store<u32>(c.scratch + scratch_place.number, value);
  write(c, address, 4, c.scratch + scratch_place.number);
}

export function load_pinned_u32(c: kernel_call, address: u64): u32 {
  peek(c, address, 4, c.scratch + scratch_place.number);
  return load<u32>(c.scratch + scratch_place.number);
}

/** A stretch of pinned memory as it is now. */
export function read_pinned(c: kernel_call, address: u64, length: u32, to: usize): void {
  peek(c, address, length, to);
}
