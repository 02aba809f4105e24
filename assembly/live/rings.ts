/**
 * Where the rings of one instance lie: offsets in the linear memory. The program writes this once, after set-up and
 * registration, from the offsets that the kernel returned.
 */
@unmanaged
export class rings {
  sq_head: usize;
  sq_tail: usize;
  sq_mask: u32;
  sq_entries: u32;
  sq_flags: usize;
  sqes: usize;
  cq_head: usize;
  cq_tail: usize;
  cq_mask: u32;
  /** Completions, 32 bytes each. */
  cqes: usize;
  rq_head: usize;
  rq_tail: usize;
  rq_mask: u32;
  rq_entries: u32;
  rqes: usize;
}

// Indices of a ring are shared with the kernel: the reader of an index acquires, its writer releases. WebAssembly's
// atomics are sequentially consistent, which is at least that, on arm64 too.

@inline
export function acquire(at: usize): u32 {
  return atomic.load<u32>(at);
}


@inline
export function release(at: usize, value: u32): void {
  atomic.store<u32>(at, value);
}
