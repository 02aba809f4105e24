import { readFileSync } from 'node:fs';
import type { Revision } from './layout.js';

/** What is used here of the interface in assembly/index.ts. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  scratch(): number;
  struct_find(name: number, length: number, revision: number, size: number): number;
  decode(struct: number, revision: number, at: number, out: number): number;
  encode(struct: number, revision: number, values: number, count: number, at: number): number;
}

const BUILT = new URL('../../build/zcrx.wasm', import.meta.url);
const REVISIONS: readonly Revision[] = ['v1', 'rc', 'event'];

/** The built module, called as any host would: numbers and bytes only. */
export class LayoutModule {
  readonly #exports: Exports;
  /** Parts of the module's memory: a struct, and values of 8 bytes. */
  readonly #struct: number;
  readonly #values: number;

  constructor() {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(BUILT)));
    this.#exports = instance.exports as unknown as Exports;
    this.#struct = this.#exports.scratch();
    this.#values = this.#struct + 512;
    const end = this.#values + 128 * 8;
    const missing = end - this.#exports.memory.buffer.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / 65536));
  }

  find(name: string, revision: Revision, size: number): number {
    this.#bytes(this.#struct, name.length).set(Buffer.from(name, 'latin1'));
    const found = this.#exports.struct_find(this.#struct, name.length, REVISIONS.indexOf(revision), size);
    if (found < 0) throw new Error(`the module has no ${name} of ${size} bytes in ${revision}`);
    return found;
  }

  /** All numbers of the struct in order, as the bits of 64-bit integers. */
  decode(struct: number, revision: Revision, bytes: Uint8Array): bigint[] {
    this.#bytes(this.#struct, bytes.length).set(bytes);
    const count = this.#exports.decode(struct, REVISIONS.indexOf(revision), this.#struct, this.#values);
    return [...new BigInt64Array(this.#exports.memory.buffer, this.#values, count)];
  }

  encode(struct: number, revision: Revision, values: readonly bigint[], size: number): Uint8Array {
    new BigInt64Array(this.#exports.memory.buffer, this.#values, values.length).set(values);
    // What lay there must not shine through.
    this.#bytes(this.#struct, size).fill(0xa5);
    const taken = this.#exports.encode(
      struct,
      REVISIONS.indexOf(revision),
      this.#values,
      values.length,
      this.#struct,
    );
    if (taken !== values.length) throw new Error(`encode took ${taken} of ${values.length} values`);
    return this.#bytes(this.#struct, size).slice();
  }

  #bytes(at: number, count: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, at, count);
  }
}
