// Turns what the compiler made in `build/` into sources of the library: both modules as text inside the JavaScript (so
// that importing the package is synchronous and reads no file), the description, and the types of the structs.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { REVISIONS } from './schema.mjs';

const OUT = 'src/generated';
const HEADER = '// Generated from assembly/ by the build. Do not edit.\n\n';

/** The module without its custom sections: the description travels beside it. */
function withoutCustomSections(bytes) {
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 0x7f) << shift;
      more = (bytes[at++] & 0x80) !== 0;
    }
    at += size;
    if (id !== 0) kept.push(bytes.subarray(start, at));
  }
  return Buffer.concat(kept);
}

function write(name, text) {
  writeFileSync(`${OUT}/${name}`, HEADER + text);
}

const comment = (doc, indent = '') => (doc ? `${indent}/** ${doc} */\n` : '');

function fieldType(field, names) {
  if (field.struct) return names.get(field.struct);
  const one = field.width === 8 ? 'bigint' : 'number';
  return field.count > 1 ? `${one}[]` : one;
}

/** One interface for every name that structs have in any revision, with the fields of all revisions that share it. */
function structTypes({ structs }) {
  const names = new Map(structs.map((struct) => [struct.id, struct.names.event[0] ?? struct.names.v1[0]]));
  const interfaces = new Map();
  for (const struct of structs) {
    for (const revision of REVISIONS) {
      for (const name of struct.names[revision]) {
        const made = interfaces.get(name) ?? { doc: struct.doc, variants: 0, fields: new Map() };
        made.variants++;
        for (const field of struct.fields) {
          const key = field.names[revision][0];
          if (key === undefined) continue; // the revision has no such field
          const known = made.fields.get(key);
          const optional = field.reserved || field.arm !== undefined;
          made.fields.set(key, { field, optional, count: (known?.count ?? 0) + 1 });
        }
        interfaces.set(name, made);
      }
    }
  }
  const text = [...interfaces].map(([name, { doc, variants, fields }]) => {
    const members = [...fields].map(([key, { field, optional, count }]) => {
      const mark = optional || count < variants ? '?' : '';
      return `${comment(field.doc, '  ')}  ${key}${mark}: ${fieldType(field, names)};\n`;
    });
    return `${comment(doc)}export interface ${name} {\n${members.join('')}}\n`;
  });
  const map = [...interfaces.keys()].map((name) => `  ${name}: ${name};\n`).join('');
  return `${text.join('\n')}\n/** Every struct under every name that it has had. */\nexport interface Structs {\n${map}}\n`;
}

function constantTypes({ sets, constants }) {
  const all = new Map();
  for (const set of sets) {
    if (set.from === 'zcrx') continue;
    for (const { name, value, doc } of set.revisions.event.entries) all.set(name, { value, doc });
  }
  for (const { name, value, doc } of constants) all.set(name, { value, doc });
  const lines = [...all].map(([name, { value, doc }]) => {
    const literal = BigInt(value) > 0xffffffffn ? `${value}n` : value;
    return `${comment(doc)}export const ${name} = ${literal};\n`;
  });
  return lines.join('');
}

/** The module's own interface: the numbers of its enums, and where the fields of its records lie. */
function interfaceTypes({ codes, records }) {
  const enums = codes.map(({ name, entries }) => {
    const members = entries.map((e) => `${comment(e.doc, '  ')}  ${e.name}: ${e.value},\n`);
    return `export const ${name} = {\n${members.join('')}} as const;\n`;
  });
  const classes = records.map(({ name, size, fields }) => {
    const members = fields.map((f) => `${comment(f.doc, '  ')}  ${f.name}: ${f.offset},\n`);
    return `/** Offsets in bytes. */\nexport const ${name} = {\n${members.join('')}  SIZE: ${size},\n} as const;\n`;
  });
  return [...enums, ...classes].join('\n');
}

/** The rules of the kernel as a table. */
function ruleTable({ codes }) {
  const { entries } = codes.find(({ name }) => name === 'rule');
  const { entries: errnos } = codes.find(({ name }) => name === 'errno');
  const rows = entries.map(({ name, value, ...about }) => ({
    name: name.replaceAll('_', '-'),
    value,
    errno: errnos.find((e) => e.value === (value & 0xff))?.name ?? null,
    ...about,
  }));
  return `import type { Rule } from '../verdict/rules.js';\n\nexport const RULES: readonly Rule[] = ${JSON.stringify(rows, null, 1)};\n`;
}

mkdirSync(OUT, { recursive: true });
const description = JSON.parse(readFileSync('build/layout.json', 'utf8'));
for (const [file, name] of [
  ['zcrx', 'ZCRX_WASM'],
  ['zcrx-live', 'ZCRX_LIVE_WASM'],
]) {
  const module = withoutCustomSections(readFileSync(`build/${file}.wasm`));
  write(
    `${file}-wasm.ts`,
    `/** The module \`${file}.wasm\` in base64. */\nexport const ${name} =\n  '${module.toString('base64')}';\n`,
  );
}
// What concerns callers of the module alone is no layout.
const { codes: _codes, records: _records, exports: _exports, ...layouts } = description;
write(
  'description.ts',
  `import type { Description } from '../layout/description.js';\n\nexport const DESCRIPTION: Description = ${JSON.stringify(layouts)};\n`,
);
write('structs.ts', structTypes(description));
write('constants.ts', constantTypes(description));
write('interface.ts', interfaceTypes(description));
write('rules.ts', ruleTable(description));

mkdirSync('dist', { recursive: true });
for (const file of ['zcrx.wasm', 'zcrx-live.wasm', 'layout.json'])
  writeFileSync(`dist/${file}`, readFileSync(`build/${file}`));
writeFileSync('dist/layout.schema.json', readFileSync('assembly/layout.schema.json'));
