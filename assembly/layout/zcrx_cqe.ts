/** Where received data lies: the second half of a 32-byte completion of IORING_OP_RECV_ZC. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.15" })
@unmanaged
export class io_uring_zcrx_cqe {
  /** The area's token in the bits from IORING_ZCRX_AREA_SHIFT up, the byte offset in the area below. */
  @written
  off: u64;
  /** Reserved. */
  @written
  __pad: u64;
}

/** The bit from which the area's id stands in offsets. */
@constant({ from: "linux/io_uring/zcrx.h", since: "6.15" })
export const IORING_ZCRX_AREA_SHIFT: u64 = 48;

/** The bits of an offset that name the area. */
@constant({ from: "linux/io_uring/zcrx.h", since: "6.15" })
export const IORING_ZCRX_AREA_MASK: u64 = ~((1 << 48) - 1);

/** The bits of an offset that count bytes in the area. */
export const AREA_OFFSET_BITS: u64 = 0x0000_ffff_ffff_ffff;
