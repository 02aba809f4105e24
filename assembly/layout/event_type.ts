/** What an instance can report. A type is an index: bit `1 << index` asks for it, `cqe->res` is the index. */
@values({ from: "linux/io_uring/zcrx.h", since: "7.2" })
export enum zcrx_event_type {
  /** The page pool could not get a buffer: the area is exhausted. Never fires without a device. */
  ZCRX_EVENT_ALLOC_FAIL = 0,
  /** A fragment was copied instead of being delivered in place. */
  ZCRX_EVENT_COPY = 1,
}

/** The same indices under the names of 7.2-rc1 to 7.2-rc4. */
@variant("zcrx_event_type", "rc")
@values({ from: "linux/io_uring/zcrx.h", since: "7.2-rc1" })
export enum zcrx_notification_type {
  /** The page pool could not get a buffer: the area is exhausted. */
  ZCRX_NOTIF_NO_BUFFERS = 0,
  /** A fragment was copied instead of being delivered in place. */
  ZCRX_NOTIF_COPY = 1,
}

/** The first public revision, never released: a type is a bit, in the mask, when arming and in `cqe->res`. */
@variant("zcrx_event_type", "v1")
@bits({ from: "the first public patch series", since: "never released" })
export enum zcrx_notification_bits {
  /** The page pool could not get a buffer: the area is exhausted. */
  ZCRX_NOTIF_NO_BUFFERS = 1 << 0,
  /** A fragment was copied instead of being delivered in place. */
  ZCRX_NOTIF_COPY = 1 << 1,
}
