import type { NamedStruct } from '../../oracle/facts.js';
import type { Definition } from '../../oracle/headers.js';
import { toHex } from '../../oracle/samples.js';
import { meantFields, numbersOf, type Sample, samplesSeenByC } from '../../oracle/seen-by-c.js';
import { type Case, CaseBuilder, REVISIONS, wordsOf } from './case.js';
import { definitions, layout, numberOf } from './definitions.js';

const STRUCT = '@0';
const VALUES = '@1024';
/** Where the rows of a batch go. */
const ROWS = '@4096';

/** Random samples of each struct, beside the regular ones. */
const PER_STRUCT = 3;

/**
 * Each field alone at its extremes, everything else zero: all bits, the highest, the lowest. What selects the arm of a
 * union is left out: of other arms C knows nothing.
 */
function extremes({ struct, fields }: NamedStruct): Uint8Array[] {
  const hasArms = fields.some(({ field }) => field.arm !== undefined);
  return fields
    .filter(
      ({ name, field }) =>
        field.arm === undefined && field.struct === undefined && !(hasArms && name === 'op'),
    )
    .flatMap(({ field }) =>
      [[...Array(field.width).fill(0xff)], [...Array(field.width - 1).fill(0), 0x80], [1]].map((value) => {
        const bytes = new Uint8Array(struct.size);
        bytes.set(value, field.offset + (field.count - 1) * field.width);
        return bytes;
      }),
    );
}

/** Bytes to the numbers that C reads in them, and back. */
function codecCase(sample: Sample): Case {
  const { struct, revision, bytes } = sample;
  const index = numberOf(struct.struct.id);
  const number = REVISIONS.indexOf(revision);
  const values = numbersOf(meantFields(sample));
  const made = new CaseBuilder(`codec ${struct.label} in ${revision}: ${toHex(bytes).slice(0, 32)}…`);
  made.write(STRUCT, bytes).returns('decode', [index, number, STRUCT, VALUES], values.length);
  made.reads(VALUES, wordsOf(values));
  // What lay there must not shine through.
  made.write(STRUCT, new Uint8Array(bytes.length).fill(0xa5));
  made.returns('encode', [index, number, VALUES, values.length, STRUCT], values.length);
  made.reads(STRUCT, Buffer.from(sample.seen.bytes, 'hex'));
  if (values.length > 1)
    made.returns('encode', [index, number, VALUES, values.length - 1, STRUCT], -values.length);
  return made.done();
}

/** A value that does not fit its field is refused by its position. */
function overflowCases(): Case[] {
  return layout.structs.flatMap(({ id, names, fields }) => {
    const revision = REVISIONS.findLastIndex((key) => names[key].length > 0);
    const first = fields.findIndex((field) => field.width < 8 && !field.struct && field.arm === undefined);
    if (first < 0 || fields.slice(0, first).some((field) => field.struct || field.arm !== undefined))
      return [];
    const field = fields[first]!;
    const position = fields.slice(0, first).reduce((sum, each) => sum + each.count, 0);
    const bits = BigInt(8 * field.width);
    const limits = field.signed ? [1n << (bits - 1n), -(1n << (bits - 1n)) - 1n] : [1n << bits, -1n];
    return limits.map((limit) => {
      const values = Array.from({ length: 64 }, (_, i) => (i === position ? limit : 0n));
      const made = new CaseBuilder(`encode ${id} with ${limit} for ${field.name}`).write(
        VALUES,
        wordsOf(values),
      );
      const args = [numberOf(id), revision, VALUES, values.length, STRUCT];
      return made.returns('encode', args, -1 - position).done();
    });
  });
}

/** The bytes of an arm that no operation has come by eights. */
function unknownArmCases(): Case[] {
  return [5, 0xff, 0xffff_ffff].flatMap((op) =>
    REVISIONS.map((key, revision) => {
      const bytes = Uint8Array.from({ length: 72 }, (_, place) => place + 1);
      new DataView(bytes.buffer).setUint32(4, op, true);
      const view = new DataView(bytes.buffer);
      const word = (at: number) => view.getBigUint64(at, true);
      const values = [
        BigInt(view.getUint32(0, true)),
        BigInt(op),
        ...[8, 16, 24, 32, 40, 48, 56, 64].map(word),
      ];
      const made = new CaseBuilder(`codec zcrx_ctrl in ${key} with the unknown operation ${op}`);
      const index = numberOf('zcrx_ctrl');
      made.write(STRUCT, bytes).returns('decode', [index, revision, STRUCT, VALUES], values.length);
      made.reads(VALUES, wordsOf(values)).write(STRUCT, new Uint8Array(72).fill(0xa5));
      made.returns('encode', [index, revision, VALUES, values.length, STRUCT], values.length);
      return made.reads(STRUCT, bytes).done();
    }),
  );
}

/** Several structs of one kind at once, with a gap between them: each in a row of its own. */
function batchCase(samples: readonly Sample[]): Case {
  const { struct, revision } = samples[0]!;
  const { id, size } = struct.struct;
  const [index, number] = [numberOf(id), REVISIONS.indexOf(revision)];
  const decoded = samples.map((sample) => numbersOf(meantFields(sample)));
  const width = 8 * Math.max(...decoded.map((values) => values.length));
  const total = decoded.reduce((sum, values) => sum + values.length, 0);
  const made = new CaseBuilder(`batch of ${samples.length} ${struct.label} in ${revision}`);
  made.returns('struct_values', [index, number], width / 8);
  for (const [stride, given] of [
    [size, 0],
    [size + 8, size + 8],
  ] as const) {
    const bytes = new Uint8Array(stride * samples.length).fill(0x5a);
    const rows = new Uint8Array(width * samples.length).fill(0xa5);
    for (const [i, sample] of samples.entries()) {
      bytes.set(sample.bytes, stride * i);
      rows.set(wordsOf(decoded[i]!), width * i);
    }
    made.write(STRUCT, bytes).write(ROWS, new Uint8Array(rows.length).fill(0xa5));
    made.returns('decode_batch', [index, number, STRUCT, samples.length, given, ROWS, width], total);
    made.reads(ROWS, rows);
  }
  return made.done();
}

/** So many of each struct go into one batch; all arms of a union are among them. */
const BATCH = 5;

async function ofDefinition(definition: Definition): Promise<Case[]> {
  const samples = await samplesSeenByC(layout, definition, PER_STRUCT, extremes);
  const structs = [...new Set(samples.map(({ struct }) => struct))];
  const batches = structs.map((struct) => samples.filter((each) => each.struct === struct).slice(0, BATCH));
  return [...samples.map(codecCase), ...batches.map(batchCase)];
}

export async function codecCases(): Promise<Case[]> {
  const perDefinition: Case[][] = [];
  for (const definition of await definitions()) perDefinition.push(await ofDefinition(definition));
  return [...perDefinition.flat(), ...overflowCases(), ...unknownArmCases()];
}
