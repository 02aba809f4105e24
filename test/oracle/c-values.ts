import type { Header } from './c-header.js';
import type { Dialect, NamedField, NamedStruct } from './facts.js';
import { structsOf } from './facts.js';
import type { Layout } from './layout.js';

/** What C sees in some bytes, and the bytes that C makes of what it sees. */
export interface SeenByC {
  /** All arms of a union. Of 64-bit fields decimal strings. */
  readonly fields: CFields;
  /** Hexadecimal. Of a union only the arm that `op` selects is written. */
  readonly bytes: string;
}

export type CFields = { readonly [name: string]: CValue };
export type CValue = number | string | readonly CValue[] | CFields;

/**
 * A C program that reads lines of a struct's number in `structs` and its bytes in hexadecimal. For each it prints a
 * JSON line with every field as the compiler reads it, and the struct as it is when the fields are assigned one by one.
 */
export function valuesProgram(
  layout: Layout,
  dialect: Dialect,
  structs: readonly NamedStruct[],
  header: Header,
  includes: readonly string[],
): string {
  const known = new Map(structsOf(layout, dialect).map((struct) => [struct.struct.id, struct]));
  const writer = new Writer(known, header);
  return `${includes.map((file) => `#include ${file}\n`).join('')}#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 512

static void print_bytes(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
}

${structs.map((struct, index) => writer.showFunction(struct, index)).join('\n')}
int main(void)
{
	static void (*const show[])(const unsigned char *) = {${structs.map((_, index) => `show_${index}`).join(', ')}};
	char hex[2 * MOST_BYTES + 1];
	unsigned int index;

	while (scanf("%u %1024s", &index, hex) == 2) {
		unsigned char *bytes = calloc(1, MOST_BYTES);

		if (index >= sizeof(show) / sizeof(show[0]))
			return 1;
		for (size_t i = 0; hex[2 * i]; i++)
			if (sscanf(hex + 2 * i, "%2hhx", bytes + i) != 1)
				return 1;
		show[index](bytes);
		free(bytes);
	}
	return 0;
}
`;
}

class Writer {
  readonly #known: ReadonlyMap<string, NamedStruct>;
  readonly #header: Header;

  constructor(known: ReadonlyMap<string, NamedStruct>, header: Header) {
    this.#known = known;
    this.#header = header;
  }

  /** Memory comes from the heap, so that a flexible array at the end may have elements. */
  showFunction(struct: NamedStruct, index: number): string {
    const { size } = struct.struct;
    return `static void show_${index}(const unsigned char *bytes)
{
	struct ${struct.name} *in = calloc(1, ${size}), *out = calloc(1, ${size});

	memcpy(in, bytes, ${size});
	printf("{\\"fields\\":");
${this.#print(struct, '')}	printf(",\\"bytes\\":\\"");
${this.#copy(struct, '')}	print_bytes((const unsigned char *)out, ${size});
	puts("\\"}");
	free(in);
	free(out);
}
`;
  }

  #print(struct: NamedStruct, path: string): string {
    const parts = struct.fields.map((named, position) => {
      const opening = `\tprintf("${position === 0 ? '{' : ','}\\"${named.name}\\":");\n`;
      const nested = this.#nested(named);
      const place = this.#place(struct, named, path);
      return opening + (nested === undefined ? printNumbers(named, place) : this.#print(nested, `${place}.`));
    });
    return `${parts.join('')}\tprintf("}");\n`;
  }

  #copy(struct: NamedStruct, path: string): string {
    return struct.fields
      .map((named) => {
        const nested = this.#nested(named);
        const place = this.#place(struct, named, path);
        const copy = nested === undefined ? copyNumbers(named, place) : this.#copy(nested, `${place}.`);
        return named.field.arm === undefined
          ? copy
          : `\tif (in->${path}op == ${named.field.arm}) {\n${copy}\t}\n`;
      })
      .join('');
  }

  #nested({ field }: NamedField): NamedStruct | undefined {
    return field.struct === undefined ? undefined : this.#known.get(field.struct);
  }

  /** An expression behind `in->`. What C declares as an array of one is a number to us. */
  #place(struct: NamedStruct, { name, field }: NamedField, path: string): string {
    const member = this.#header.structs
      .find((declared) => declared.name === struct.name)
      ?.members.find((declared) => declared.name === name);
    if (member === undefined) throw new Error(`no header declares ${struct.name}.${name}`);
    return `${path}${name}${member.array && field.count === 1 ? '[0]' : ''}`;
  }
}

function printNumbers({ field }: NamedField, place: string): string {
  const form = field.signed ? '%lld' : '%llu';
  const type = field.signed ? 'long long' : 'unsigned long long';
  const quoted = field.width === 8 ? `\\"${form}\\"` : form;
  if (field.count === 1) return `\tprintf("${quoted}", (${type})in->${place});\n`;
  return `\tfor (int i = 0; i < ${field.count}; i++)
		printf("%s${quoted}", i ? "," : "[", (${type})in->${place}[i]);
	printf("]");
`;
}

function copyNumbers({ field }: NamedField, place: string): string {
  if (field.count === 1) return `\tout->${place} = in->${place};\n`;
  return `\tfor (int i = 0; i < ${field.count}; i++)\n\t\tout->${place}[i] = in->${place}[i];\n`;
}
