import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import binaryen from 'assemblyscript/binaryen';
import { describe, expect, it, test, vi } from 'vitest';
import { ZCRX_LIVE_WASM } from '../../src/generated/zcrx-live-wasm.js';
import { ZCRX_WASM } from '../../src/generated/zcrx-wasm.js';
import { layouts } from '../../src/index.js';
import { built, readNumber, sectionsOf, stripped } from './wasm-binary.js';

// The validator takes its console when it is loaded, and would tell it what it finds in the modules that must fail.
const restoreConsole = vi.hoisted(() => {
  const { error, warn } = console;
  Object.assign(console, { error: () => {}, warn: () => {} });
  return () => Object.assign(console, { error, warn });
});
restoreConsole();

const IMPORT = 2;
const GLOBAL = 6;
const START = 8;

const { Features } = binaryen;

/** Whether a module uses nothing beyond these features. */
function fits(module: Uint8Array, features: number): boolean {
  const read = binaryen.readBinary(module);
  read.setFeatures(features);
  const valid = read.validate() === 1;
  read.dispose();
  return valid;
}

const PLAIN = Features.MVP | Features.BulkMemory | Features.BulkMemoryOpt;

describe.each([
  ['zcrx.wasm', ZCRX_WASM],
  ['zcrx-live.wasm', ZCRX_LIVE_WASM],
])('%s', (name, embedded) => {
  const bytes = built(name);
  const sections = sectionsOf(bytes);

  it('needs nothing from its host and runs nothing by itself', () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
    expect(sections.filter(({ id }) => id === IMPORT || id === START)).toEqual([]);
  });

  it('exports functions and its memory', () => {
    const exports = WebAssembly.Module.exports(new WebAssembly.Module(bytes));
    expect(exports.filter(({ kind }) => kind !== 'function')).toEqual([{ name: 'memory', kind: 'memory' }]);
    expect(exports.length).toBeGreaterThan(25);
  });

  it('has no mutable globals', () => {
    for (const { content } of sections.filter(({ id }) => id === GLOBAL)) {
      let [count, at] = readNumber(content, 0);
      for (; count > 0; count--) {
        expect(content[at + 1], 'mutability').toBe(0);
        at = content.indexOf(0x0b, at) + 1;
      }
    }
  });

  it('has at most 32 KB beside its description', () => {
    expect(stripped(bytes).length).toBeLessThanOrEqual(32_768);
    expect(sections.filter(({ id }) => id === 0).map((section) => section.name)).toEqual(['zcrx.layout']);
  });

  it('carries the layouts as data', () => {
    const text = new TextDecoder().decode(
      sections.find((section) => section.name === 'zcrx.layout')?.content,
    );
    const { codes, records, exports, ...described } = JSON.parse(text);
    expect(described).toEqual(layouts);
    expect(codes.map(({ name }: { name: string }) => name)).toContain('rule');
    expect(records.map(({ name }: { name: string }) => name)).toContain('kernel_call');
    expect(exports.map(({ name }: { name: string }) => name)).toContain('judge');
    expect(text).toBe(readFileSync(resolve(import.meta.dirname, '../../build/layout.json'), 'utf8'));
    expect(layouts.format).toBe(1);
  });

  it('is what the library carries inside', () => {
    expect(Buffer.from(embedded, 'base64').equals(stripped(bytes))).toBe(true);
  });

  it('is what the package publishes', () => {
    for (const file of [name, 'layout.json']) {
      const published = readFileSync(resolve(import.meta.dirname, '../../dist', file));
      expect(published.equals(built(file))).toBe(true);
    }
  });
});

test('zcrx.wasm uses no threads, no SIMD, nothing beyond the MVP but bulk memory', () => {
  expect(fits(built('zcrx.wasm'), PLAIN)).toBe(true);
});

test('zcrx-live.wasm adds threads, and may add SIMD', () => {
  expect(fits(built('zcrx-live.wasm'), PLAIN | Features.Atomics | Features.SIMD128)).toBe(true);
});

// the same check, of code that does use what is to be kept out
test.each([
  ['atomics', '(func (drop (i32.atomic.load (i32.const 0))))'],
  ['SIMD', '(func (drop (v128.load (i32.const 0))))'],
  ['sign extension', '(func (drop (i32.extend8_s (i32.const 0))))'],
  ['conversions that saturate', '(func (drop (i32.trunc_sat_f32_s (f32.const 0))))'],
  ['exported mutable globals', '(global $g (export "g") (mut i32) (i32.const 0))'],
])('%s would be noticed', (_, code) => {
  const module = binaryen.parseText(`(module (memory 1) ${code})`);
  module.setFeatures(Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  expect(fits(bytes, PLAIN)).toBe(false);
});
