// Reads the layouts out of the syntax trees of `assembly/layout/`: every struct, set of names and constant, with
// offsets as the C rules give them. The result is the one description that everything else is derived from.

import { runInNewContext } from 'node:vm';
import { CommonFlags, NodeKind } from 'assemblyscript';

export const REVISIONS = ['v1', 'rc', 'event'];

const INTEGERS = { u8: 1, u16: 2, u32: 4, u64: 8, i8: 1, i16: 2, i32: 4, i64: 8 };
const RULES = { zero: 'zero', ignored: 'ignored', written: 'written', zeroOnEntry: 'zero-on-entry' };
const USES = ['value', 'flags', 'mask', 'event'];

/** How the kernel names fields that have no meaning yet. */
const RESERVED = /^_*(resv|pad)\d*$/;

const textOf = (node) => node.range.source.text.slice(node.range.start, node.range.end);

/** The doc comment that ends where a declaration begins (decorators included), as one line of text. */
function docOf(node) {
  const start = Math.min(node.range.start, ...(node.decorators ?? []).map((d) => d.range.start));
  const before = node.range.source.text.slice(0, start).replace(/(?:\s|\bexport\b)*$/, '');
  if (!before.endsWith('*/')) return '';
  const comment = before.slice(before.lastIndexOf('/**') + 3, -2);
  return comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function decoratorsOf(node, scope) {
  const found = {};
  for (const decorator of node.decorators ?? []) {
    const args = (decorator.args ?? []).map((arg) => runInNewContext(`(${textOf(arg)})`, scope));
    found[decorator.name.text] = args.length ? args[0] : true;
  }
  return found;
}

/** Names by revision, the usual one first, from the present name and what `@was` says. */
function namesByRevision(present, was, revisions = REVISIONS) {
  const former = typeof was === 'string' || Array.isArray(was) ? { v1: was, rc: was } : (was ?? {});
  const list = (name) => (Array.isArray(name) ? name : [name]);
  return Object.fromEntries(
    REVISIONS.map((revision) => [
      revision,
      revisions.includes(revision) ? list(former[revision] ?? present) : [],
    ]),
  );
}

/** A 64-bit constant expression of literals and operators; AssemblyScript's own result for it wraps in the same way. */
const evaluate = (text, scope) =>
  BigInt.asUintN(
    64,
    BigInt(
      runInNewContext(
        text.replace(/\b(0x[\da-fA-F_]+|\d[\d_]*)\b/g, (n) => `${n.replaceAll('_', '')}n`),
        scope,
      ),
    ),
  );

function readEnum(node, scope) {
  const decorators = decoratorsOf(node, scope);
  const about = decorators.values ?? decorators.bits;
  if (!about) return undefined;
  const entries = [];
  let next = 0n;
  for (const value of node.values) {
    const number = value.initializer ? evaluate(textOf(value.initializer), scope) : next;
    next = number + 1n;
    const name = value.name.text;
    entries.push({
      name,
      names: namesByRevision(name, decorators.was?.[name]),
      value: number,
      doc: docOf(value),
    });
  }
  scope[node.name.text] = Object.fromEntries(entries.map((e) => [e.name, Number(e.value)]));
  return {
    name: node.name.text,
    kind: decorators.bits ? 'bits' : 'values',
    variantOf: node.decorators
      .find((d) => d.name.text === 'variant')
      ?.args.map((a) => runInNewContext(textOf(a))),
    from: about.from,
    since: about.since,
    doc: docOf(node),
    entries,
  };
}

function readField(member, scope, structs) {
  const decorators = decoratorsOf(member, scope);
  const type = textOf(member.type);
  const nested = structs.get(type);
  if (!nested && !INTEGERS[type]) throw new Error(`${textOf(member)}: unknown type ${type}`);
  const rule = Object.keys(RULES).find((name) => decorators[name]);
  const use = USES.find((name) => decorators[name]);
  return {
    name: member.name.text,
    names: namesByRevision(member.name.text, decorators.was),
    type,
    width: nested ? nested.size : INTEGERS[type],
    align: nested ? nested.align : INTEGERS[type],
    signed: !nested && type.startsWith('i'),
    struct: nested?.id,
    count: decorators.array ?? 1,
    rule: rule ? RULES[rule] : 'plain',
    reserved: RESERVED.test(member.name.text),
    use,
    set: use ? decorators[use] : undefined,
    arm: decorators.arm,
    since: decorators.since,
    doc: docOf(member),
  };
}

function readStruct(node, scope, structs) {
  const decorators = decoratorsOf(node, scope);
  const about = decorators.struct;
  if (!about) return undefined;
  const fields = node.members
    .filter((m) => m.kind === NodeKind.FieldDeclaration)
    .map((m) => readField(m, scope, structs));
  let end = 0;
  let align = 1;
  let union;
  for (const field of fields) {
    align = Math.max(align, field.align);
    if (field.arm !== undefined && union !== undefined) {
      field.offset = union;
    } else {
      field.offset = Math.ceil(end / field.align) * field.align;
      if (field.arm !== undefined) union = field.offset;
    }
    end = Math.max(end, field.offset + field.width * field.count);
  }
  return {
    id: node.name.text,
    names: namesByRevision(about.name ?? node.name.text, decorators.was, about.revisions),
    size: Math.ceil(end / align) * align,
    align,
    from: about.from,
    since: about.since,
    doc: docOf(node),
    fields,
  };
}

/** `@name words` at the end of a doc comment, by name. */
function tagsOf(doc) {
  const [text, ...tags] = doc.split(/\s+@/);
  return {
    doc: text,
    ...Object.fromEntries(tags.map((tag) => tag.split(/\s+(.*)/s)).map(([k, v]) => [k, v ?? true])),
  };
}

/** An enum of the module's own interface (`@codes`): its numbers by name. */
function readCodes(node, scope) {
  if (!decoratorsOf(node, scope).codes) return undefined;
  const own = {};
  const entries = node.values.map((value) => {
    const number = runInNewContext(textOf(value.initializer), scope);
    own[value.name.text] = number;
    return { name: value.name.text, value: number, ...tagsOf(docOf(value)) };
  });
  scope[node.name.text] = own;
  return { name: node.name.text, entries };
}

/** A class of the module's own interface (`@record`): where its fields lie. Integers only, and no padding. */
function readRecord(node, scope) {
  if (!decoratorsOf(node, scope).record) return undefined;
  let end = 0;
  const fields = node.members
    .filter((m) => m.kind === NodeKind.FieldDeclaration)
    .map((m) => {
      const type = textOf(m.type);
      const offset = end;
      if (offset % INTEGERS[type]) throw new Error(`${node.name.text}.${m.name.text} is not aligned`);
      end += INTEGERS[type];
      return { name: m.name.text, type, offset, doc: docOf(m) };
    });
  return { name: node.name.text, size: end, fields };
}

/** Types of the module's exports: what they are in WebAssembly follows from them. */
const EXPORT_TYPES = { usize: 'offset', u32: 'u32', i32: 'i32', u64: 'u64', text: 'text' };

/** The functions that the files of `assembly/flat/` export, with the file as their group. */
function readExports(source) {
  const [, group] = /^assembly\/flat\/(\w+)\.ts$/.exec(source.normalizedPath) ?? [];
  if (!group) return [];
  return source.statements
    .filter((node) => node.kind === NodeKind.FunctionDeclaration && node.is(CommonFlags.Export))
    .map((node) => ({
      name: node.name.text,
      group,
      parameters: node.signature.parameters.map(({ name, type }) => ({
        name: name.text,
        type: EXPORT_TYPES[textOf(type)],
      })),
      result: EXPORT_TYPES[textOf(node.signature.returnType)],
      doc: docOf(node),
    }));
}

/** Folds the variants of a set into one, with its own entries for each revision. */
function mergeSets(enums) {
  const sets = [];
  for (const { variantOf, entries, ...own } of enums) {
    if (variantOf) continue;
    const byRevision = {};
    for (const revision of REVISIONS) {
      const variant = enums.find((e) => e.variantOf?.[0] === own.name && e.variantOf[1] === revision);
      const source = variant ?? { kind: own.kind, entries };
      byRevision[revision] = {
        kind: source.kind,
        entries: source.entries
          .filter((e) => e.names[revision].length > 0)
          .map((e) => ({ name: e.names[revision][0], value: e.value, doc: e.doc })),
      };
    }
    sets.push({ name: own.name, from: own.from, since: own.since, doc: own.doc, revisions: byRevision });
  }
  return sets;
}

/**
 * The description of all layouts.
 * @param {import('assemblyscript').Source[]} sources the parsed files of `assembly/`
 */
export function readSchema(sources) {
  const scope = {};
  const structs = new Map();
  const enums = [];
  const constants = [];
  const waiting = sources.flatMap((source) => source.statements);
  const declarations = (kind) => waiting.filter((statement) => statement.kind === kind);
  for (const node of declarations(NodeKind.EnumDeclaration)) {
    const found = readEnum(node, scope);
    if (found) enums.push(found);
  }
  const codes = declarations(NodeKind.EnumDeclaration).flatMap((node) => readCodes(node, scope) ?? []);
  const records = declarations(NodeKind.ClassDeclaration).flatMap((node) => readRecord(node, scope) ?? []);
  // A struct can be laid out once the structs nested in it are: go round until all are.
  const written = declarations(NodeKind.ClassDeclaration);
  let classes = written;
  while (classes.length) {
    const names = new Set(classes.map((c) => c.name.text));
    const ready = classes.filter((c) => !c.members.some((m) => m.type && names.has(textOf(m.type))));
    if (!ready.length) throw new Error(`structs nested in a circle: ${[...names]}`);
    for (const node of ready) {
      const found = readStruct(node, scope, structs);
      if (found) structs.set(found.id, found);
    }
    classes = classes.filter((c) => !ready.includes(c));
  }
  for (const node of declarations(NodeKind.Variable)) {
    for (const variable of node.declarations) {
      const about = decoratorsOf(node, scope).constant;
      if (about) {
        constants.push({
          name: variable.name.text,
          value: evaluate(textOf(variable.initializer), scope),
          from: about.from,
          since: about.since,
          doc: docOf(node),
        });
      }
    }
  }
  const sets = mergeSets(enums);
  for (const struct of structs.values()) {
    for (const field of struct.fields) {
      if (field.set && !sets.some((s) => s.name === field.set))
        throw new Error(`${struct.id}.${field.name}: no set ${field.set}`);
    }
  }
  return {
    structs: written.flatMap((node) => structs.get(node.name.text) ?? []),
    sets,
    constants,
    codes,
    records,
    exports: sources.flatMap(readExports),
  };
}

/** The description as data: what `layout.json` and the custom section hold. 64-bit numbers are decimal strings. */
export const schemaToJson = (schema) =>
  JSON.stringify({ format: 1, revisions: REVISIONS, ...schema }, (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
