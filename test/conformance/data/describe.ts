import { mergeHeaders } from '../../oracle/c-header.js';
import { probeProgram } from '../../oracle/c-probe.js';
import { parseFacts, runC } from '../../oracle/compiler.js';
import { type Facts, type NamedStruct, structsOf } from '../../oracle/facts.js';
import type { Definition } from '../../oracle/headers.js';
import { bytesOfText, type Case, CaseBuilder, REVISIONS } from './case.js';
import { definitions, firstFieldOf, layout, numberOf } from './definitions.js';

const TEXT = '@0';
const NOT_FOUND = -1;

const fact = (facts: Facts, name: string) => {
  const value = facts[name];
  if (value === undefined) throw new Error(`the compiler says nothing of ${name}`);
  return BigInt(value);
};

/** A struct under one of its names: size, alignment, and where its fields lie, as a C compiler has them. */
function structCase(struct: NamedStruct, revision: number, facts: Facts): Case {
  const { id } = struct.struct;
  const index = numberOf(id);
  const made = new CaseBuilder(`describe ${struct.label} in ${REVISIONS[revision]}`);
  const size = fact(facts, `${struct.label} size`);
  made.write(TEXT, bytesOfText(struct.name));
  made.returns('struct_find', [TEXT, struct.name.length, revision, size], index);
  made.returns('struct_find', [TEXT, struct.name.length, revision, size + 1n], NOT_FOUND);
  made.returns('struct_find', [TEXT, struct.name.length - 1, revision, 0], NOT_FOUND);
  made.text('struct_name', [index, revision], struct.struct.names[REVISIONS[revision]!].join('|'));
  made.returns('struct_size', [index], size);
  made.returns('struct_align', [index], fact(facts, `${struct.label} align`));
  for (const { name, field } of struct.fields) {
    const number = firstFieldOf(id) + struct.struct.fields.indexOf(field);
    const path = `${struct.label}.${name}`;
    const count = fact(facts, `${path} count`);
    made.write(TEXT, bytesOfText(name));
    made.returns('field_find', [index, TEXT, name.length, revision], number);
    made.returns('field_offset', [number], fact(facts, `${path} offset`));
    made.returns('field_elements', [number], count);
    made.returns('field_width', [number], fact(facts, `${path} bytes`) / count);
  }
  return made.done();
}

/** What every host must be told alike: the numbers of rules, kinds and sets, which no C header has. */
function fieldCases(): Case[] {
  const kinds = { unsigned: 0, signed: 1, struct: 2 };
  return layout.structs.map(({ id, fields }) => {
    const made = new CaseBuilder(`fields of ${id}`);
    made.returns('struct_first_field', [numberOf(id)], firstFieldOf(id));
    made.returns('struct_field_count', [numberOf(id)], fields.length);
    for (const [position, field] of fields.entries()) {
      const number = firstFieldOf(id) + position;
      for (const [revision, key] of REVISIONS.entries())
        made.text('field_name', [number, revision], field.names[key].join('|'));
      const kind = field.struct ? kinds.struct : field.signed ? kinds.signed : kinds.unsigned;
      made.returns('field_kind', [number], kind);
      made.returns('field_struct', [number], field.struct ? numberOf(field.struct) : 255);
      made.returns('field_arm', [number], field.arm ?? 255);
    }
    return made.done();
  });
}

/** The names of a set in one revision, in order, each with its value. */
function setCases(): Case[] {
  return layout.sets.flatMap((set, index) =>
    REVISIONS.map((key, revision) => {
      const { kind, entries } = set.revisions[key];
      const made = new CaseBuilder(`names of ${set.name} in ${key}`);
      made.returns('set_size', [index, revision], entries.length);
      made.returns('set_is_bits', [index, revision], kind === 'bits' ? 1 : 0);
      for (const [position, { name, value }] of entries.entries()) {
        made.text('set_name', [index, revision, position], name);
        made.returns('set_value', [index, revision, position], BigInt(value));
      }
      made.text('set_name', [index, revision, entries.length], '');
      return made.done();
    }),
  );
}

/** Numbers that nothing has: the answer is nothing too, and no trap. */
function absentCases(): Case[] {
  const structs = layout.structs.length;
  const fields = layout.structs.reduce((sum, struct) => sum + struct.fields.length, 0);
  const beyond = [0, 1, 0x7fff_fffe - structs, 0xffff_ffff - structs].map((more) => structs + more);
  const cases = beyond.map((index) => {
    const made = new CaseBuilder(`struct ${index}, which there is not`).write('@0', bytesOfText('op'));
    for (const name of ['struct_size', 'struct_align', 'struct_first_field', 'struct_field_count'])
      made.returns(name, [index], 0);
    made.text('struct_name', [index, 2], '').returns('field_find', [index, '@0', 2, 2], NOT_FOUND);
    made.returns('decode', [index, 2, '@0', '@512'], 0).returns('encode', [index, 2, '@512', 8, '@0'], 0);
    made.returns('struct_values', [index, 2], 0);
    return made.returns('validate', [index, 2, '@0', 1, 4096, 8, 0, '@4096', 64], 0xffff_ffff).done();
  });
  const revisions = [3, 4, 255, 0xffff_ffff].map((revision) => {
    const made = new CaseBuilder(`revision ${revision}, which there is not`);
    made.write('@0', bytesOfText('zcrx_stats'));
    made.returns('struct_find', ['@0', 10, revision, 0], NOT_FOUND).text('struct_name', [0, revision], '');
    made.text('field_name', [0, revision], '').returns('set_size', [0, revision], 0);
    return made.returns('decode', [0, revision, '@0', '@512'], 0).done();
  });
  const counts = new CaseBuilder('how much there is').returns('struct_count', [], structs);
  counts.returns('set_count', [], layout.sets.length).text('field_name', [fields, 2], '');
  return [counts.done(), ...cases, ...revisions];
}

async function ofDefinition({ dialect, includes, folders, whole, ring }: Definition): Promise<Case[]> {
  const header = mergeHeaders([whole, ring]);
  const facts = parseFacts(await runC(probeProgram(layout, dialect, header, includes), folders));
  const revision = REVISIONS.indexOf(dialect.revision);
  return structsOf(layout, dialect).map((struct) => structCase(struct, revision, facts));
}

export async function describeCases(): Promise<Case[]> {
  const perDefinition = await Promise.all((await definitions()).map(ofDefinition));
  return [...absentCases(), ...perDefinition.flat(), ...fieldCases(), ...setCases()];
}
