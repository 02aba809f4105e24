import { mergeHeaders } from './c-header.js';
import { type CFields, type CValue, type SeenByC, valuesProgram } from './c-values.js';
import { runC } from './compiler.js';
import { type NamedStruct, structsOf } from './facts.js';
import type { Definition } from './headers.js';
import { isReserved, type Layout, type Revision } from './layout.js';
import { sampleBytes, seededBytes, toHex } from './samples.js';

/** A struct's bytes and what C makes of them. */
export interface Sample {
  readonly struct: NamedStruct;
  readonly revision: Revision;
  readonly bytes: Uint8Array;
  readonly seen: SeenByC;
}

/** Samples of every struct that the definition has, as the compiler reads them; `more` gives some of one struct. */
export async function samplesSeenByC(
  layout: Layout,
  definition: Definition,
  perStruct: number,
  more: (struct: NamedStruct) => readonly Uint8Array[] = () => [],
): Promise<Sample[]> {
  const { dialect, includes, folders, whole, ring } = definition;
  const header = mergeHeaders([whole, ring]);
  const structs = structsOf(layout, dialect);
  const next = seededBytes(0x7a637278);
  const questions = structs.flatMap((struct, index) =>
    [...sampleBytes(struct, perStruct, next), ...more(struct)].map((bytes) => ({ struct, index, bytes })),
  );
  const input = questions.map(({ index, bytes }) => `${index} ${toHex(bytes)}\n`).join('');
  const output = await runC(valuesProgram(layout, dialect, structs, header, includes), folders, input);
  const answers = output.trimEnd().split('\n');
  if (answers.length !== questions.length)
    throw new Error(`${answers.length} answers to ${questions.length}`);
  return questions.map(({ struct, bytes }, i) => ({
    struct,
    revision: dialect.revision,
    bytes,
    seen: JSON.parse(answers[i]!) as SeenByC,
  }));
}

/** The fields that mean something: of a union only the arm that `op` selects. */
export function meantFields({ struct, seen }: Sample): CFields {
  const meant = struct.fields.filter(({ field }) => field.arm === undefined || field.arm === seen.fields.op);
  return Object.fromEntries(meant.map(({ name }) => [name, seen.fields[name]!]));
}

/** The same as the library shows it: reserved fields only where they are not zero. */
export function shownFields(sample: Sample): CFields {
  return withoutEmptyRoom(meantFields(sample));
}

function withoutEmptyRoom(fields: CFields): CFields {
  const shown = Object.entries(fields).filter(
    ([name, value]) => !isReserved(name) || numbersOf(value).some((number) => number !== 0n),
  );
  return Object.fromEntries(
    shown.map(([name, value]) => [name, isStruct(value) ? withoutEmptyRoom(value) : value]),
  );
}

function isStruct(value: CValue): value is CFields {
  return typeof value === 'object' && !Array.isArray(value);
}

/** All numbers of a value in order. */
export function numbersOf(value: CValue): bigint[] {
  if (typeof value === 'object') return (Object.values(value) as CValue[]).flatMap(numbersOf);
  return [BigInt(value)];
}
