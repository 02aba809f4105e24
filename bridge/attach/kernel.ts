import { type Probe, probe } from '../probe.js';

/** What this kernel says of refill regions; it is the watched process's kernel too. */
export interface KernelLayout {
  /** Bytes. */
  readonly pageSize: number;
  /** Bytes of the refill ring's header: 8 up to Linux 7.2, 128 in 7.3. */
  readonly rqHeaderSize: number;
  /** Bytes of the statistics; 0 where the kernel has none (before Linux 7.2). */
  readonly statsSize: number;
  /** Bytes. */
  readonly statsAlignment: number;
}

/** Bytes of the header in the kernels that do not answer the question (before Linux 6.19). */
const OLD_HEADER_SIZE = 8;

export function kernelLayout({ pageSize, zcrx, event }: Probe = probe()): KernelLayout {
  return {
    pageSize,
    rqHeaderSize: zcrx?.rq_hdr_size || OLD_HEADER_SIZE,
    statsSize: event?.stats_size ?? 0,
    statsAlignment: event?.stats_off_alignment ?? 8,
  };
}

/** Head and tail of the refill ring lie at the start of its region, the tail on the second half of the header. */
export const HEAD_OFFSET = 0;
export const tailOffset = ({ rqHeaderSize }: KernelLayout): number => rqHeaderSize / 2;
