/** Where head, tail and entries of the refill ring lie, in bytes from the start of its region. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.15" })
@unmanaged
export class io_uring_zcrx_offsets {
  /** The kernel's index: entries below it were taken. */
  @written
  head: u32;
  /** The program's index: entries below it were given. */
  @written
  tail: u32;
  /** The first entry. 64 up to Linux 7.2, 128 in 7.3: never a constant. */
  @written
  rqes: u32;
  /** Reserved. */
  @written
  __resv2: u32;
  /** Reserved. */
  @written
  @array(2)
  __resv: u64;
}
