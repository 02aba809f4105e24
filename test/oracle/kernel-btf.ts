import type { Btf, BtfMember, BtfStruct } from '../../src/btf/index.js';
import { structsOf } from './facts.js';
import { isPublic, isReserved, type Layout, type LayoutField, type LayoutStruct } from './layout.js';
import { entrySince, isIn } from './release.js';

/**
 * Where the structs of the layouts differ from a kernel's. A kernel of an earlier series has them as they were: fields
 * younger than it must be free there, under whatever name it keeps the room.
 */
export function structDifferences(btf: Btf, layout: Layout, series: string): string[] {
  return layout.structs.flatMap((struct) =>
    struct.names.event.flatMap((name) => {
      const found = btf.structs(name);
      const expected = isIn(series, struct.since);
      if (expected && found.length === 0) return [`struct ${name} is not there`];
      if (!expected && found.length > 0) return [`struct ${name} is there before ${struct.since}`];
      return found.flatMap((other) => differencesOf(layout, series, struct, other));
    }),
  );
}

/** Where named values differ. Macros leave no trace in BTF; `compared` says how many enumerators were found. */
export function valueDifferences(
  btf: Btf,
  layout: Layout,
  series: string,
): { differences: string[]; compared: number } {
  const differences: string[] = [];
  let compared = 0;
  for (const set of layout.sets.filter(isPublic)) {
    for (const entry of set.revisions.event.entries) {
      const since = entrySince(entry, set.since);
      const found = btf.enumerator(entry.name);
      if (found.length > 0) compared++;
      if (since !== undefined && found.length > 0 !== isIn(series, since)) {
        differences.push(`${entry.name}, known since ${since}, is ${found.length > 0 ? '' : 'not '}there`);
      }
      for (const value of found) {
        if (value !== BigInt(entry.value)) differences.push(`${entry.name} is ${value}, not ${entry.value}`);
      }
    }
  }
  return { differences, compared };
}

function differencesOf(layout: Layout, series: string, struct: LayoutStruct, found: BtfStruct): string[] {
  const differences: string[] = [];
  const complain = (what: string) => differences.push(`${found.name}${what}`);
  const [named] = structsOf({ ...layout, structs: [struct] }, { revision: 'event', series });
  const present = (named?.fields ?? []).map(({ field }) => field);
  const younger = struct.fields.filter((field) => !present.includes(field));
  const member = (name: string) => found.members.find((other) => other.name === name);

  const last = struct.fields.at(-1);
  const flexible = last !== undefined && member(last.name)?.count === 0;
  const size = flexible ? last.offset : struct.size;
  if (found.size !== size) complain(` has ${found.size} bytes, not ${size}`);

  for (const field of present) {
    const other = member(field.name);
    if (other !== undefined && sameExtent(field, other)) continue;
    // Room that a later kernel took a part of: only its being reserved can agree.
    const shrunk = isReserved(field.name) && younger.length > 0 && isFree(found, field);
    if (!shrunk) complain(`.${field.name}: ${describe(field)}, in the kernel ${describeMember(other)}`);
  }
  for (const field of younger) {
    if (member(field.name) !== undefined) complain(`.${field.name} is there before ${field.since}`);
    if (field.arm === undefined && !isFree(found, field)) complain(`.${field.name}: its room is not free`);
  }
  for (const other of found.members) {
    // Of the submission's unions only some members are described, and of a completion one form has less.
    if (found.name === 'io_uring_sqe' || other.count === 0) continue;
    if (!struct.fields.some((field) => field.name === other.name) && !isRoomOf(struct, younger, other)) {
      complain(`.${other.name} is not described`);
    }
  }
  return differences;
}

function sameExtent(field: LayoutField, member: BtfMember): boolean {
  const type = field.struct === undefined ? field.type : `struct ${field.struct}`;
  if (member.offset !== field.offset || member.type !== type) return false;
  // A flexible array has no length of its own.
  return member.count === 0 || (member.count === field.count && member.size === field.width * field.count);
}

/** Whether only reserved members of the kernel's struct lie where the field lies. */
function isFree(found: BtfStruct, field: LayoutField): boolean {
  const bytes = new Uint8Array(field.width * field.count);
  for (const { name, offset, size } of found.members) {
    const start = Math.max(offset, field.offset);
    const end = Math.min(offset + size, field.offset + bytes.length);
    if (start >= end) continue;
    if (!isReserved(name)) return false;
    bytes.fill(1, start - field.offset, end - field.offset);
  }
  return !bytes.includes(0);
}

/** Whether a reserved member of the kernel's struct holds nothing but room that is still reserved, or taken later. */
function isRoomOf(struct: LayoutStruct, younger: readonly LayoutField[], member: BtfMember): boolean {
  if (!isReserved(member.name)) return false;
  return struct.fields
    .filter(
      ({ offset, width, count }) =>
        offset < member.offset + member.size && member.offset < offset + width * count,
    )
    .every((field) => isReserved(field.name) || younger.includes(field));
}

function describe(field: LayoutField): string {
  return `${field.type}[${field.count}] at ${field.offset}`;
}

function describeMember(member: BtfMember | undefined): string {
  return member === undefined ? 'absent' : `${member.type}[${member.count}] at ${member.offset}`;
}
