import type { CallStruct } from '../layout/call-structs.js';

/** The calls that evidence is read of. */
export type CallName = 'register_ifq' | 'zcrx_ctrl' | 'query';

/**
 * Structs of a call. Further entries of a chain of queries, and the structs that take their answers, are numbered from 1.
 */
export type Part = CallStruct | 'answer' | `query[${number}]` | `answer[${number}]`;

/** A piece of the memory of the program. */
export interface Memory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** What the memory map says of a range of addresses. */
export interface Range {
  readonly start: bigint;
  /** Bytes. */
  readonly length: bigint;
  /** As in /proc/PID/maps: `rw-`. */
  readonly rights: string;
}

/** What the kernel answered. Both undefined where the text does not tell. */
export interface CallOutcome {
  /** `EINVAL`. */
  readonly errno?: string;
  /** What the call returned, if that was no error. */
  readonly value?: bigint;
}

/** Fields as `encode` takes them: numbers, names of flags and values joined by `|`, nested structs, lists. */
export interface EvidenceFields {
  readonly [field: string]: EvidenceValue;
}

export type EvidenceValue = bigint | string | readonly bigint[] | EvidenceFields;

/** What people have at hand of a call of `io_uring_register`, from whatever tool. */
export interface Evidence {
  readonly source: 'strace' | 'gdb' | 'core';
  /** Undefined where the operation is none of zero-copy receive, or not known. */
  readonly call?: CallName;
  /** Number of the operation, without IORING_REGISTER_USE_REGISTERED_RING. */
  readonly opcode?: number;
  /** The operation had that flag: `fd` is an index of registered rings. */
  readonly registered_ring?: boolean;
  readonly fd?: number;
  /** What the descriptor is, as `strace -y` shows it: `anon_inode:[io_uring]`. */
  readonly fd_target?: string;
  readonly nr_args?: number;
  readonly outcome?: CallOutcome;
  /** Line of the input where it begins, from 1. */
  readonly line?: number;
  /** Thread, where the text tells it. */
  readonly pid?: number;
  /** Fields of the structs under the names that they were printed with. */
  readonly structs?: Readonly<Partial<Record<Part, EvidenceFields>>>;
  /** Addresses of the structs in the program, where known. */
  readonly addresses?: Readonly<Partial<Record<Part, bigint>>>;
  /** Paths of fields that may hold anything, as `reg.area_ptr`: they were not printed, and count as zero. */
  readonly unknown?: readonly string[];
  readonly memory?: readonly Memory[];
  readonly ranges?: readonly Range[];
  /** For people: what was left out, assumed, or could be done to see more. */
  readonly notes: readonly string[];
}
