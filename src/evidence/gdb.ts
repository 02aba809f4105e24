import { findStructs, type StructDescription } from '../layout/description.js';
import type { AbiRevision } from '../layout/revision.js';
import { EvidenceError } from './error.js';
import type { CallName, Evidence, EvidenceFields, Part } from './evidence.js';
import { convert } from './fields.js';
import { type Followed, follow, followFrom } from './follow.js';
import { dumpedMemory } from './gdb-memory.js';
import { mostLike, type Printed, type PrintedText, printedStructs } from './gdb-print.js';
import { sourceLines } from './hex/source.js';
import { memoryOf } from './memory.js';
import { CALLS, structOfPart } from './parts.js';
import { withoutColours } from './source.js';

const PARTS: readonly Part[] = ['reg', 'area', 'region', 'event_desc', 'ctrl', 'query'];

export interface GdbOptions {
  /** What the dump is of. Default: the call whose struct was printed. */
  readonly call?: CallName;
  /** Where in the dumped memory its struct lies. Default: what gdb said it is, or the first block. */
  readonly address?: bigint;
  /** In which revision dumped memory is read. Default `event`. */
  readonly revision?: AbiRevision;
}

/**
 * Reads output of gdb: structs of `print`, `info locals` and the like, and memory of `x`. Printed structs are told apart
 * by their fields; the same struct printed again counts as it was last. Structs that were not printed are looked for in
 * the memory, at the addresses that the printed ones hold.
 *
 * ```ts
 * readGdb('$1 = {user_data = 42, type_mask = 2, flags = 1, stats_offset = 2176, __resv2 = {0 <repeats 9 times>}}').structs?.event_desc;
 * readGdb(dump, { call: 'register_ifq', address: 0x7ffd0c5a1c40n }).structs?.reg;
 * ```
 *
 * @throws EvidenceError `syntax` with line and column, `nothing-found` if there is neither, `not-in-memory`
 */
export function readGdb(text: string, options: GdbOptions = {}): Evidence {
  const plain = withoutColours(text);
  const { blocks: memory, unsized } = dumpedMemory(sourceLines(plain));
  const printed = printedStructs(plain);
  const found = readPrinted(printed);
  if (memory.length === 0 && Object.keys(found.structs).length === 0) {
    if (unsized[0]) throw unsized[0];
    throw new EvidenceError(
      'nothing-found',
      'the gdb input has no struct of zero-copy receive, expected output of print, as $1 = {if_idx = 0, …}, or of x/12xg',
    );
  }
  const call = options.call ?? CALLS.find(({ part }) => found.structs[part])?.name;
  const dumped = memory.length > 0 && call ? readDumped(memory, found, call, options) : undefined;
  const opcode = CALLS.find(({ name }) => name === call)?.opcode;
  const structs = { ...dumped?.structs, ...found.structs };
  const unknown = [...found.unknown, ...(dumped?.unknown ?? [])].filter((part) => !structs[part as Part]);
  return {
    source: 'gdb',
    ...(call ? { call } : {}),
    ...(opcode === undefined ? {} : { opcode }),
    structs,
    addresses: { ...dumped?.addresses, ...found.addresses },
    ...(unknown.length > 0 ? { unknown } : {}),
    ...(memory.length > 0 ? { memory } : {}),
    notes: [
      ...found.notes,
      ...(dumped?.notes ?? []),
      ...unsized.map((error) => `left out: ${error.message}`),
    ],
  };
}

interface Found {
  structs: { [part in Part]?: EvidenceFields };
  addresses: { [part in Part]?: bigint };
  unknown: string[];
  notes: string[];
}

function readPrinted({ source, structs, addresses }: PrintedText): Found {
  const found: Found = { structs: {}, addresses: {}, unknown: [], notes: [] };
  const known = PARTS.flatMap((part) => structOfPart(part) ?? []);
  for (const { struct: name, address } of addresses) {
    const part = partOfName(name);
    if (part) found.addresses[part] = address;
  }
  const printed = new Map<Part, { last: Printed; times: number }>();
  for (const each of structs) {
    const struct = mostLike(each.value, known);
    const part = PARTS.find((part) => struct && structOfPart(part) === struct);
    if (part) printed.set(part, { last: each, times: (printed.get(part)?.times ?? 0) + 1 });
  }
  for (const [part, { last, times }] of printed) {
    const { fields, absent, unknown, notes } = convert(
      source,
      structOfPart(part) as StructDescription,
      last.value,
    );
    found.structs[part] = fields;
    found.unknown.push(...unknown.map((path) => `${part}.${path}`));
    const again = times === 1 ? '' : `, the last of ${times}`;
    found.notes.push(`${part} is ${last.label || 'what was printed'} in line ${last.line}${again}`);
    found.notes.push(...notes.map((note) => `${part}: ${note}`));
    if (absent.length > 0) found.notes.push(`${part}: not printed, so taken as zero: ${absent.join(', ')}`);
  }
  return found;
}

function partOfName(name: string): Part | undefined {
  try {
    const structs = findStructs(name);
    return PARTS.find((part) => structs.some((struct) => struct === structOfPart(part)));
  } catch {
    return undefined; // a struct of something else
  }
}

/** Reads from memory what was not printed. */
function readDumped(
  blocks: NonNullable<Evidence['memory']>,
  found: Found,
  call: CallName,
  { address, revision }: GdbOptions,
): Followed {
  const memory = memoryOf(blocks);
  const part = CALLS.find(({ name }) => name === call)?.part as Part;
  if (!found.structs[part]) {
    const first = blocks[0]?.address as bigint;
    const at = address ?? found.addresses[part] ?? first;
    const read = follow(memory, call, at, revision);
    const guess = address === undefined && found.addresses[part] === undefined;
    const note = `${part} is taken to lie at 0x${at.toString(16)}, where the first dump begins`;
    return guess ? { ...read, notes: [note, ...read.notes] } : read;
  }
  return followFrom(memory, found.structs, revision);
}
