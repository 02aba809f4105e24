/** Revisions of the interface, in the order in which they appeared. Sizes and offsets are the same, meanings differ. */
export const enum revision {
  /** First public patches, never released: event types are bits. */
  v1 = 0,
  /** Linux 7.2-rc1 to 7.2-rc4: event types are indices, under the names of `v1`. */
  rc = 1,
  /** Linux 7.2 and later: event types are indices. */
  event = 2,
}
