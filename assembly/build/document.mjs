// Writes `docs/layouts.md`, every struct as a table, from the description.

import { readFileSync, writeFileSync } from 'node:fs';
import { REVISIONS } from './schema.mjs';

const INTRODUCTION = `# Layouts

Every struct of zero-copy receive, with the offset and meaning of each field. Written by the build from
\`assembly/layout/\`; do not edit. All integers are little endian. The same as data: \`zcrx/layout.json\`; in a terminal:
\`zcrx layout\`; as definitions in C, Rust, Go or Python, which assert their own sizes, alignments and offsets where they are
compiled: \`zcrx layout --format c|rust|go|python\`.

| rule | what the kernel does with the field |
|---|---|
| must be 0 | refuses any other value |
| 0 on entry | writes it, and refuses any other value before |
| written | writes it, whatever was there |
| ignored | never reads it |
`;

const RULES = {
  plain: '',
  zero: 'must be 0',
  'zero-on-entry': '0 on entry',
  written: 'written',
  ignored: 'ignored',
};

/** `event` names, with those of earlier revisions where they differ. */
function namesText(names) {
  const present = names.event[0] ?? names.v1[0];
  const former = REVISIONS.filter((r) => r !== 'event' && names[r].length && names[r][0] !== present).map(
    (r) => `\`${names[r][0]}\` in ${r}`,
  );
  return `\`${present}\`${former.length ? ` (${former.join(', ')})` : ''}`;
}

function typeText(field) {
  const type = field.struct ?? (field.signed ? `s${field.width * 8}` : `u${field.width * 8}`);
  return field.count > 1 ? `${type}[${field.count}]` : type;
}

/** How the values of a field are named, with the set as a link. */
function useText(field) {
  if (!field.set) return '';
  const words = {
    value: 'One of',
    flags: 'Flags of',
    mask: 'Bits `1 << n` for each of',
    event: 'For an event one of',
  };
  return `${words[field.use]} [${field.set}](#${field.set}).`;
}

function fieldRow(struct, field) {
  const meaning = [
    field.doc,
    useText(field),
    field.arm === undefined
      ? ''
      : `Where \`${struct.fields.find((f) => f.use === 'value').name}\` is ${field.arm}.`,
    field.since ? `Linux ${field.since}.` : '',
  ];
  const cells = [
    field.offset,
    field.width * field.count,
    typeText(field),
    namesText(field.names),
    RULES[field.rule],
    meaning.filter(Boolean).join(' '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function structText(struct) {
  const revisions = REVISIONS.filter((r) => struct.names[r].length);
  const only = revisions.length < REVISIONS.length ? ` Revision ${revisions.join(' and ')} only.` : '';
  return [
    `### ${struct.id}`,
    '',
    `${namesText(struct.names)}: ${struct.doc} ${struct.size} bytes, alignment ${struct.align}; ${struct.from}, since ${struct.since}.${only}`,
    '',
    '| offset | size | type | name | rule | meaning |',
    '|---|---|---|---|---|---|',
    ...struct.fields.map((field) => fieldRow(struct, field)),
  ].join('\n');
}

function setText(set) {
  const same = (revision) => JSON.stringify(set.revisions[revision]) === JSON.stringify(set.revisions.event);
  const others = REVISIONS.filter((revision) => revision !== 'event' && !same(revision));
  const table = (revision) => [
    ...(others.length ? [`Revision ${revision}:`, ''] : []),
    '| value | name | meaning |',
    '|---|---|---|',
    ...set.revisions[revision].entries.map(
      ({ name, value, doc }) =>
        `| ${set.revisions[revision].kind === 'bits' ? `0x${BigInt(value).toString(16)}` : value} | \`${name}\` | ${doc} |`,
    ),
    '',
  ];
  return [`### ${set.name}`, '', set.doc, '', ...table('event'), ...others.flatMap(table)].join('\n');
}

const { structs, sets, constants } = JSON.parse(readFileSync('build/layout.json', 'utf8'));
const kernelSets = sets.filter((set) => set.from !== 'zcrx');
const text = [
  INTRODUCTION,
  '## Structs\n',
  structs.map(structText).join('\n\n'),
  '\n## Flags and values\n',
  kernelSets.map(setText).join('\n'),
  '## Constants\n',
  '| name | value | meaning |\n|---|---|---|',
  constants
    .map(
      ({ name, value, doc }) =>
        `| \`${name}\` | ${BigInt(value) > 0xffffn ? `0x${BigInt(value).toString(16)}` : value} | ${doc} |`,
    )
    .join('\n'),
];
writeFileSync('docs/layouts.md', `${text.join('\n')}\n`);
