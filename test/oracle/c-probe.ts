import type { Header } from './c-header.js';
import { type Dialect, type NamedField, type NamedStruct, structsOf, valuesOf } from './facts.js';
import type { Layout } from './layout.js';

/** The C types that the interface is written in, under our names for them. */
const INTEGERS: Readonly<Record<string, string>> = {
  u8: '__u8',
  u16: '__u16',
  u32: '__u32',
  u64: '__u64',
  i8: '__s8',
  i16: '__s16',
  i32: '__s32',
  i64: '__s64',
};

/**
 * A C program that prints, as JSON lines, what the compiler makes of the headers: the same facts that
 * {@link layoutFacts} takes from layout.json. It asks only for what these headers have.
 */
export function probeProgram(
  layout: Layout,
  dialect: Dialect,
  header: Header,
  includes: readonly string[],
): string {
  const structs = structsOf(layout, dialect).filter(({ name }) => structIn(header, name) !== undefined);
  const tags = [...new Set(structs.map(({ name }) => name))];
  const values = new Set(valuesOf(layout, dialect).map(({ name }) => name));
  const known = [...header.enums.flatMap(({ members }) => members), ...header.defines];
  return `${includes.map((file) => `#include ${file}\n`).join('')}#include <linux/types.h>
#include <linux/version.h>
#include <stdio.h>

${typeMacros(tags)}
static void fact(const char *name, unsigned long long value)
{
	printf("{\\"name\\":\\"%s\\",\\"value\\":\\"%llu\\"}\\n", name, value);
}

static void field(const char *name, size_t offset, size_t bytes, size_t width, const char *type)
{
	printf("{\\"name\\":\\"%s offset\\",\\"value\\":\\"%zu\\"}\\n", name, offset);
	printf("{\\"name\\":\\"%s bytes\\",\\"value\\":\\"%zu\\"}\\n", name, bytes);
	printf("{\\"name\\":\\"%s count\\",\\"value\\":\\"%zu\\"}\\n", name, bytes / width);
	printf("{\\"name\\":\\"%s type\\",\\"value\\":\\"%s\\"}\\n", name, type);
}

int main(void)
{
	printf("{\\"name\\":\\"series\\",\\"value\\":\\"%d.%d\\"}\\n", LINUX_VERSION_MAJOR, LINUX_VERSION_PATCHLEVEL);
${structs.map((struct) => structProbe(struct, header)).join('')}${known
  .filter((name) => values.has(name))
  .map((name) => `\tfact("${name}", (unsigned long long)(${name}));\n`)
  .join('')}	return 0;
}
`;
}

function structIn(header: Header, name: string) {
  return header.structs.find((struct) => struct.name === name);
}

/** `TYPE` and `WIDTH` of a field's elements; an array is known by its decay to a pointer, for no field is one. */
function typeMacros(tags: readonly string[]): string {
  const integers = Object.entries(INTEGERS);
  const names = [
    ...integers.flatMap(([name, type]) => [`${type}: "${name}"`, `${type} *: "${name}"`]),
    ...tags.map((tag) => `struct ${tag}: "${tag}"`),
    'default: "unknown"',
  ];
  const widths = [...integers.map(([, type]) => `${type} *: sizeof(${type})`), 'default: sizeof(field)'];
  const choices = (lines: readonly string[]) => lines.map((line) => `\t${line}`).join(', \\\n');
  // sizeof of a member that turns out flexible would not compile: WIDTH is used on others only.
  return `#define FIELD(type, name) (((struct type *)0)->name)
#define TYPE(field) _Generic((field), \\\n${choices(names)})
#define WIDTH(field) _Generic((field), \\\n${choices(widths)})
`;
}

function structProbe({ label, name, fields }: NamedStruct, header: Header): string {
  const members = structIn(header, name)!.members;
  const present = fields.filter((field) => members.some((member) => member.name === field.name));
  const isFlexible = (field: NamedField) => members.some((m) => m.name === field.name && m.flexible);
  const last = present.at(-1);
  // With a flexible array at the end, the size is that of the struct with as many elements as we describe.
  const size =
    last !== undefined && isFlexible(last)
      ? `__builtin_offsetof(struct ${name}, ${last.name}[${last.field.count}])`
      : `sizeof(struct ${name})`;
  const lines = [`fact("${label} size", ${size});`, `fact("${label} align", _Alignof(struct ${name}));`];
  for (const field of present) {
    const path = `${label}.${field.name}`;
    const member = `FIELD(${name}, ${field.name})`;
    const offset = `__builtin_offsetof(struct ${name}, ${field.name})`;
    const bytes = isFlexible(field) ? `${size} - ${offset}` : `sizeof(${member})`;
    const width = isFlexible(field) ? `sizeof(${member}[0])` : `WIDTH(${member})`;
    lines.push(`field("${path}", ${offset}, ${bytes}, ${width}, TYPE(${member}));`);
  }
  return lines.map((line) => `\t${line}\n`).join('');
}
