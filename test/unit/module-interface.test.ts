// The interface of `zcrx.wasm` as it is described, as the binary has it, and as it was promised.
import { readFileSync } from 'node:fs';
import binaryen from 'assemblyscript/binaryen';
import { expect, test } from 'vitest';
import { built } from './wasm-binary.js';

interface Export {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly result?: string;
  readonly doc: string;
}

const { exports } = JSON.parse(Buffer.from(built('layout.json')).toString()) as { exports: Export[] };

const WIDE = new Set(['u64', 'text']);
const wasmType = (type: string) => (WIDE.has(type) ? 'i64' : 'i32');

/** `decode(i32, i32, i32, i32) -> i32` */
const line = (name: string, parameters: readonly string[], result: readonly string[]) =>
  `${name}(${parameters.join(', ')})${result.length > 0 ? ` -> ${result.join(', ')}` : ''}`;

const described = exports.map(({ name, parameters, result }) =>
  line(
    name,
    parameters.map(({ type }) => wasmType(type)),
    result === undefined ? [] : [wasmType(result)],
  ),
);

/** Exported functions of the binary with their types. */
function inBinary(): string[] {
  const module = binaryen.readBinary(built('zcrx.wasm'));
  const names = new Map([
    [binaryen.i32, 'i32'],
    [binaryen.i64, 'i64'],
  ]);
  const typesOf = (type: number) => binaryen.expandType(type).map((each) => names.get(each) as string);
  const found = Array.from({ length: module.getNumExports() }, (_, i) => {
    const { kind, name, value } = binaryen.getExportInfo(module.getExportByIndex(i));
    if (kind !== binaryen.ExternalKinds.Function) return [];
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    return [line(name, typesOf(params), typesOf(results))];
  }).flat();
  module.dispose();
  return found;
}

test('every export is described, with the types that it has', () => {
  expect(described.toSorted()).toEqual(inBinary().toSorted());
  for (const { name, doc } of exports) expect(doc, name).not.toBe('');
});

test('what version 1 promised is still there', () => {
  const promised = readFileSync(new URL('module-interface-1.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  expect(described).toEqual(expect.arrayContaining(promised));
  expect(promised.length).toBeGreaterThan(40);
});
