import { readFileSync } from 'node:fs';
import { call, openHost, read, textOf, write } from '../../../conformance/hosts/cases.mjs';
import { toHex } from '../../oracle/samples.js';

/** One thing that a host does, or that must hold in it; see conformance/README.md. */
export type Step =
  | { readonly write: string; readonly hex: string }
  | { readonly read: string; readonly hex: string }
  | {
      readonly call: string;
      readonly args: readonly string[];
      readonly returns?: string;
      readonly text?: string;
    };

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** An argument: a number, or a place (`@16`) in the memory behind `scratch()`. */
export type Argument = number | bigint | string;

export const REVISIONS = ['v1', 'rc', 'event'] as const;

/** A module that the cases are made on: what a table or a compiler says is compared at once with what it does. */
const host = openHost(readFileSync(new URL('../../../build/zcrx.wasm', import.meta.url)));

const argument = (given: Argument) =>
  typeof given === 'string' ? given : String(BigInt.asUintN(64, BigInt(given)));

function agree(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${what} is ${got}, expected ${expected}`);
}

/** Puts a case together, step by step. */
export class CaseBuilder {
  private readonly steps: Step[] = [];
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  done(): Case {
    return { name: this.name, steps: this.steps };
  }

  write(place: string, bytes: Uint8Array): this {
    write(host, place, toHex(bytes));
    this.steps.push({ write: place, hex: toHex(bytes) });
    return this;
  }

  /** A call whose result is known from elsewhere. */
  returns(name: string, args: readonly Argument[], expected: number | bigint): this {
    const given = args.map(argument);
    const result = call(host, name, given);
    // Results of 32 bits are compared as such: -1 is 4294967295.
    agree(
      `${this.name}: ${name}(${given})`,
      result,
      BigInt.asUintN(expected < 0 ? 32 : 64, BigInt(expected)),
    );
    this.steps.push({ call: name, args: given, returns: String(result) });
    return this;
  }

  /** The same of an export that returns text. */
  text(name: string, args: readonly Argument[], expected: string): this {
    const given = args.map(argument);
    agree(`${this.name}: ${name}(${given})`, textOf(host, call(host, name, given)), expected);
    this.steps.push({ call: name, args: given, text: expected });
    return this;
  }

  /** A call whose result is of no interest. */
  call(name: string, args: readonly Argument[]): this {
    const given = args.map(argument);
    call(host, name, given);
    this.steps.push({ call: name, args: given });
    return this;
  }

  /** Memory whose bytes are known from elsewhere. */
  reads(place: string, expected: Uint8Array): this {
    agree(`${this.name}: memory at ${place}`, read(host, place, expected.length), toHex(expected));
    this.steps.push({ read: place, hex: toHex(expected) });
    return this;
  }

  /** Memory as the module left it: what of it a table tells is compared by whoever asks. */
  keeps(place: string, length: number): Uint8Array {
    const hex = read(host, place, length);
    this.steps.push({ read: place, hex });
    return Buffer.from(hex, 'hex');
  }

  /** Memory, without a step. */
  look(place: string, length: number): Uint8Array {
    return Buffer.from(read(host, place, length), 'hex');
  }

  /** The place, as cases name it, of an offset in the module's memory. */
  placeOf(offset: number): string {
    return `@${offset - host.base}`;
  }
}

/** 64-bit numbers one after another, as `decode` leaves and `encode` takes them. */
export function wordsOf(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setBigUint64(8 * i, BigInt.asUintN(64, value), true);
  return bytes;
}

export const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text);
