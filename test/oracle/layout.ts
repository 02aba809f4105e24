import { readFileSync } from 'node:fs';

/** The layouts as data, as the build derives them from `assembly/layout/`: the thing to be proved. */
export interface Layout {
  readonly format: number;
  readonly revisions: readonly Revision[];
  readonly structs: readonly LayoutStruct[];
  readonly sets: readonly LayoutSet[];
  readonly constants: readonly LayoutConstant[];
}

export type Revision = 'v1' | 'rc' | 'event';

/** The usual name first. Empty where the revision does not have it. */
export type NamesByRevision = Readonly<Record<Revision, readonly string[]>>;

export interface LayoutStruct {
  readonly id: string;
  readonly names: NamesByRevision;
  readonly size: number;
  readonly align: number;
  readonly from: string;
  readonly since: string;
  readonly fields: readonly LayoutField[];
}

export interface LayoutField {
  readonly name: string;
  readonly names: NamesByRevision;
  /** `u8` to `i64`, or the id of a struct. */
  readonly type: string;
  /** Bytes of one element. */
  readonly width: number;
  readonly align: number;
  readonly signed: boolean;
  readonly count: number;
  readonly offset: number;
  readonly struct?: string;
  /** The value of `op` for which this arm of the union holds. */
  readonly arm?: number;
  readonly since?: string;
}

export interface LayoutSet {
  readonly name: string;
  readonly from: string;
  readonly since?: string;
  readonly revisions: Readonly<
    Record<Revision, { readonly kind: 'bits' | 'values'; readonly entries: readonly LayoutEntry[] }>
  >;
}

export interface LayoutEntry {
  readonly name: string;
  /** Decimal. */
  readonly value: string;
  readonly since?: string;
  readonly doc: string;
}

export interface LayoutConstant {
  readonly name: string;
  /** Decimal. */
  readonly value: string;
  readonly from: string;
  readonly since?: string;
}

const BUILT = new URL('../../build/layout.json', import.meta.url);

/** The layouts of the last build. */
export function builtLayout(): Layout {
  return JSON.parse(readFileSync(BUILT, 'utf8')) as Layout;
}

/** Whether the interface of kernel and program has it: otherwise the kernel keeps it to itself, or it is our own. */
export function isPublic(item: { readonly from: string }): boolean {
  return !isInternal(item) && item.from !== 'zcrx';
}

/** Whether the kernel keeps it to itself: no header can confirm it. */
export function isInternal(item: { readonly from: string }): boolean {
  return item.from.startsWith("the kernel's ");
}

/** Whether a field only keeps room: its name and extent may change where a later kernel takes some of it. */
export function isReserved(name: string): boolean {
  return /^_*(resv|pad)\d*$/.test(name);
}
