/** The sections of a WebAssembly module, read by hand. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Section {
  readonly id: number;
  /** Of a custom section (id 0). */
  readonly name: string | undefined;
  /** Without the id and the size. */
  readonly content: Uint8Array;
  /** All of it. */
  readonly bytes: Uint8Array;
}

export const built = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(resolve(import.meta.dirname, '../../build', name)));

export function readNumber(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

export function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at] as number;
    const [size, start] = readNumber(module, at + 1);
    const end = start + size;
    let from = start;
    let name: string | undefined;
    if (id === 0) {
      const [length, text] = readNumber(module, start);
      from = text + length;
      name = new TextDecoder().decode(module.subarray(text, from));
    }
    sections.push({ id, name, content: module.subarray(from, end), bytes: module.subarray(at, end) });
    at = end;
  }
  return sections;
}

/** The module without its custom sections. */
export const stripped = (module: Uint8Array): Uint8Array =>
  Uint8Array.from(
    [
      module.subarray(0, 8),
      ...sectionsOf(module)
        .filter(({ id }) => id !== 0)
        .map(({ bytes }) => bytes),
    ].flatMap((part) => [...part]),
  );
