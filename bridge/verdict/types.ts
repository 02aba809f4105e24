import type { Call, CallKind } from '../../src/verdict/call.js';
import type { CallFinding, Fix } from '../../src/verdict/typed.js';

/** An option of every call whose outcome can be foretold. */
export interface CheckOptions {
  /**
   * `before`: asks what the kernel would say, and makes no call that it would refuse. Costs about a millisecond a call,
   * since the memory map of the process is read. Without it only what the kernel did refuse is looked into.
   */
  readonly check?: 'before' | undefined;
}

/** What this library expects the kernel to say to a call, and why. */
export interface CallVerdict {
  /** The errno that is expected; null: success, or what is not known (`rule` is `unproved`). */
  readonly errno: string | null;
  /** The rule that decides: `ok`, `unproved`, or one that is broken, as `stats-overlap-ring`. */
  readonly rule: string;
  /** What that rule is about, as `event_desc.stats_offset`. */
  readonly field: string | null;
  /** All that is wrong, in the kernel's order. */
  readonly findings: readonly CallFinding[];
  /** Values that would pass, of those findings that have one. */
  readonly fixes: readonly Fix[];
  /** The kernel said something else, and nothing that is known explains it: a mistake of this library, or a rare kernel. */
  readonly contradicted: boolean;
  /** What was not known here and may have decided, each a clause; mostly empty. */
  readonly unknown: readonly string[];
  /** The call as it was before the kernel wrote anything, as a line of `zcrx check --ndjson`. */
  readonly call: Call;
}

/** A call of io_uring_register that is about to be made. */
export interface Request {
  readonly kind: CallKind & ('register_ifq' | 'zcrx_ctrl' | 'query');
  /** As `io_uring_register(IORING_REGISTER_ZCRX_IFQ)`. */
  readonly name: string;
  /** The ring, or -1. */
  readonly fd: number;
  readonly nrArgs: number;
  /** Address of the argument. */
  readonly address: bigint;
  /** The argument, where it is memory of JavaScript. */
  readonly bytes: Uint8Array | undefined;
}
