import { readFileSync } from 'node:fs';
import { openHost } from '../../../conformance/hosts/cases.mjs';
import { fuzzDigests } from '../../../conformance/hosts/fuzz.mjs';

const FUZZ = { seed: 0x7a637278, rounds: 100_000, block: 1000 };

/** What every host must come to. */
export function fuzzFile() {
  const host = openHost(readFileSync(new URL('../../../build/zcrx.wasm', import.meta.url)));
  return { ...FUZZ, digests: [...fuzzDigests(host, FUZZ)] };
}
