/** The frames of a recording, as the API has them. */
import type { Counters, RefillIndices, StandstillReason } from '../health/snapshot.js';

/** What all frames have. */
interface Timed {
  /** Nanoseconds since the start of the recording, on a clock that never goes back. 0 to 2^64 - 1. */
  readonly time: bigint;
}

/** Always the first frame, and there is only one; its time is 0. */
export interface StartFrame extends Timed {
  readonly type: 'start';
  /** Version of the program that records. At most 255 bytes of UTF-8, as the other texts but the note. */
  readonly toolVersion: string;
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
  /** As `uname -m` says it. */
  readonly architecture: string;
  /** Bytes, 0 to 2^32 - 1. */
  readonly pageSize: number;
  /** The revision of the interface that the kernel spoke, and under which its bytes are to be decoded. */
  readonly revision: 'v1' | 'rc' | 'event';
  /** Nanoseconds since 1970-01-01 UTC at time 0. */
  readonly wallClock: bigint;
  /** Anything, at most 65535 bytes of UTF-8. */
  readonly note: string;
}

/** An instance was registered. The structs are as they stood after the call; one that was not used is empty. */
export interface RegisteredFrame extends Timed {
  readonly type: 'registered';
  /** The recorder's number for the instance, 0 to 2^32 - 1. */
  readonly instance: number;
  /** struct io_uring_zcrx_ifq_reg */
  readonly ifqReg: Uint8Array;
  /** struct zcrx_event_desc, zcrx_notification_desc in the earlier revisions */
  readonly eventDesc: Uint8Array;
  /** struct io_uring_region_desc, of the refill ring */
  readonly regionDesc: Uint8Array;
  /** struct io_uring_zcrx_area_reg */
  readonly areaReg: Uint8Array;
}

/** Completion entries, in the order of the queue. */
export interface CompletionsFrame extends Timed {
  readonly type: 'completions';
  readonly instance: number;
  /** Bytes of one entry: 32 where the ring has IORING_SETUP_CQE32. */
  readonly entrySize: 16 | 32;
  /** struct io_uring_cqe, one after the other: a multiple of `entrySize`, at most 2 MiB. */
  readonly entries: Uint8Array;
}

/** A sample of the statistics. */
export interface StatsFrame extends Timed {
  readonly type: 'stats';
  readonly instance: number;
  /** Bytes received over this instance since it was registered. */
  readonly receivedBytes: bigint;
  /** The statistics block as the kernel laid it out, `stats_size` bytes (at most 4096); empty where it has none. */
  readonly block: Uint8Array;
}

/** A call of IORING_REGISTER_ZCRX_CTRL: an event armed again, the refill ring flushed, and so on. */
export interface ControlFrame extends Timed {
  readonly type: 'control';
  readonly instance: number;
  /** struct zcrx_ctrl, after the call. */
  readonly ctrl: Uint8Array;
  /** What the kernel returned: 0 or more, or a negative errno. -2^31 to 2^31 - 1. */
  readonly result: number;
}

/** The recorder ended on its own terms. Always the last frame; a recording without it was cut short. */
export interface EndFrame extends Timed {
  readonly type: 'end';
  /** Bytes received over all instances. */
  readonly receivedBytes: bigint;
  /** Why, for people. At most 255 bytes of UTF-8. */
  readonly reason: string;
}

/**
 * An instance is watched from here on: in another process, or one of our own. Where it is already watched under
 * this number, a new one takes its place.
 */
export interface WatchedFrame extends Timed {
  readonly type: 'watched';
  /** The recorder's number for the instance, 0 to 2^32 - 1. */
  readonly instance: number;
  /** 0 to 2^32 - 1. */
  readonly pid: number;
  /** When the process began, in clock ticks since boot: field 22 of /proc/PID/stat. With the pid, it names one process. */
  readonly startTime: bigint;
  /** The name of the program. At most 255 bytes of UTF-8. */
  readonly command: string;
  /** Descriptor of the ring in the process. 0 to 2^32 - 1. */
  readonly fd: number;
  /** The kernel's number of the instance in its ring. 0 to 2^32 - 1. */
  readonly zcrxId: number;
  /** Our own instance; its refill region mapped from the ring; or read in the memory of the process. */
  readonly how: 'own' | 'mapped' | 'remote';
  /** Bytes of the refill region, 0 to 2^53 - 1. Absent, as the following three: unknown. */
  readonly regionSize?: number | undefined;
  /** Bytes from the start of the region to the statistics, 0 to 2^53 - 1. */
  readonly statsOffset?: number | undefined;
  /** Entries of the refill ring, 0 to 2^32 - 1. */
  readonly rqEntries?: number | undefined;
  /** Bytes of a buffer, 0 to 2^32 - 1. */
  readonly rxBufLen?: number | undefined;
  /** Anything, at most 65535 bytes of UTF-8. */
  readonly note: string;
}

/** What could be seen of an instance at one moment. What is absent is unknown, not zero. */
export interface SampleFrame extends Timed {
  readonly type: 'sample';
  readonly instance: number;
  /** The counters of the statistics, each 0 to 2^64 - 1. */
  readonly counters?: Counters | undefined;
  /** Head and tail of the refill ring, each 0 to 2^32 - 1. */
  readonly refill?: RefillIndices | undefined;
  /** Bytes received over the instance since it was registered, by its own program's account. */
  readonly receivedBytes?: bigint | undefined;
  /** `rx-alloc-fail` of the device's queue. */
  readonly rxAllocFail?: bigint | undefined;
  /** Bytes that wait in the TCP sockets of the process. */
  readonly waitingBytes?: bigint | undefined;
  /** Why receiving stands still at this moment; only its own program knows. */
  readonly stalled?: StandstillReason | undefined;
}

/** The health of an instance as the recorder judged it, from here on. A reader may judge anew from the samples. */
export interface StateFrame extends Timed {
  readonly type: 'state';
  readonly instance: number;
  /** Such as `copying`. At most 255 bytes of UTF-8. */
  readonly state: string;
  /** At most 4095 bytes of UTF-8. */
  readonly reason: string;
}

/** An instance can no longer be watched. No frame of it follows, unless it is watched again. */
export interface GoneFrame extends Timed {
  readonly type: 'gone';
  readonly instance: number;
  /** Why, for people. At most 4095 bytes of UTF-8. */
  readonly reason: string;
}

/** This file is part of a recording in several files. Where it is there, it comes right after the start frame. */
export interface PartFrame extends Timed {
  readonly type: 'part';
  /** A number drawn at random, 0 to 2^64 - 1: the same in all parts of the recording. */
  readonly sequence: bigint;
  /** Of this part, from 0 on. 0 to 2^32 - 1. */
  readonly number: number;
  /** So many frames after this one repeat what earlier parts said, so that this file can be read alone. */
  readonly repeated: number;
}

/** The recording goes on in its next part. After it only the end frame comes. */
export interface ContinuedFrame extends Timed {
  readonly type: 'continued';
  /** Number of the next part. 0 to 2^32 - 1. */
  readonly number: number;
}

export type RecordingFrame =
  | StartFrame
  | RegisteredFrame
  | CompletionsFrame
  | StatsFrame
  | ControlFrame
  | EndFrame
  | WatchedFrame
  | SampleFrame
  | StateFrame
  | GoneFrame
  | PartFrame
  | ContinuedFrame;
