/** Kinds of type, and sizes: include/uapi/linux/btf.h. */
const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  const: 10,
  enum64: 19,
};

export interface Member {
  readonly name: string;
  /** Id of its type. */
  readonly type: number;
  /** Bytes. */
  readonly offset: number;
  /** Of a bit field: its first bit behind `offset`, and its bits. */
  readonly bit?: number;
  readonly width?: number;
}

/** What a blob may have different from a good one. */
export interface Oddities {
  readonly version?: number;
  readonly bigEndian?: boolean;
  /** Instead of the header's own values. */
  readonly headerBytes?: number;
  readonly typeOffset?: number;
  readonly typeBytes?: number;
  readonly stringBytes?: number;
  /** Bytes behind the twelve of a type and for each member, by kind: written as a section of layouts. */
  readonly layouts?: readonly (readonly [fixed: number, each: number])[];
}

/** Writes BTF, good or bad: nothing is checked. Types get their ids in the order in which they are added, from 1. */
export class BtfWriter {
  readonly #types: number[] = [];
  #strings: number[] = [0];
  readonly #places = new Map<string, number>([['', 0]]);
  #count = 0;

  /** Where a string is, for a type that is written by hand. */
  string(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const at = this.#strings.length;
    this.#places.set(text, at);
    for (const byte of Buffer.from(text)) this.#strings.push(byte);
    this.#strings.push(0);
    return at;
  }

  /** Takes the zero off the last string. */
  openLastString(): void {
    this.#strings = this.#strings.slice(0, -1);
  }

  /** A type of any kind, from its words. */
  raw(
    name: number,
    kind: number,
    vlen: number,
    sizeOrType: number,
    words: readonly number[] = [],
    flag = false,
  ): number {
    this.#types.push(name, ((flag ? 0x80000000 : 0) | (kind << 24) | vlen) >>> 0, sizeOrType);
    for (const word of words) this.#types.push(word);
    return ++this.#count;
  }

  int(bytes: number, isSigned = false): number {
    const encoding = (isSigned ? 0x01000000 : 0) | (bytes * 8);
    return this.raw(this.string(`${isSigned ? '' : 'unsigned '}int${bytes}`), KIND.int, 0, bytes, [encoding]);
  }

  pointer(type: number): number {
    return this.raw(0, KIND.pointer, 0, type);
  }

  typedef(name: string, type: number): number {
    return this.raw(this.string(name), KIND.typedef, 0, type);
  }

  const(type: number): number {
    return this.raw(0, KIND.const, 0, type);
  }

  array(element: number, count: number): number {
    return this.raw(0, KIND.array, 0, 0, [element, element, count]);
  }

  struct(name: string, bytes: number, members: readonly Member[]): number {
    return this.#composite(KIND.struct, name, bytes, members);
  }

  union(name: string, bytes: number, members: readonly Member[]): number {
    return this.#composite(KIND.union, name, bytes, members);
  }

  #composite(kind: number, name: string, bytes: number, members: readonly Member[]): number {
    const hasBits = members.some(({ width }) => width !== undefined);
    const words = members.flatMap(({ name: member, type, offset, bit = 0, width = 0 }) => [
      this.string(member),
      type,
      ((hasBits ? width << 24 : 0) | (offset * 8 + bit)) >>> 0,
    ]);
    return this.raw(this.string(name), kind, members.length, bytes, words, hasBits);
  }

  enum(
    name: string,
    values: Readonly<Record<string, bigint>>,
    { wide = false, signed = false } = {},
  ): number {
    const words = Object.entries(values).flatMap(([each, value]) => {
      const low = Number(BigInt.asUintN(32, value));
      return wide
        ? [this.string(each), low, Number(BigInt.asUintN(32, value >> 32n))]
        : [this.string(each), low];
    });
    const kind = wide ? KIND.enum64 : KIND.enum;
    return this.raw(this.string(name), kind, Object.keys(values).length, wide ? 8 : 4, words, signed);
  }

  bytes(odd: Oddities = {}): Uint8Array {
    const little = !odd.bigEndian;
    const headerBytes = odd.layouts ? 32 : 24;
    const typeBytes = this.#types.length * 4;
    const layouts = odd.layouts ?? [];
    const blob = new Uint8Array(headerBytes + typeBytes + this.#strings.length + layouts.length * 4);
    const view = new DataView(blob.buffer);
    view.setUint16(0, 0xeb9f, little);
    view.setUint8(2, odd.version ?? 1);
    const header = [
      odd.headerBytes ?? headerBytes,
      odd.typeOffset ?? 0,
      odd.typeBytes ?? typeBytes,
      typeBytes,
      odd.stringBytes ?? this.#strings.length,
      ...(odd.layouts ? [typeBytes + this.#strings.length, layouts.length * 4] : []),
    ];
    header.forEach((word, i) => {
      view.setUint32(4 + i * 4, word, little);
    });
    this.#types.forEach((word, i) => {
      view.setUint32(headerBytes + i * 4, word >>> 0, little);
    });
    blob.set(this.#strings, headerBytes + typeBytes);
    layouts.forEach(([fixed, each], i) => {
      blob.set([fixed, each], headerBytes + typeBytes + this.#strings.length + i * 4);
    });
    return blob;
  }
}
