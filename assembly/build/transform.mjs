// What happens to `assembly/` on its way through the compiler. The classes of `layout/` say what a C struct says; this
// makes them mean it: arrays and nested structs become memory in place, the arms of a union share their offset, the
// description goes into the module's tables (describe/tables.ts) and into its custom section `zcrx.layout`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { NodeKind, Parser } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';
import { readSchema, schemaToJson } from './schema.mjs';
import { tablesOf } from './tables.mjs';

const SECTION = 'zcrx.layout';

/** Members that occupy `count` elements: AssemblyScript has neither inline arrays nor inline structs. */
function filler(name, type, count) {
  return Array.from({ length: count }, (_, i) => `  ${i ? `${name}_${i}` : name}: ${type};`).join('\n');
}

const unsignedOf = (width) => `u${width * 8}`;

function bodyOf(struct) {
  let unionEnd = -1;
  return struct.fields
    .map((field) => {
      if (!field.struct) return filler(field.name, field.type, field.count);
      const view = `  @inline get ${field.name}(): ${field.struct} { return changetype<${field.struct}>(changetype<usize>(this) + ${field.offset}); }`;
      if (field.offset < unionEnd) return view;
      unionEnd = field.offset + field.width;
      return `${filler(`__in_${field.name}`, unsignedOf(field.align), field.width / field.align)}\n${view}`;
    })
    .join('\n');
}

/** Fails the compilation where the compiler's offset of a field is not the described one. */
const offsetChecks = (struct) =>
  struct.fields
    .filter((field) => !field.struct)
    .map(
      (field) =>
        `if (offsetof<${struct.id}>("${field.name}") != ${field.offset}) ERROR("offset of ${struct.id}.${field.name}");`,
    )
    .concat(
      `if (offsetof<${struct.id}>() != ${struct.fields.reduce((end, f) => Math.max(end, f.offset + f.width * f.count), 0)}) ERROR("size of ${struct.id}");`,
    )
    .join('\n');

/** As layout/index.ts lists them, then the rest: the same order in both modules, whatever each of them imports first. */
function inReadingOrder(sources) {
  const index = sources.find((source) => source.normalizedPath === 'assembly/layout/index.ts');
  const listed = index.statements.map((statement) => `${statement.internalPath}.ts`);
  const rank = ({ normalizedPath }) =>
    listed.includes(normalizedPath) ? listed.indexOf(normalizedPath) : listed.length;
  return sources.sort((a, b) => rank(a) - rank(b) || (a.normalizedPath < b.normalizedPath ? -1 : 1));
}

function parseStatements(text, path) {
  const parser = new Parser();
  parser.parseFile(text, path, false);
  return parser.sources[0].statements;
}

export default class LayoutTransform extends Transform {
  afterParse(parser) {
    const own = inReadingOrder(
      parser.sources.filter((source) => source.normalizedPath.startsWith('assembly/')),
    );
    this.schema = readSchema(own);
    const structs = new Map(this.schema.structs.map((struct) => [struct.id, struct]));
    for (const source of own) {
      for (const node of source.statements) {
        const struct = node.kind === NodeKind.ClassDeclaration ? structs.get(node.name.text) : undefined;
        if (struct) this.layOut(node, struct, source.normalizedPath);
      }
    }
    this.checkRecords(own);
    const tables = parser.sources.find((source) => source.normalizedPath === 'assembly/describe/tables.ts');
    if (tables) this.fill(tables);
  }

  /** Fails the compilation where the compiler lays a record out in another way than the description says. */
  checkRecords(sources) {
    for (const source of sources) {
      for (const node of source.statements) {
        const record =
          node.kind === NodeKind.ClassDeclaration &&
          this.schema.records.find((each) => each.name === node.name.text);
        if (!record) continue;
        const checks = record.fields.map(
          ({ name, offset }) =>
            `if (offsetof<${record.name}>("${name}") != ${offset}) ERROR("offset of ${record.name}.${name}");`,
        );
        checks.push(`if (offsetof<${record.name}>() != ${record.size}) ERROR("size of ${record.name}");`);
        const text = `class ${record.name} { @inline static bytes(): u32 { ${checks.join('\n')}\nreturn ${record.size}; } }`;
        node.members.push(...parseStatements(text, source.normalizedPath)[0].members);
      }
    }
  }

  /** Gives a class the members that put its fields where the description says, and its number among the structs. */
  layOut(node, struct, path) {
    const index = this.schema.structs.indexOf(struct);
    const text = `class ${struct.id} {
${bodyOf(struct)}
  @inline static index(): u32 { ${offsetChecks(struct)}\nreturn ${index}; }
}`;
    node.members = parseStatements(text, path)[0].members;
  }

  /** Replaces the empty tables of describe/tables.ts by the real ones. */
  fill(source) {
    const tables = tablesOf(this.schema);
    for (const statement of source.statements) {
      for (const variable of statement.kind === NodeKind.Variable ? statement.declarations : []) {
        const table = tables[variable.name.text];
        if (!table) continue;
        const [made] = parseStatements(
          `const t: usize = memory.data<u8>([${[...table].join(',')}], 16);`,
          source.normalizedPath,
        );
        variable.initializer = made.declarations[0].initializer;
      }
    }
  }

  afterCompile(module) {
    const json = schemaToJson(this.schema);
    module.addCustomSection?.(SECTION, Buffer.from(json));
    mkdirSync('build', { recursive: true });
    writeFileSync('build/layout.json', json);
  }
}
