/** What the memory for payload is made of. */
export type AreaKind = 'linear' | 'mapped' | 'huge' | 'shared' | 'dmabuf';

/** The fields of io_uring_zcrx_area_reg that tell of memory. */
export interface AreaRegistration {
  /** Of memory of this process. */
  readonly addr?: bigint;
  /** Bytes. */
  readonly len: number;
  /** IORING_ZCRX_AREA_DMABUF, or nothing. */
  readonly flags?: number;
  readonly dmabuf_fd?: number;
}

/** Memory for payload. It must not be closed before the ring is that it was registered with. */
export interface Area {
  readonly kind: AreaKind;
  /** Bytes, whole pages. */
  readonly length: number;
  /**
   * What the kernel is told of it.
   * @throws BridgeError `bad-option` of memory that was attached for reading only
   */
  readonly registration: AreaRegistration;
  /**
   * Whether the kernel can write into it itself. Without that, data that no device put there cannot be received: the
   * receive ends with ENOMEM, with neither an event nor statistics.
   */
  readonly copyFallback: boolean;
  /** The memfd or dma-buf, for sharing with another process; it belongs to the area. */
  readonly fd?: number;
  /**
   * Received bytes: a view where that is safe, else a copy.
   * @throws BridgeError `out-of-bounds`, `closed`, and `not-readable` where the processor cannot read them
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** Gives back mapping and descriptors; a second time does nothing. */
  close(): void;
}
