import { quote } from '../quote.js';
import { type Token, Tokens } from './notation-tokens.js';
import type { Source } from './source.js';

/** What stands in the place of a value: the common part of what strace and gdb write. */
export type Value = { readonly at: number } & (
  | { readonly kind: 'number'; readonly value: bigint }
  /** Names of flags or of one value, joined by `|`; numbers may be among them. */
  | { readonly kind: 'names'; readonly text: string }
  | { readonly kind: 'struct'; readonly members: readonly Member[]; readonly abbreviated: boolean }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly abbreviated: boolean }
  /** The tool could not tell: `<optimized out>`, or no memory at the address. */
  | { readonly kind: 'unknown'; readonly why: string }
);

export interface Member {
  /** Undefined for an anonymous union or struct. */
  readonly name: string | undefined;
  readonly value: Value;
}

/** What a value is, in words for messages. */
export const kindOf = ({ kind }: Value): string =>
  ({
    number: 'a number',
    names: 'a name',
    struct: 'a struct',
    list: 'a list',
    unknown: 'a value that was not shown',
  })[kind];

/** Deeper than any struct is nested; strace nests the entries of one query, of which the kernel takes up to 1000. */
const DEEPEST = 1100;
/** More values than any struct has, and a chain of queries with all their answers. */
const MOST_VALUES = 100_000;
/** gdb writes `0 <repeats 9 times>`; no list of a struct has more elements. */
const MOST_REPEATS = 256;

const EXPECTED = 'a number, a name, or "{"';

/**
 * Reads values as strace and gdb write them: `{if_idx=0, flags=ZCRX_REG_NODEV, offsets={head=0}, __resv=[0, 0x7]}` and
 * `{if_idx = 0, flags = (ZCRX_REG_IMPORT | ZCRX_REG_NODEV), __resv = {0 <repeats 9 times>}, {zc_export = {…}}}`.
 */
export class Notation {
  private readonly tokens: Tokens;
  private readonly source: Source;
  private readonly mayEnd: boolean;
  private count = 0;

  /** `mayEnd`: the text may end inside a value, as that of a call which strace saw begin only. */
  constructor(source: Source, at: number, mayEnd = false) {
    this.source = source;
    this.tokens = new Tokens(source, at);
    this.mayEnd = mayEnd;
  }

  /** Characters of the source before what was not read yet. */
  get position(): number {
    return this.tokens.peek().at;
  }

  /** Characters of the source up to the end of what was read. */
  get end(): number {
    return this.tokens.end;
  }

  /** Takes a sign if it is the next. */
  accept(sign: string): boolean {
    if (this.tokens.peek().text !== sign || this.tokens.peek().kind !== 'sign') return false;
    this.tokens.next();
    return true;
  }

  /** `name=` before a value, as `strace -N` and both tools in structs have it. */
  name(): string | undefined {
    const [first, second] = [this.tokens.peek(), this.tokens.peek(1)];
    if (first.kind !== 'word' || second.text !== '=') return undefined;
    this.tokens.next();
    this.tokens.next();
    return first.text;
  }

  /** @throws EvidenceError `syntax`, `too-large` */
  value(depth = 0): Value {
    const value = this.single(depth);
    // What the kernel made of it: `{…} => {…}`. What it was given comes first, and that counts.
    if (this.accept('=>')) this.single(depth);
    return value;
  }

  private single(depth: number): Value {
    const token = this.tokens.peek();
    if (++this.count > MOST_VALUES) throw this.tooLarge(token, `more than ${MOST_VALUES} values`);
    if (depth > DEEPEST) throw this.tooLarge(token, `nested deeper than ${DEEPEST}`);
    if (token.text === '{' || token.text === '[') return this.braces(depth);
    if (token.text === '(') return this.parenthesis(depth);
    // C++ references: @0x7ffe0010: {…}
    if (token.text === '@') {
      this.tokens.next();
      this.tokens.next();
      this.accept(':');
      return this.single(depth + 1);
    }
    if (token.kind === 'note') return this.unknown();
    if (token.kind === 'text') return this.characters();
    if (token.kind === 'number' || token.kind === 'word') return this.scalar();
    throw this.unexpected(token, EXPECTED);
  }

  private tooLarge(token: Token, what: string) {
    return this.source.errorAt(token.at, `${what}, expected the output of one call`, 'too-large');
  }

  private unexpected(token: Token, expected: string) {
    const found =
      token.kind === 'end'
        ? 'the text ends'
        : token.kind === 'bad'
          ? token.text
          : `found ${quote(token.text)}`;
    return this.source.errorAt(token.at, `${found}, expected ${expected}`);
  }

  /** `0x7`, `NULL`, `A|B|0x4`, with the decorations of both tools: `3<anon_inode:[io_uring]>`, `0x55 <reg+4>`, `0 '\000'`. */
  private scalar(): Value {
    const { at } = this.tokens.peek();
    const terms = [this.term()];
    while (this.accept('|')) terms.push(this.term());
    this.skipDecorations();
    const [first] = terms as [Token];
    if (terms.length === 1 && first.kind === 'number')
      return { kind: 'number', at, value: numberOf(first.text) };
    if (terms.length === 1 && first.text === 'NULL') return { kind: 'number', at, value: 0n };
    return { kind: 'names', at, text: terms.map((term) => term.text).join('|') };
  }

  /** What both tools say about a number behind it: a path or symbol, a character, that a file was deleted. */
  private skipDecorations(): void {
    for (;;) {
      const [token, word] = [this.tokens.peek(), this.tokens.peek(1)];
      if (token.text === '(' && word.text === 'deleted') this.tokens.next();
      else if (token.kind !== 'text' && (token.kind !== 'note' || isRepeat(token))) return;
      this.tokens.next();
      if (word.text === 'deleted') this.tokens.next();
    }
  }

  private term(): Token {
    const token = this.tokens.next();
    if (token.kind !== 'number' && token.kind !== 'word') throw this.unexpected(token, 'a name or a number');
    return token;
  }

  /** `<optimized out>`, `<error: Cannot access memory at address 0x10>`. */
  private unknown(): Value {
    const { at, text } = this.tokens.next();
    return { kind: 'unknown', at, why: text.slice(1, -1).trim() };
  }

  /** gdb shows arrays of small numbers as text: `"*\000\000"`, `'\000' <repeats 15 times>`, and both joined by commas. */
  private characters(): Value {
    const { at } = this.tokens.peek();
    const items: Value[] = [];
    let abbreviated = false;
    do {
      const token = this.tokens.next();
      for (const value of charactersOf(token.text)) items.push({ kind: 'number', at: token.at, value });
      this.repeat(items);
      abbreviated ||= this.accept('...');
    } while (this.tokens.peek().text === ',' && this.tokens.peek(1).kind === 'text' && this.tokens.next());
    return { kind: 'list', at, items, abbreviated };
  }

  /** A cast, or gdb's flags: `(A | B)`, `(A | unknown: 0x8)`. */
  private parenthesis(depth: number): Value {
    const open = this.tokens.next();
    const inside: Token[] = [];
    for (let level = 1; level > 0; ) {
      const token = this.tokens.next();
      if (token.kind === 'end' || token.kind === 'bad')
        throw this.source.errorAt(open.at, 'a "(" without ")"');
      if (token.text === '(') level++;
      if (token.text === ')') level--;
      if (level > 0) inside.push(token);
    }
    const names = inside.filter(({ text }) => !['|', ':', 'unknown'].includes(text));
    const areFlags =
      names.length < inside.length && names.every(({ kind }) => kind === 'word' || kind === 'number');
    if (areFlags) return { kind: 'names', at: open.at, text: names.map(({ text }) => text).join('|') };
    return this.single(depth + 1);
  }

  private braces(depth: number): Value {
    const open = this.tokens.next();
    const close = open.text === '{' ? '}' : ']';
    const members: Member[] = [];
    let abbreviated = false;
    for (;;) {
      if (this.accept(close)) break;
      if (this.tokens.peek().kind === 'end') {
        if (this.mayEnd) break;
        throw this.source.errorAt(open.at, `the text ends before the "${close}" of this "${open.text}"`);
      }
      if (this.accept('...')) abbreviated = true;
      else this.member(members, depth);
      abbreviated = this.accept('...') || abbreviated;
      const next = this.tokens.peek();
      if (next.text === close || next.kind === 'end') continue;
      if (!this.accept(',')) throw this.unexpected(next, `"," or "${close}"`);
    }
    return shapeOf(open.at, members, abbreviated, close === ']');
  }

  private member(members: Member[], depth: number): void {
    // C writes `.name = value`, gdb with array-indexes `[3] = value`.
    if (this.accept('.')) {
      const next = this.tokens.peek();
      if (next.kind !== 'word') throw this.unexpected(next, 'the name of a field');
    }
    if (this.tokens.peek().text === '[' && this.tokens.peek(3).text === '=') {
      for (let i = 0; i < 4; i++) this.tokens.next();
    }
    const name = this.name();
    const value = this.value(depth + 1);
    members.push({ name, value });
    const values = [value];
    this.repeat(values);
    for (const repeated of values.slice(1)) members.push({ name: undefined, value: repeated });
  }

  /** `<repeats 9 times>` behind an element. */
  private repeat(items: Value[]): void {
    const token = this.tokens.peek();
    const last = items.at(-1);
    if (!isRepeat(token) || !last) return;
    this.tokens.next();
    const times = Number(/\d+/.exec(token.text)?.[0]);
    if (times < 1 || times > MOST_REPEATS) {
      throw this.source.errorAt(
        token.at,
        `${quote(token.text)}, expected 1 to ${MOST_REPEATS} times`,
        'too-large',
      );
    }
    for (let i = 1; i < times; i++) items.push(last);
  }
}

const isRepeat = (token: Token) => token.kind === 'note' && /^<repeats \d{1,9} times>$/.test(token.text);

function numberOf(text: string): bigint {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  // gdb's p/o and p/z
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return negative ? -value : value;
}

/** Codes of the characters between quotes; both tools write bytes that do not print in octal or hexadecimal. */
function charactersOf(quoted: string): bigint[] {
  const NAMED: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27 };
  const codes: bigint[] = [];
  for (const [, octal, hex, named, plain] of quoted
    .slice(1, -1)
    .matchAll(/\\([0-7]{1,3})|\\x([\da-f]{1,2})|\\(.)|([^\\])/gis)) {
    if (octal !== undefined) codes.push(BigInt(Number.parseInt(octal, 8)));
    else if (hex !== undefined) codes.push(BigInt(`0x${hex}`));
    else if (named !== undefined) codes.push(BigInt(NAMED[named] ?? named.charCodeAt(0)));
    else if (plain !== undefined) codes.push(BigInt(plain.charCodeAt(0)));
  }
  return codes;
}

/** Both tools put lists into the same braces as structs, or leave out a struct's fields: the members tell. */
function shapeOf(at: number, members: readonly Member[], abbreviated: boolean, isList: boolean): Value {
  if (!isList && (members.some(({ name }) => name !== undefined) || members.length === 0))
    return { kind: 'struct', at, members, abbreviated };
  return { kind: 'list', at, items: members.map(({ value }) => value), abbreviated };
}
