import { LayoutError, show } from '../errors.js';
import { type Leaf, pathText } from './leaves.js';
import type { AbiRevision } from './revision.js';
import { holdsBits, namesFor, valueOfName } from './sets.js';

/** What a field accepts: a number, its text, or (where the field has names) names of its values. */
export type FieldInput = bigint | number | string | readonly (bigint | number | string)[];

const NUMBER_TEXT = /^(-?\d+|0x[\da-f]+)$/i;

/** The names in an input: text that is no number, several joined by `|`. */
export function namesIn(input: unknown): string[] {
  if (Array.isArray(input)) return input.flatMap((each) => (Array.isArray(each) ? [] : namesIn(each)));
  if (typeof input !== 'string' || NUMBER_TEXT.test(input.trim())) return [];
  return input
    .split('|')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !NUMBER_TEXT.test(name));
}

const rangeOf = (leaf: Leaf): [bigint, bigint] => {
  const bits = BigInt(leaf.field.width * 8);
  return leaf.field.signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
};

/** Turns what a caller gave for one number of a struct into that number. */
export class NumberReader {
  private readonly struct: string;
  private readonly revision: AbiRevision;

  constructor(struct: string, revision: AbiRevision) {
    this.struct = struct;
    this.revision = revision;
  }

  /** @throws LayoutError `wrong-type`, `unknown-name`, `out-of-range` */
  read(leaf: Leaf, input: unknown): bigint {
    const value = this.number(leaf, input);
    const [low, high] = rangeOf(leaf);
    if (value < low || value > high) throw this.error('out-of-range', leaf, input, `${low} to ${high}`);
    return value;
  }

  private number(leaf: Leaf, input: unknown): bigint {
    if (typeof input === 'bigint') return input;
    if (typeof input === 'number') {
      if (Number.isSafeInteger(input)) return BigInt(input);
      throw this.error('wrong-type', leaf, input, 'a whole number up to 2^53, a bigint, or text');
    }
    if (typeof input === 'string') return this.text(leaf, input);
    if (Array.isArray(input) && holdsBits(leaf.field, this.revision)) {
      return input.reduce<bigint>((bits, each) => bits | this.one(leaf, input, each), 0n);
    }
    throw this.error('wrong-type', leaf, input, this.accepted(leaf));
  }

  /** An element of a list of bits. */
  private one(leaf: Leaf, list: unknown, element: unknown): bigint {
    if (!Array.isArray(element)) return this.number(leaf, element);
    throw this.error('wrong-type', leaf, list, `a list of numbers or names`);
  }

  private text(leaf: Leaf, text: string): bigint {
    const trimmed = text.trim();
    if (NUMBER_TEXT.test(trimmed)) return BigInt(trimmed);
    const parts = trimmed.split('|').map((part) => part.trim());
    if (parts.length > 1 && holdsBits(leaf.field, this.revision)) {
      return parts.reduce((bits, part) => bits | this.text(leaf, part), 0n);
    }
    const value = valueOfName(leaf.field, this.revision, trimmed);
    if (value !== undefined) return value;
    throw this.error(leaf.field.set ? 'unknown-name' : 'wrong-type', leaf, text, this.accepted(leaf));
  }

  private accepted(leaf: Leaf): string {
    const names = namesFor(leaf.field, [this.revision]);
    return names.length > 0
      ? `a number or ${names.join(', ')}`
      : 'a number, a bigint, or text like "42" or "0x2a"';
  }

  private error(
    code: 'wrong-type' | 'unknown-name' | 'out-of-range',
    leaf: Leaf,
    got: unknown,
    expected: string,
  ): LayoutError {
    const field = pathText(leaf);
    return new LayoutError(code, `${this.struct}.${field} is ${show(got)}, expected ${expected}`, {
      struct: this.struct,
      field,
      offset: leaf.offset,
      got,
      expected,
    });
  }
}
