import type { Structs } from '../generated/structs.js';
import { type Chosen, chooseForBytes } from './choose.js';
import { setByName, structNumber } from './description.js';
import type { StructName } from './encode.js';
import type { Finding } from './findings.js';
import { type Leaf, leavesOf, pathText, UNKNOWN_ARM } from './leaves.js';
import { checkOptions } from './options.js';
import { ABI_REVISIONS, type AbiRevision, revisionNumber } from './revision.js';
import { scratch } from './scratch.js';
import { holdsBits, nameOfValue, namesOfBits } from './sets.js';
import { selectorIn, validateChosen } from './validate.js';

/** Names of a decoded struct's values: of bits a list (unknown bits as hexadecimal text), of an enumeration one. */
export interface Names {
  [field: string]: string | string[] | Names;
}

export interface Decoded<Struct = { [field: string]: unknown }> {
  /** The struct's name in the revision. */
  readonly struct: string;
  readonly revision: AbiRevision;
  /** Bytes. */
  readonly size: number;
  /** 64-bit fields as bigint, others as numbers; reserved fields only where they are not zero. */
  readonly fields: Struct;
  readonly names: Names;
  readonly findings: readonly Finding[];
}

export interface DecodeOptions {
  /** Default: what the name implies. */
  revision?: AbiRevision;
}

/** One number of a struct with what it means. */
export interface DecodedLeaf {
  readonly leaf: Leaf;
  readonly value: bigint;
}

/** The numbers of a struct, in order. */
export function decodeLeaves(chosen: Chosen, bytes: Uint8Array): DecodedLeaf[] {
  const area = scratch();
  area.bytes.set(bytes, area.structs);
  const count = area.exports.decode(
    structNumber(chosen.struct),
    revisionNumber(chosen.revision),
    area.structs,
    area.values,
  );
  const leaves = leavesOf(chosen.struct, chosen.revision, selectorIn(chosen, bytes));
  if (count !== leaves.length)
    throw new Error(`${chosen.name}: the module gave ${count} values for ${leaves.map(pathText)}`);
  return leaves.map((leaf, i) => {
    const raw = area.words[(area.values >> 3) + i] as bigint;
    return { leaf, value: leaf.field.signed ? BigInt.asIntN(64, raw) : raw };
  });
}

type Tree = { [key: string]: unknown };

function childOf(tree: Tree, path: readonly string[]): Tree {
  let at = tree;
  for (const key of path) {
    at[key] ??= {};
    at = at[key] as Tree;
  }
  return at;
}

function fieldsOf(leaves: readonly DecodedLeaf[]): Tree {
  const fields: Tree = {};
  const shown = new Set(
    leaves
      .filter(({ leaf, value }) => !leaf.field.reserved || value !== 0n)
      .map(({ leaf }) => leaf.path.join('.')),
  );
  for (const { leaf, value } of leaves) {
    const parent = childOf(fields, leaf.path.slice(0, -1));
    if (!shown.has(leaf.path.join('.'))) continue;
    const key = leaf.path.at(-1) as string;
    const number = leaf.field.width === 8 ? value : Number(value);
    if (leaf.element === undefined) parent[key] = number;
    else if (leaf.element === 0) parent[key] = [number];
    else (parent[key] as unknown[]).push(number);
  }
  return fields;
}

/** The name or names of one number, or undefined where it has none. */
export function namesOf({ leaf, value }: DecodedLeaf, revision: AbiRevision): string | string[] | undefined {
  const { field } = leaf;
  if (!field.set || leaf.path.at(-1) === UNKNOWN_ARM) return undefined;
  if (!holdsBits(field, revision)) return nameOfValue(field, revision, value);
  const { names, rest } = namesOfBits(field, revision, BigInt.asUintN(64, value));
  return rest === 0n ? names : [...names, `0x${rest.toString(16)}`];
}

/** Of a completion, `res` is an event's type only if no flag is set. */
const mayBeEvent = (leaves: readonly DecodedLeaf[]) =>
  leaves.some(({ leaf, value }) => leaf.path[0] === 'flags' && value === 0n);

function allNames(leaves: readonly DecodedLeaf[], revision: AbiRevision): Names {
  const names: Tree = {};
  for (const each of leaves) {
    const { field } = each.leaf;
    if (field.use === 'event' && ((each.value <= 0n && revision === 'v1') || !mayBeEvent(leaves))) continue;
    const found = namesOf(each, revision);
    if (
      found === undefined ||
      (field.use === 'event' && (found.length === 0 || found.includes(`0x${each.value.toString(16)}`)))
    )
      continue;
    childOf(names, each.leaf.path.slice(0, -1))[each.leaf.path.at(-1) as string] = found;
  }
  return names as Names;
}

/** Numbers that another revision, which the name fits as well, would read as something else. */
function ambiguities(chosen: Chosen, leaves: readonly DecodedLeaf[]): Finding[] {
  return leaves.flatMap((each) => {
    const { field } = each.leaf;
    if (!field.set || (field.use !== 'value' && !(field.use === 'event' && mayBeEvent(leaves)))) return [];
    const { revisions } = setByName(field.set);
    const differing = chosen.possible.filter(
      (revision) => revisions[revision].kind !== revisions[chosen.revision].kind,
    );
    if (differing.length === 0) return [];
    const reading = (revision: AbiRevision) =>
      `${revision}: ${[namesOf(each, revision) ?? 'nothing'].flat().join('|') || 'nothing'}`;
    const readings = [chosen.revision, ...differing].map(reading);
    if (field.use === 'event' && readings.every((text) => /nothing$|0x[\da-f]+$/.test(text))) return [];
    const path = pathText(each.leaf);
    return [
      {
        code: 'ambiguous-revision' as const,
        struct: chosen.name,
        field: path,
        offset: each.leaf.offset,
        value: each.value,
        expected: `a revision (${ABI_REVISIONS.filter((r) => chosen.possible.includes(r)).join(', ')})`,
        message: `${chosen.name}.${path} is ${each.value}, which revisions read differently (${readings.join('; ')}); read as ${chosen.revision}`,
      },
    ];
  });
}

/** Decodes bytes whose struct and revision are settled. */
export function decodeChosen(chosen: Chosen, bytes: Uint8Array): Decoded {
  const leaves = decodeLeaves(chosen, bytes);
  return {
    struct: chosen.name,
    revision: chosen.revision,
    size: chosen.struct.size,
    fields: fieldsOf(leaves),
    names: allNames(leaves, chosen.revision),
    findings: [...validateChosen(chosen, bytes, false, {}), ...ambiguities(chosen, leaves)],
  };
}

/**
 * Decodes a struct. The findings are about what is wrong before and after a call alike; {@link validate} adds what only
 * a request must fulfil.
 *
 * ```ts
 * const { fields } = decode('zcrx_stats', bytes);
 * console.log(fields.copy_count, fields.copy_bytes); // bigints
 * ```
 *
 * @param name any name that the struct has or had; where they differ the name tells the revision
 * @throws LayoutError `wrong-type`, `wrong-length`, `unknown-struct`, `unknown-revision`, `mixed-revisions`
 */
export function decode<Name extends StructName>(
  name: Name,
  bytes: Uint8Array,
  options?: DecodeOptions,
): Decoded<Structs[Name]>;
export function decode(name: string, bytes: Uint8Array, options?: DecodeOptions): Decoded;
export function decode(name: string, bytes: Uint8Array, options: DecodeOptions = {}): Decoded {
  const taken = chooseForBytes(name, bytes, checkOptions(options).revision);
  return decodeChosen(taken.chosen, taken.bytes);
}
