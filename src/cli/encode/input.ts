import type { AbiRevision } from '../../layout/revision.js';
import { parseRevision } from '../../layout/revision.js';
import { quote, UsageError } from '../errors.js';
import { fileAdvice, readSource, sortInput } from '../input.js';
import { type Json, parseJson } from '../json.js';
import type { Terminal } from '../terminal.js';

/** Fields to encode, and the revision if it came with them. */
export interface EncodeInput {
  readonly fields: { readonly [key: string]: Json };
  readonly revision?: AbiRevision;
  /** The struct that they are said to belong to. */
  readonly struct?: string;
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Reads the JSON of an argument, a file or standard input. @throws UsageError */
export async function readFields(argument: string, terminal: Terminal): Promise<EncodeInput> {
  const source = await readSource(argument, terminal);
  const input = source ? sortInput(source) : ({ kind: 'text', text: argument } as const);
  if (input.kind === 'bytes') throw new UsageError('the input is no text, expected JSON');
  if (!source && !/^\s*[{[]/.test(argument)) {
    const advice = fileAdvice(argument);
    throw new UsageError(
      `${quote(argument)} is no JSON object, expected one as '{"user_data": 42}'${advice}`,
    );
  }
  return fieldsOf(parseJson(input.text));
}

/** Takes the fields out of what `zcrx decode --json` prints; anything else is the fields. */
export function fieldsOf(document: Json): EncodeInput {
  if (!isObject(document))
    throw new UsageError(`the JSON is ${kindOf(document)}, expected an object with fields`);
  const { struct, revision, fields } = document;
  // No struct has a field of this name.
  if (typeof struct !== 'string' || !isObject(fields)) return { fields: document };
  return { fields, struct, revision: parseRevision(revision) };
}

const kindOf = (value: Json) =>
  Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
