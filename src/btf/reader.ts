import { BtfError } from './error.js';
import { KIND, MEMBER_BYTES, type Sections, sectionsOf, TYPE_BYTES } from './format.js';
import type { Btf, BtfEnum, BtfMember, BtfSelection, BtfStruct } from './types.js';

/** Types that only qualify or rename another. */
const TRANSPARENT: ReadonlySet<number> = new Set([
  KIND.typedef,
  KIND.volatile,
  KIND.const,
  KIND.restrict,
  KIND.typeTag,
]);

/** Kinds of type that a member can have, and that hold their own size, by their word in C. */
const SIZED: Readonly<Record<number, string>> = {
  [KIND.struct]: 'struct',
  [KIND.union]: 'union',
  [KIND.enum]: 'enum',
  [KIND.enum64]: 'enum',
  [KIND.float]: 'float',
};

// Limits that no kernel comes near. A damaged blob meets them before it costs much time or memory.

/** Links of a chain of names and qualifiers, dimensions of an array, unnamed structs inside each other. */
const MOST_LEVELS = 32;
/** Things of one name. */
const MOST_NAMESAKES = 64;
/** Names that are kept. */
const MOST_NAMES = 1 << 18;
/** Bytes of a name: KSYM_NAME_LEN in include/linux/kallsyms.h. */
const MOST_NAME_BYTES = 512;
/** Members of all structs, and values of all enums, that are asked for. Each is read once. */
const MOST_MEMBERS = 1 << 17;

const POINTER_BYTES = 8;

const EVERYTHING: BtfSelection = { struct: () => true, enumerator: () => true };

/**
 * Reads a little-endian BTF blob, as `/sys/kernel/btf/vmlinux` holds it: one pass over the types, which notes where each
 * is and the names that are wanted. What a struct consists of is read when it is asked for.
 *
 * ```ts
 * readBtf(readFileSync('/sys/kernel/btf/vmlinux')).structs('zcrx_stats')[0].size // 16
 * ```
 * @throws BtfError where the blob is not BTF, or is cut off or inconsistent: every read is inside its section.
 */
export function readBtf(blob: Uint8Array, wanted: BtfSelection = EVERYTHING): Btf {
  return new Reader(sectionsOf(blob), wanted);
}

interface RawType {
  readonly id: number;
  /** Of its first byte in the section of types. */
  readonly at: number;
  readonly kind: number;
  readonly vlen: number;
  /** Of a struct: members carry their width in bits beside their offset. Of an enum: its values have a sign. */
  readonly flag: boolean;
  /** Size in bytes, or the id of another type: the kind tells. */
  readonly sizeOrType: number;
}

type Extent = Pick<BtfMember, 'size' | 'type' | 'count'>;

class Reader implements Btf {
  readonly #types: DataView;
  readonly #strings: Uint8Array;
  /** Where each type begins; the id is the index, and id 0 is `void`. */
  readonly #starts: Uint32Array;
  #count = 0;
  /** Ids of structs and of enums, by the names that are wanted. */
  readonly #structs = new Map<string, number[]>();
  readonly #enumerators = new Map<string, number[]>();
  /** What has been read already, by id. */
  readonly #readStructs = new Map<number, BtfStruct>();
  readonly #readEnums = new Map<number, BtfEnum>();
  #membersRead = 0;
  readonly #decoder = new TextDecoder();

  constructor({ types, strings, extraOf }: Sections, wanted: BtfSelection) {
    this.#types = types;
    this.#strings = strings;
    this.#starts = new Uint32Array(Math.floor(types.byteLength / TYPE_BYTES) + 1);
    this.#index(extraOf, wanted);
  }

  get typeCount(): number {
    return this.#count;
  }

  structNames(): string[] {
    return [...this.#structs.keys()].sort();
  }

  structs(name: string): BtfStruct[] {
    return namesakes(this.#structs, name).map((id) =>
      remember(this.#readStructs, id, () => this.#struct(id, name)),
    );
  }

  enumsWith(enumerator: string): BtfEnum[] {
    return namesakes(this.#enumerators, enumerator).map((id) =>
      remember(this.#readEnums, id, () => this.#enum(id)),
    );
  }

  enumerator(name: string): bigint[] {
    return this.enumsWith(name).flatMap(({ values }) =>
      values.filter((each) => each.name === name).map(({ value }) => value),
    );
  }

  #index(extraOf: Sections['extraOf'], wanted: BtfSelection): void {
    for (let at = 0; at < this.#types.byteLength; ) {
      const id = this.#count + 1;
      if (at + TYPE_BYTES > this.#types.byteLength) throw damaged(id, 'it goes beyond its section');
      this.#starts[id] = at;
      this.#count = id;
      const type = this.#type(id);
      const extra = extraOf(type.kind, type.vlen);
      if (extra === undefined)
        throw new BtfError('unsupported', `BTF type ${id} is of kind ${type.kind}, which is not known here`);
      const end = at + TYPE_BYTES + extra;
      if (end > this.#types.byteLength) throw damaged(id, 'it goes beyond its section');
      if (type.kind === KIND.struct) {
        const name = this.#nameOf(type);
        if (name !== '' && wanted.struct(name)) this.#note(this.#structs, name, id);
      } else if (isEnum(type)) {
        for (let i = 0; i < type.vlen; i++) {
          const name = this.#enumeratorName(type, i);
          if (wanted.enumerator(name)) this.#note(this.#enumerators, name, id);
        }
      }
      at = end;
    }
  }

  #note(map: Map<string, number[]>, name: string, id: number): void {
    const ids = map.get(name);
    if (ids === undefined) {
      if (map.size >= MOST_NAMES) throw damaged(id, `it brings more than ${MOST_NAMES} names`);
      map.set(name, [id]);
      // One more than may be looked up, so that a lookup can tell.
    } else if (ids.length <= MOST_NAMESAKES && ids.at(-1) !== id) ids.push(id);
  }

  #type(id: number): RawType {
    if (id === 0 || id > this.#count) throw damaged(id, `it does not exist: there are ${this.#count} types`);
    const at = this.#starts[id] as number;
    const info = this.#types.getUint32(at + 4, true);
    return {
      id,
      at,
      // As wide as Linux 7.3 has them: the bits were zero before.
      kind: (info >>> 24) & 0x7f,
      vlen: info & 0xffffff,
      flag: info >>> 31 === 1,
      sizeOrType: this.#types.getUint32(at + 8, true),
    };
  }

  #nameOf(type: RawType): string {
    return this.#string(this.#types.getUint32(type.at, true), type.id);
  }

  #enumeratorAt(type: RawType, index: number): number {
    return type.at + TYPE_BYTES + index * (type.kind === KIND.enum64 ? 12 : 8);
  }

  #enumeratorName(type: RawType, index: number): string {
    return this.#string(this.#types.getUint32(this.#enumeratorAt(type, index), true), type.id);
  }

  #enumeratorValue(type: RawType, index: number): bigint {
    const at = this.#enumeratorAt(type, index);
    const isWide = type.kind === KIND.enum64;
    const low = BigInt(this.#types.getUint32(at + 4, true));
    const value = isWide ? (BigInt(this.#types.getUint32(at + 8, true)) << 32n) | low : low;
    return type.flag ? BigInt.asIntN(isWide ? 64 : 32, value) : value;
  }

  #struct(id: number, name: string): BtfStruct {
    const type = this.#type(id);
    const size = type.sizeOrType;
    const members: BtfMember[] = [];
    this.#addMembers(members, type, 0, false, 0);
    const outside = members.find((member) => member.offset + member.size > size);
    if (outside !== undefined) {
      const end = outside.offset + outside.size;
      throw damaged(id, `the member ${outside.name} of struct ${name} ends at ${end} of its ${size} bytes`);
    }
    return { name, size, members };
  }

  #enum(id: number): BtfEnum {
    const type = this.#type(id);
    const values = Array.from({ length: this.#spend(type, type.vlen) }, (_, i) => ({
      name: this.#enumeratorName(type, i),
      value: this.#enumeratorValue(type, i),
    }));
    return { name: this.#nameOf(type), values };
  }

  /** Counts members that are about to be read. */
  #spend(type: RawType, members: number): number {
    this.#membersRead += members;
    if (this.#membersRead > MOST_MEMBERS)
      throw damaged(type.id, `with it there are more than ${MOST_MEMBERS} members`);
    return members;
  }

  #addMembers(members: BtfMember[], type: RawType, base: number, inUnion: boolean, level: number): void {
    if (level > MOST_LEVELS) throw damaged(type.id, 'unnamed structs contain each other without end');
    const isUnion = inUnion || type.kind === KIND.union;
    const count = this.#spend(type, type.vlen);
    for (let i = 0; i < count; i++) {
      const at = type.at + TYPE_BYTES + i * MEMBER_BYTES;
      const name = this.#string(this.#types.getUint32(at, true), type.id);
      const place = this.#types.getUint32(at + 8, true);
      const bits = type.flag ? place & 0xffffff : place;
      const width = type.flag ? place >>> 24 : 0;
      const offset = base + Math.floor(bits / 8);
      const typeId = this.#types.getUint32(at + 4, true);
      const plain = this.#plain(typeId);
      if (name === '' && (plain.kind === KIND.struct || plain.kind === KIND.union)) {
        this.#addMembers(members, plain, offset, isUnion, level + 1);
      } else {
        members.push({
          name,
          offset,
          ...(width === 0 && bits % 8 === 0 ? this.#extent(typeId, 0) : this.#bitField(plain, bits, width)),
          ...(isUnion ? { inUnion: true } : {}),
        });
      }
    }
  }

  /** The bytes that a bit field touches. */
  #bitField(type: RawType, bits: number, width: number): Extent {
    const size = Math.floor((bits + Math.max(width, 1) - 1) / 8) - Math.floor(bits / 8) + 1;
    return { size, type: `${this.#scalar(type).type}:${width}`, count: 1 };
  }

  /** The type behind its names and qualifiers. */
  #plain(id: number): RawType {
    let type = this.#type(id);
    for (let i = 0; i < MOST_LEVELS; i++) {
      if (!TRANSPARENT.has(type.kind)) return type;
      type = this.#type(type.sizeOrType);
    }
    throw damaged(id, 'it is a name of itself');
  }

  #extent(id: number, level: number): Extent {
    const type = this.#plain(id);
    if (type.kind !== KIND.array) return { ...this.#scalar(type), count: 1 };
    if (level > MOST_LEVELS) throw damaged(id, 'it is an array of itself');
    const element = this.#extent(this.#types.getUint32(type.at + TYPE_BYTES, true), level + 1);
    const count = this.#types.getUint32(type.at + TYPE_BYTES + 8, true);
    const whole = { size: element.size * count, type: element.type, count: element.count * count };
    if (!Number.isSafeInteger(whole.size) || !Number.isSafeInteger(whole.count))
      throw damaged(id, `it is an array of ${count} times ${element.size} bytes`);
    return whole;
  }

  #scalar(type: RawType): { size: number; type: string } {
    const size = type.sizeOrType;
    if (type.kind === KIND.pointer) return { size: POINTER_BYTES, type: 'pointer' };
    if (type.kind === KIND.int) {
      const encoding = this.#types.getUint32(type.at + TYPE_BYTES, true);
      const isSigned = (encoding & 0x01000000) !== 0;
      return { size, type: `${isSigned ? 'i' : 'u'}${size * 8}` };
    }
    const word = SIZED[type.kind];
    if (word === undefined) throw damaged(type.id, `a member is of kind ${type.kind}, which has no size`);
    return { size, type: `${word} ${this.#nameOf(type)}`.trimEnd() };
  }

  #string(offset: number, id: number): string {
    if (offset >= this.#strings.length) {
      const place = `a name is at ${offset} of ${this.#strings.length} bytes`;
      throw damaged(id, `${place} (BTF of a module has only part of them)`);
    }
    const rest = this.#strings.subarray(offset, offset + MOST_NAME_BYTES);
    const end = rest.indexOf(0);
    if (end < 0) throw damaged(id, `the name at ${offset} has no end`);
    return this.#decoder.decode(rest.subarray(0, end));
  }
}

const isEnum = (type: RawType) => type.kind === KIND.enum || type.kind === KIND.enum64;

function damaged(id: number, what: string): BtfError {
  return new BtfError('damaged', `BTF type ${id}: ${what}`);
}

function remember<T>(known: Map<number, T>, id: number, read: () => T): T {
  const found = known.get(id) ?? read();
  known.set(id, found);
  return found;
}

function namesakes(map: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  const ids = map.get(name) ?? [];
  if (ids.length > MOST_NAMESAKES)
    throw new BtfError('damaged', `more than ${MOST_NAMESAKES} types in the BTF have the name ${name}`);
  return ids;
}
