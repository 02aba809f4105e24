/** Where buffers are given back to the kernel: the refill ring of an instance. */
export interface RefillRing {
  /**
   * The entries to be put next, 16 bytes each as `struct io_uring_zcrx_rqe`: the low and the high half of the offset with
   * the area's number in its upper 16 bits, the length, and zero.
   */
  readonly batch: Uint32Array;
  /** Puts the first `count` entries of the batch into the ring; returns for how many there was room. */
  put(count: number): number;
  /** Entries that the kernel has not taken yet. */
  readonly unread: number;
}
