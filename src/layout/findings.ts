import { type FieldDescription, fieldNameIn, layouts, setByName } from './description.js';
import { type Leaf, pathText } from './leaves.js';
import type { AbiRevision } from './revision.js';
import type { Scratch } from './scratch.js';
import { namesFor } from './sets.js';

/** What can be wrong with the bytes of a struct. The codes never change. */
export type FindingCode =
  | 'reserved-not-zero'
  | 'unknown-bits'
  | 'unknown-value'
  | 'not-zero-on-entry'
  | 'out-of-range'
  | 'misaligned'
  | 'null-pointer'
  | 'conflict'
  | 'too-small'
  | 'overlaps-ring'
  | 'outside-region'
  | 'overflow'
  | 'not-power-of-two'
  | 'ambiguous-revision';

/** One thing that is wrong, or unclear, in the bytes of a struct. */
export interface Finding {
  readonly code: FindingCode;
  /** The struct, under its name in the revision. */
  readonly struct: string;
  /** Path of the field, as `__resv2[3]` or `zc_arm_event.event_type`. */
  readonly field: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly value: bigint;
  /** What would pass, in words. */
  readonly expected: string;
  /** All of it as a sentence. */
  readonly message: string;
}

/** A finding as the module writes it. */
export interface RawFinding {
  readonly code: FindingCode;
  readonly offset: number;
  readonly value: bigint;
  readonly expected: bigint;
  readonly limit: bigint;
  readonly other: FieldDescription | undefined;
}

const HEADER = 16;
const FINDING = 48;
const NO_FIELD = 0xffff_ffff;

const codes = new Map(
  setByName('finding_code').revisions.event.entries.map(({ name, value }) => [
    Number(value),
    name.replaceAll('_', '-') as FindingCode,
  ]),
);
const allFields = layouts.structs.flatMap((struct) => struct.fields);

/** Reads `count` findings behind a report's header. */
export function readFindings({ view, report }: Scratch, count: number): RawFinding[] {
  return Array.from({ length: count }, (_, i) => {
    const at = report + HEADER + i * FINDING;
    const other = view.getUint32(at + 20, true);
    return {
      code: codes.get(view.getUint32(at, true)) as FindingCode,
      offset: view.getUint32(at + 16, true),
      value: view.getBigUint64(at + 24, true),
      expected: view.getBigUint64(at + 32, true),
      limit: view.getBigUint64(at + 40, true),
      other: other === NO_FIELD ? undefined : allFields[other],
    };
  });
}

const hex = (value: bigint) => `0x${value.toString(16)}`;

/** What would pass, and what the value is instead, for each kind of finding. */
function words(raw: RawFinding, leaf: Leaf, revision: AbiRevision): { expected: string; problem: string } {
  const { value, expected, limit } = raw;
  const names = namesFor(leaf.field, [revision]);
  switch (raw.code) {
    case 'reserved-not-zero':
      return { expected: '0', problem: `is ${hex(value)}, but is reserved and must be 0` };
    case 'not-zero-on-entry':
      return {
        expected: '0',
        problem: `is ${hex(value)}, but the kernel writes it and wants 0 when it is called`,
      };
    case 'unknown-bits':
      return {
        expected: `bits of ${hex(expected)}`,
        problem: `is ${hex(value)}, of which ${hex(value & ~expected)} means nothing; known are ${hex(expected)} (${names.join(', ')})`,
      };
    case 'unknown-value':
      return { expected: names.join(' or '), problem: `is ${value}, which is none of ${names.join(', ')}` };
    case 'out-of-range':
      return {
        expected: `${expected} to ${limit}`,
        problem: `is ${value}, but must lie between ${expected} and ${limit}`,
      };
    case 'misaligned':
      return {
        expected: `a multiple of ${expected}`,
        problem: `is ${value}, but must be a multiple of ${expected}`,
      };
    case 'null-pointer':
      return { expected: 'an address', problem: 'is 0, but an address is needed' };
    case 'conflict':
      return {
        expected: `${expected}`,
        problem: `is ${value}, but must be ${expected} with these ${raw.other ? fieldNameIn(raw.other, revision) : 'values'}`,
      };
    case 'too-small':
      return { expected: `at least ${expected}`, problem: `is ${value}, but must be at least ${expected}` };
    case 'overlaps-ring':
      return {
        expected: `at least ${expected}`,
        problem: `is ${value}, inside the refill ring, which ends at ${expected}`,
      };
    case 'outside-region':
      return {
        expected: `at most ${expected}`,
        problem: `is ${value}, so that the statistics end behind the region of ${limit} bytes; the last offset that fits is ${expected}`,
      };
    case 'overflow':
      return {
        expected: `at most ${expected}`,
        problem: `is ${value}, which runs past the end of the address space`,
      };
    case 'not-power-of-two':
      return { expected: 'a power of two', problem: `is ${value}, but must be a power of two` };
    case 'ambiguous-revision':
      return {
        expected: 'a revision',
        problem: `is ${value}, which other revisions of the interface read differently`,
      };
  }
}

/** A finding in words. `leaves` are those of the outermost struct. */
export function explain(
  raw: RawFinding,
  struct: string,
  revision: AbiRevision,
  leaves: readonly Leaf[],
): Finding {
  const leaf = leaves.find((each) => each.offset === raw.offset) as Leaf;
  const field = pathText(leaf);
  const { expected, problem } = words(raw, leaf, revision);
  return {
    code: raw.code,
    struct,
    field,
    offset: raw.offset,
    value: leaf.field.signed ? BigInt.asIntN(leaf.field.width * 8, raw.value) : raw.value,
    expected,
    message: `${struct}.${field} ${problem}`,
  };
}
