// What differs between the kernel series, as 100 * major + minor. Sources: io_uring/zcrx.c, zcrx.h, query.c and memmap.c
// of the series, and runs.

import { zcrx_reg_flags } from "../layout/ifq_reg";

export const V6_17: u32 = 617;
export const V6_18: u32 = 618;
export const V6_19: u32 = 619;
export const V7_0: u32 = 700;
export const V7_1: u32 = 701;
export const V7_2: u32 = 702;
export const V7_3: u32 = 703;

/** Bytes of a cache line, on x86-64 and arm64. */
const CACHE_LINE: u32 = 64;

/** First number that io_uring_register does not know (IORING_REGISTER_LAST). */
export function register_last(series: u32): u32 {
  if (series >= V7_0) return 38;
  if (series >= V6_19) return 37;
  return series >= V6_18 ? 36 : 35;
}

/** Where the program's index of the refill ring lies; the kernel's is at 0. */
export function rq_tail(series: u32): u32 {
  return series >= V7_3 ? CACHE_LINE : 4;
}

/** Bytes of the refill ring's header. */
export function rq_header(series: u32): u32 {
  return series >= V7_3 ? 2 * CACHE_LINE : 8;
}

/** Where the refill entries begin. */
export function rq_entries_offset(series: u32): u32 {
  return series >= V7_3 ? 2 * CACHE_LINE : CACHE_LINE;
}

/** Flags that a registration takes. */
export function registration_flags(series: u32): u32 {
  if (series >= V7_1) return zcrx_reg_flags.ZCRX_REG_IMPORT | zcrx_reg_flags.ZCRX_REG_NODEV;
  return series >= V6_19 ? zcrx_reg_flags.ZCRX_REG_IMPORT : 0;
}

/** Number of the operations of ZCRX_CTRL. */
export function ctrl_ops(series: u32): u32 {
  if (series >= V7_3) return 4;
  return series >= V7_2 ? 3 : 2;
}

/** Number of the questions that can be asked. */
export function query_ops(series: u32): u32 {
  if (series >= V7_2) return 4;
  return series >= V6_19 ? 3 : 1;
}

/** Features of zero-copy receive. */
export function features(series: u32): u32 {
  if (series >= V7_2) return 3;
  return series >= V7_0 ? 1 : 0;
}

/** Number of the operations that submissions may name (IORING_OP_LAST). */
export function request_ops(series: u32): u32 {
  return series >= V6_19 ? 65 : 63;
}

/** Flags that io_uring_setup takes: one more a release or two, from bit 0 up. */
export function setup_flags(series: u32): u64 {
  if (series >= V7_0) return 0x1f_ffff;
  return series >= V6_19 ? 0xf_ffff : 0x7_ffff;
}
