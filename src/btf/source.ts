/** Bytes that are read where they are needed: a section of a file of 500 MB is a few of them. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` on; fewer than `length` where the source ends. */
  read(start: number, length: number): Uint8Array;
}

/** Bytes that are in memory already. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
}
