import { type Chosen, chooseByFields } from '../layout/choose.js';
import { findStructs, type StructDescription } from '../layout/description.js';
import { encodeChosen } from '../layout/encode.js';
import { ownFields } from '../layout/input.js';
import type { AbiRevision } from '../layout/revision.js';
import { EvidenceError } from './error.js';
import type { Evidence, EvidenceFields, Part } from './evidence.js';
import { convert, likeness } from './fields.js';
import { hasPrintedStruct, mostLike, printedStructs } from './gdb-print.js';
import { isDump } from './hex/dump.js';
import { sourceLines } from './hex/source.js';
import { structOfAnswer, structOfPart } from './parts.js';
import { readStrace } from './strace.js';
import { isTrace } from './strace-lines.js';

/** A struct whose bytes were made from what a tool printed of it. */
export interface TextStruct {
  readonly chosen: Chosen;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `strace, line 3`, `printed struct, line 9: $1`. */
  readonly from: string;
  readonly notes: readonly string[];
}

/** What a text is: a trace of calls, printed structs, or anything that stands for bytes. */
export function kindOfText(text: string): 'strace' | 'gdb' | 'hex' {
  if (isTrace(text)) return 'strace';
  const lines = sourceLines(text);
  // The column for text of a dump may hold any signs.
  if (lines.length > 0 && isDump(lines)) return 'hex';
  return hasPrintedStruct(text) ? 'gdb' : 'hex';
}

/**
 * The structs of one name in output of strace or of gdb's print.
 * @throws EvidenceError `nothing-found`, `not-printed`, `syntax`
 * @throws LayoutError if what was printed is no such struct
 */
export function structsInText(
  name: string,
  text: string,
  kind: 'strace' | 'gdb',
  revision?: AbiRevision,
): TextStruct[] {
  const wanted = findStructs(name);
  const found = kind === 'strace' ? inTrace(wanted, name, readStrace(text)) : printed(wanted, name, text);
  return found.map(({ fields, from, notes }) => {
    const own = ownFields(name, fields);
    const chosen = chooseByFields(name, own, revision);
    return { chosen, bytes: encodeChosen(chosen, own), from, notes };
  });
}

interface Found {
  readonly fields: EvidenceFields;
  readonly from: string;
  readonly notes: readonly string[];
}

function inTrace(wanted: readonly StructDescription[], name: string, calls: readonly Evidence[]): Found[] {
  const found = calls.flatMap(({ structs = {}, line, notes }) =>
    (Object.keys(structs) as Part[]).flatMap((part) => {
      const struct = structIn(structs, part);
      if (!struct || !wanted.includes(struct)) return [];
      const own = notes
        .filter((note) => note.startsWith(`${part}: `))
        .map((note) => note.slice(part.length + 2));
      return [{ fields: structs[part] as EvidenceFields, from: `strace, line ${line}`, notes: own }];
    }),
  );
  if (found.length > 0) return found;
  for (const { addresses = {}, notes, line } of calls) {
    const part = (Object.keys(addresses) as Part[]).find((each) => {
      const struct = structOfPart(each);
      return struct !== undefined && wanted.includes(struct);
    });
    if (!part) continue;
    const address = addresses[part] as bigint;
    const why = notes.find((note) => note.includes(address.toString(16))) ?? 'the argument is NULL';
    throw new EvidenceError('not-printed', `no ${name} in the strace input, line ${line}: ${why}`, {
      ...(line === undefined ? {} : { line }),
      address,
    });
  }
  const others = calls.flatMap(({ structs = {} }) =>
    (Object.keys(structs) as Part[]).map((part) => structIn(structs, part)?.id ?? part),
  );
  throw nothing(name, 'strace', others);
}

/** The struct that a part is; an answer's depends on the query of the same number. */
function structIn(structs: NonNullable<Evidence['structs']>, part: Part): StructDescription | undefined {
  const query = structs[part.replace('answer', 'query') as Part];
  return structOfPart(part) ?? (query && structOfAnswer(query));
}

function nothing(name: string, tool: string, others: readonly string[]): EvidenceError {
  const has = others.length > 0 ? `it has ${[...new Set(others)].join(', ')}` : 'it has no struct';
  return new EvidenceError(
    'nothing-found',
    `the ${tool === 'strace' ? 'strace input' : 'text'} has no ${name}, expected its fields in braces; ${has}`,
  );
}

function printed(wanted: readonly StructDescription[], name: string, text: string): Found[] {
  const { source, structs } = printedStructs(text);
  const [only] = structs.length === 1 ? structs : [];
  const found = only
    ? structs.filter(({ value }) => wanted.some((struct) => likeness(struct, value.members) > 0))
    : structs.filter(({ value }) => wanted.includes(mostLike(value) as StructDescription));
  if (found.length === 0)
    throw nothing(
      name,
      'printed',
      structs.map(({ value }) => mostLike(value)?.id ?? 'another struct'),
    );
  return found.map(({ value, label, line }) => {
    const { fields, absent, notes, pointees } = convert(
      source,
      mostLike(value, wanted) as StructDescription,
      value,
    );
    if (pointees[0])
      throw source.errorAt(pointees[0].value.at, `${pointees[0].field} is a struct, expected a number`);
    const missing = absent.length > 0 ? [`not printed, so taken as zero: ${absent.join(', ')}`] : [];
    return {
      fields,
      from: `printed struct, line ${line}${label ? `: ${label}` : ''}`,
      notes: [...notes, ...missing],
    };
  });
}
