import { ZCRX_WASM } from '../generated/zcrx-wasm.js';
import { instantiate, type LayoutExports } from './module.js';

/** Findings that have room; a struct of 120 bytes has fewer fields than this. */
export const FINDINGS = 64;

/**
 * The module and the parts of its memory that this library works in. Calls run to their end, so one scratch area serves
 * all of them.
 */
export interface Scratch {
  readonly exports: LayoutExports;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: BigUint64Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** Up to four structs, 128 bytes each. */
  readonly structs: number;
  /** Values, 8 bytes each. */
  readonly values: number;
  /** A report of findings, or a plan. */
  readonly report: number;
}

let made: Scratch | undefined;

/** The module is compiled at first use, so that importing the package costs little. */
export function scratch(): Scratch {
  if (made) return made;
  const exports = instantiate<LayoutExports>(ZCRX_WASM);
  const { buffer } = exports.memory as { buffer: ArrayBuffer };
  const structs = exports.scratch();
  made = {
    exports,
    bytes: new Uint8Array(buffer),
    words: new BigUint64Array(buffer),
    view: new DataView(buffer),
    structs,
    values: structs + 4 * 128,
    report: structs + 4 * 128 + 128 * 8,
  };
  return made;
}
