import { layouts, nameIn, type StructDescription, structById } from '../../src/layout/description.js';
import type { AbiRevision } from '../../src/layout/revision.js';
import { BtfWriter, type Member } from './btf-writer.js';

/** What a kernel would have in its type information, to be changed and written. */
export interface Kernel {
  readonly structs: KernelStruct[];
  readonly enums: { name: string; values: Record<string, bigint> }[];
}

export interface KernelStruct {
  name: string;
  size: number;
  readonly members: KernelMember[];
}

export interface KernelMember {
  name: string;
  offset: number;
  /** `u8` to `i64`, or the name of a struct that comes before. */
  type: string;
  count: number;
  /** Lies in an unnamed union, as the arms of `zcrx_ctrl` do. */
  readonly inUnion?: boolean;
}

/** Sets whose values are enumerators although no release is known to lack them: the others are macros. */
const ENUMS = ['io_uring_op', 'io_uring_register_op'];

const isYounger = (since: string | undefined, series: string) =>
  since !== undefined && /^\d/.test(since) && since.localeCompare(series, 'en', { numeric: true }) > 0;

/** A kernel that speaks a revision and has what `series` has of it, with nothing else. */
export function kernelOf(revision: AbiRevision, series = '7.3'): Kernel {
  const structs = layouts.structs
    .filter(
      ({ id, names, since }) =>
        id !== 'io_uring_cqe32' && names[revision].length > 0 && !isYounger(since, series),
    )
    .map((struct) => structOf(struct, revision, series));
  const enums = layouts.sets
    .filter(
      ({ name, from, since }) => from.startsWith('linux/') && (since !== undefined || ENUMS.includes(name)),
    )
    .map((set) => ({
      name: set.name,
      values: Object.fromEntries(
        set.revisions[revision].entries
          .filter(({ doc }) => !isYounger(/Linux (\d+\.\d+) and later/.exec(doc)?.[1] ?? set.since, series))
          .map(({ name, value }) => [name, BigInt(value)]),
      ),
    }))
    .filter(({ values }) => Object.keys(values).length > 0);
  return { structs, enums };
}

function structOf(struct: StructDescription, revision: AbiRevision, series: string): KernelStruct {
  const members = struct.fields
    .filter(({ names }) => names[revision].length > 0)
    .filter(({ arm, since }) => arm === undefined || !isYounger(since, series))
    .map((field) => ({
      // The room of a younger field is reserved.
      name: isYounger(field.since, series) ? '__resv9' : (field.names[revision][0] as string),
      offset: field.offset,
      type: field.struct ? nameIn(structById(field.struct), revision) : field.type,
      count: field.count,
      ...(field.arm === undefined ? {} : { inUnion: true }),
    }));
  if (struct.id === 'io_uring_cqe') members.push({ name: 'big_cqe', offset: 16, type: 'u64', count: 0 });
  return { name: nameIn(struct, revision), size: struct.size, members };
}

export function structIn(kernel: Kernel, name: string): KernelStruct {
  const found = kernel.structs.find((struct) => struct.name === name);
  if (!found) throw new Error(`the kernel has no struct ${name}`);
  return found;
}

export function memberIn(kernel: Kernel, struct: string, name: string): KernelMember {
  const found = structIn(kernel, struct).members.find((member) => member.name === name);
  if (!found) throw new Error(`${struct} has no member ${name}`);
  return found;
}

/** A kernel's type information. */
export function btfOf(kernel: Kernel): Uint8Array {
  const btf = new BtfWriter();
  const ids = new Map<string, number>();
  for (const bytes of [1, 2, 4, 8]) {
    ids.set(`u${bytes * 8}`, btf.int(bytes));
    ids.set(`i${bytes * 8}`, btf.int(bytes, true));
  }
  const written = ({ name, offset, type, count }: KernelMember): Member => {
    const id = ids.get(type);
    if (id === undefined) throw new Error(`${name} has the type ${type}, which is not there`);
    return { name, offset, type: count === 1 ? id : btf.array(id, count) };
  };
  for (const { name, size, members } of kernel.structs) {
    const arms = members.filter(({ inUnion }) => inUnion);
    const plain = members.filter(({ inUnion }) => !inUnion).map(written);
    const start = Math.min(...arms.map(({ offset }) => offset));
    const union = arms.length > 0 && {
      name: '',
      type: btf.union(
        '',
        size - start,
        arms.map((arm) => written({ ...arm, offset: arm.offset - start })),
      ),
      offset: start,
    };
    ids.set(name, btf.struct(name, size, union ? [...plain, union] : plain));
  }
  for (const { name, values } of kernel.enums) btf.enum(name, values);
  return btf.bytes();
}
