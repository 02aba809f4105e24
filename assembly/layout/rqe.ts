/** An entry of the refill ring: a buffer given back to the kernel. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.15" })
@unmanaged
export class io_uring_zcrx_rqe {
  /** The completion's `off`: the area's token in the bits from 48 up, the byte offset in the area below. */
  off: u64;
  /** Bytes; not read by the kernel. */
  len: u32;
  /** The kernel skips an entry in which this is not zero: its buffer is lost. */
  @zero
  __pad: u32;
}
