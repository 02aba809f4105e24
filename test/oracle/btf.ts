/** A struct as the kernel's own type information (BTF) has it. */
export interface BtfStruct {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Members of unnamed structs and unions count as the struct's own. */
  readonly members: readonly BtfMember[];
}

export interface BtfMember {
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes in all; 0 for a flexible array. */
  readonly size: number;
  /** Of an element: `u8` to `i64`, `struct` and its name, or the kind of anything else. */
  readonly type: string;
  readonly count: number;
}

/** What a blob of BTF declares, by name. */
export interface Btf {
  /** All structs of this name: two files of the kernel may use one name for different things. */
  structs(name: string): BtfStruct[];
  /** All values that this enumerator has. */
  enumerator(name: string): bigint[];
}

/** Kinds of type: include/uapi/linux/btf.h. */
const KIND = {
  int: 1,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  functionProto: 13,
  variable: 14,
  dataSection: 15,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

const LAST_KIND = KIND.enum64;
const MAGIC = 0xeb9f;
const TYPE_BYTES = 12;

/** Types that only qualify or rename another. */
const TRANSPARENT: readonly number[] = [KIND.typedef, KIND.volatile, KIND.const, KIND.restrict, KIND.typeTag];

/** Bytes behind the twelve that every type has: fixed, and for each of its `vlen` members. */
const EXTRA: Readonly<Record<number, { readonly fixed: number; readonly each: number }>> = {
  [KIND.int]: { fixed: 4, each: 0 },
  [KIND.array]: { fixed: 12, each: 0 },
  [KIND.struct]: { fixed: 0, each: 12 },
  [KIND.union]: { fixed: 0, each: 12 },
  [KIND.enum]: { fixed: 0, each: 8 },
  [KIND.functionProto]: { fixed: 0, each: 8 },
  [KIND.variable]: { fixed: 4, each: 0 },
  [KIND.dataSection]: { fixed: 0, each: 12 },
  [KIND.declTag]: { fixed: 4, each: 0 },
  [KIND.enum64]: { fixed: 0, each: 12 },
};

/**
 * Reads a little-endian BTF blob, as `/sys/kernel/btf/vmlinux` holds it.
 * @throws Error where the blob is not BTF, or is cut off or inconsistent: every read is inside its section.
 */
export function readBtf(blob: Uint8Array): Btf {
  return new Reader(blob);
}

interface RawType {
  /** Of its first byte in the section of types. */
  readonly at: number;
  readonly name: string;
  readonly kind: number;
  readonly vlen: number;
  /** Of a struct: members carry their width in bits beside their offset. Of an enum: its values have a sign. */
  readonly flag: boolean;
  /** Size in bytes, or the id of another type: the kind tells. */
  readonly sizeOrType: number;
}

class Reader implements Btf {
  readonly #types: DataView;
  readonly #strings: Uint8Array;
  /** Where each type begins; the id is the index, and id 0 is `void`. */
  readonly #starts: number[] = [0];
  readonly #structs = new Map<string, number[]>();
  readonly #enumerators = new Map<string, bigint[]>();

  constructor(blob: Uint8Array) {
    const header = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    if (blob.byteLength < 24 || header.getUint16(0, true) !== MAGIC) throw new Error('this is no BTF');
    if (header.getUint8(2) !== 1) throw new Error(`BTF version ${header.getUint8(2)} is not known`);
    const base = header.getUint32(4, true);
    this.#types = section(blob, base + header.getUint32(8, true), header.getUint32(12, true));
    const strings = section(blob, base + header.getUint32(16, true), header.getUint32(20, true));
    this.#strings = new Uint8Array(strings.buffer, strings.byteOffset, strings.byteLength);
    this.#index();
  }

  structs(name: string): BtfStruct[] {
    return (this.#structs.get(name) ?? []).map((id) => {
      const type = this.#type(id);
      return { name, size: type.sizeOrType, members: this.#members(type, 0) };
    });
  }

  enumerator(name: string): bigint[] {
    return this.#enumerators.get(name) ?? [];
  }

  #index(): void {
    for (let at = 0; at < this.#types.byteLength; ) {
      const id = this.#starts.push(at) - 1;
      const type = this.#type(id);
      if (type.kind === 0 || type.kind > LAST_KIND)
        throw new Error(`BTF type ${id}: kind ${type.kind} is not known`);
      const extra = EXTRA[type.kind] ?? { fixed: 0, each: 0 };
      const end = at + TYPE_BYTES + extra.fixed + extra.each * type.vlen;
      if (end > this.#types.byteLength) throw new Error(`BTF type ${id} goes beyond its section`);
      if (type.kind === KIND.struct) addTo(this.#structs, type.name, id);
      if (type.kind === KIND.enum || type.kind === KIND.enum64) this.#indexEnum(type);
      at = end;
    }
  }

  #indexEnum(type: RawType): void {
    const wide = type.kind === KIND.enum64;
    for (let i = 0; i < type.vlen; i++) {
      const at = type.at + TYPE_BYTES + i * (wide ? 12 : 8);
      const low = BigInt(this.#types.getUint32(at + 4, true));
      const value = wide ? (BigInt(this.#types.getUint32(at + 8, true)) << 32n) | low : low;
      // The flag of an enum says that its values have a sign.
      const signed = type.flag ? BigInt.asIntN(wide ? 64 : 32, value) : value;
      addTo(this.#enumerators, this.#string(this.#types.getUint32(at, true)), signed);
    }
  }

  #type(id: number): RawType {
    const at = this.#starts[id];
    if (at === undefined || id === 0) throw new Error(`BTF type ${id} does not exist`);
    const info = this.#types.getUint32(at + 4, true);
    return {
      at,
      name: this.#string(this.#types.getUint32(at, true)),
      kind: (info >>> 24) & 0x1f,
      vlen: info & 0xffff,
      flag: info >>> 31 === 1,
      sizeOrType: this.#types.getUint32(at + 8, true),
    };
  }

  #members(type: RawType, base: number): BtfMember[] {
    const members: BtfMember[] = [];
    for (let i = 0; i < type.vlen; i++) {
      const at = type.at + TYPE_BYTES + i * 12;
      const name = this.#string(this.#types.getUint32(at, true));
      const place = this.#types.getUint32(at + 8, true);
      const bits = type.flag ? place & 0xffffff : place;
      const offset = base + Math.floor(bits / 8);
      const typeId = this.#types.getUint32(at + 4, true);
      if (name === '') members.push(...this.#members(this.#plain(typeId), offset));
      else members.push({ name, offset, ...this.#extent(typeId) });
    }
    return members;
  }

  /** The type behind its names and qualifiers. */
  #plain(id: number): RawType {
    let type = this.#type(id);
    // A chain is a handful of links; one that does not end is a damaged blob.
    for (let i = 0; i < 32; i++) {
      if (!TRANSPARENT.includes(type.kind)) return type;
      type = this.#type(type.sizeOrType);
    }
    throw new Error(`BTF type ${id} names itself`);
  }

  #extent(id: number): { size: number; type: string; count: number } {
    const type = this.#plain(id);
    if (type.kind !== KIND.array) return { ...this.#scalar(type), count: 1 };
    const element = this.#extent(this.#types.getUint32(type.at + TYPE_BYTES, true));
    const count = this.#types.getUint32(type.at + TYPE_BYTES + 8, true);
    return { size: element.size * count, type: element.type, count: element.count * count };
  }

  #scalar(type: RawType): { size: number; type: string } {
    const size = type.sizeOrType;
    if (type.kind === KIND.int) {
      const signed = (this.#types.getUint32(type.at + TYPE_BYTES, true) & 0x01000000) !== 0;
      return { size, type: `${signed ? 'i' : 'u'}${size * 8}` };
    }
    if (type.kind === KIND.struct) return { size, type: `struct ${type.name}` };
    // Pointers and functions hold a type where others hold a size.
    const sized = type.kind === KIND.union || type.kind === KIND.enum || type.kind === KIND.enum64;
    return { size: sized ? size : 8, type: `kind ${type.kind}` };
  }

  #string(offset: number): string {
    const end = this.#strings.indexOf(0, offset);
    if (offset >= this.#strings.length || end < 0)
      throw new Error(`BTF string ${offset} is outside its section`);
    return Buffer.from(this.#strings.subarray(offset, end)).toString('utf8');
  }
}

function section(blob: Uint8Array, start: number, length: number): DataView {
  if (start + length > blob.byteLength) throw new Error('the BTF is cut off');
  return new DataView(blob.buffer, blob.byteOffset + start, length);
}

function addTo<T>(map: Map<string, T[]>, name: string, value: T): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [value]);
  else list.push(value);
}
