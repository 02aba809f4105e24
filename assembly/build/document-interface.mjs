// Writes `docs/interface.md`, all that `zcrx.wasm` exports and the records that its calls take or leave in memory, as tables.

import { readFileSync, writeFileSync } from 'node:fs';

const INTRODUCTION = `# The interface of zcrx.wasm

Every export of the module, and every record and number that its calls take or leave in memory. Written by the build from
\`assembly/flat/\`; do not edit. The same as data: \`exports\`, \`records\` and \`codes\` of \`zcrx/layout.json\`, which the module
also carries in its custom section \`zcrx.layout\`. How to use it, with examples in Go, C and JavaScript:
[embedding](embedding.md). The structs themselves: [layouts](layouts.md); what \`judge\` can answer: [rules](rules.md).

| type | in WebAssembly | what it is |
|---|---|---|
| \`offset\` | i32 | a place in the module's memory, in bytes |
| \`u32\`, \`i32\` | i32 | a number |
| \`u64\` | i64 | a number |
| \`text\` | i64 | Latin-1 text: its offset in the low 32 bits, its length in the high 32 bits; 0 is none |

Revisions are numbers: 0 is \`v1\`, 1 is \`rc\`, 2 is \`event\`.
`;

const GROUPS = {
  module: 'The module itself',
  describe: 'What there is',
  codec: 'Decode and encode',
  check: 'Check and plan',
  verdict: 'Verdicts',
};

const { exports, records, codes } = JSON.parse(readFileSync('build/layout.json', 'utf8'));

function signature({ name, parameters, result }) {
  const list = parameters.map((each) => `${each.name}: ${each.type}`).join(', ');
  return `\`${name}(${list})${result ? ` -> ${result}` : ''}\``;
}

function groupText([group, title]) {
  const rows = exports
    .filter((each) => each.group === group)
    .map((each) => `| ${signature(each)} | ${each.doc.replaceAll('|', '\\|')} |`);
  return [`## ${title}`, '', '| export | what it does |', '|---|---|', ...rows, ''].join('\n');
}

function recordText({ name, size, fields }) {
  const rows = fields
    .filter((field) => !field.name.startsWith('pad'))
    .map((field) => `| ${field.offset} | ${field.type} | \`${field.name}\` | ${field.doc} |`);
  return [
    `### ${name}`,
    '',
    `${size} bytes.`,
    '',
    '| offset | type | name | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function codesText({ name, entries }) {
  const rows = entries.map((entry) => `| ${entry.value} | \`${entry.name}\` | ${entry.doc} |`);
  return [`### ${name}`, '', '| number | name | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

const missing = exports.filter(({ group }) => !GROUPS[group]);
if (missing.length) throw new Error(`no heading for ${missing.map(({ group }) => group)}`);
const text = [
  INTRODUCTION,
  ...Object.entries(GROUPS).map(groupText),
  '## Records\n',
  ...records.map(recordText),
  '## Numbers\n',
  'Rules have a [page of their own](rules.md).\n',
  ...codes.filter(({ name }) => name !== 'rule').map(codesText),
];
writeFileSync('docs/interface.md', `${text.join('\n').trimEnd()}\n`);
