import type { AbiRevision } from '../../layout/revision.js';

/** Where a field is, and what. */
export interface Place {
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes in all. */
  readonly size: number;
  /** As `u64[2]`, or `struct zcrx_ctrl_export`. */
  readonly type: string;
}

/** Something that both have, but not alike: what is built on the layouts goes wrong in this kernel. */
export type Difference =
  | { readonly kind: 'size'; readonly struct: string; readonly ours: number; readonly kernel: number }
  | {
      readonly kind: 'field';
      readonly struct: string;
      readonly name: string;
      readonly ours: Place;
      /** Null where the kernel has no field of this name. */
      readonly kernel: Place | null;
      /** Then: what it has in that place. */
      readonly instead?: readonly string[];
    }
  | {
      readonly kind: 'value';
      readonly set: string;
      readonly name: string;
      /** Decimal. */
      readonly ours: string;
      readonly kernel: string;
    };

/** Something of the layouts that this kernel does not have. */
export type Lacking = (
  | { readonly kind: 'struct'; readonly name: string }
  | { readonly kind: 'field'; readonly struct: string; readonly name: string }
  | { readonly kind: 'value'; readonly set: string; readonly name: string }
) & {
  /** The first kernel release with it; null where that is not recorded. */
  readonly since: string | null;
};

/** Something that this kernel has and the layouts do not. */
export type Unknown =
  | { readonly kind: 'struct'; readonly name: string; readonly size: number }
  | { readonly kind: 'field'; readonly struct: string; readonly name: string; readonly kernel: Place }
  | { readonly kind: 'value'; readonly set: string; readonly name: string; readonly kernel: string };

/** What was compared without a difference. */
export interface Agreement {
  readonly structs: readonly {
    readonly name: string;
    /** Bytes. */
    readonly size: number;
    /** How many fields the kernel has of it. */
    readonly fields: number;
  }[];
  readonly values: readonly { readonly set: string; readonly names: readonly string[] }[];
}

/** Which revision of the interface the kernel's names and sizes speak. */
export interface SpokenRevision {
  /** Null where there is nothing of events and statistics, or what there is fits several or contradicts itself. */
  readonly revision: AbiRevision | null;
  /** Empty where there is no evidence, or where it contradicts itself. */
  readonly possible: readonly AbiRevision[];
  /** What only some revisions have, and which. */
  readonly evidence: readonly { readonly name: string; readonly revisions: readonly AbiRevision[] }[];
}

/** Type information compared with the layouts. */
export interface Report extends SpokenRevision {
  readonly differs: readonly Difference[];
  readonly unknown: readonly Unknown[];
  readonly lacking: readonly Lacking[];
  readonly agrees: Agreement;
  /** Sets that cannot be compared: macros leave no trace in type information. */
  readonly macros: readonly string[];
}
