import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LiveExports } from '../../bridge/linear.js';

// The refill ring as the module works it, in a memory that no kernel shares: wrap-around and fullness.

const module = new WebAssembly.Module(readFileSync(new URL('../../dist/zcrx-live.wasm', import.meta.url)));

const ENTRIES = 8;
const ENTRY = 16;

function ring() {
  const live = new WebAssembly.Instance(module).exports as unknown as LiveExports;
  live.memory.grow(1);
  const view = new DataView(live.memory.buffer);
  const rings = live.scratch();
  const [head, tail, rqes, batch] = [rings + 64, rings + 128, rings + 192, rings + 512] as const;
  // the last five numbers of `rings` (assembly/live/rings.ts)
  [head, tail, ENTRIES - 1, ENTRIES, rqes].forEach((number, i) => {
    view.setUint32(rings + (10 + i) * 4, number, true);
  });
  return {
    set indices([at, to]: [number, number]) {
      view.setUint32(head, at, true);
      view.setUint32(tail, to, true);
    },
    get tail() {
      return view.getUint32(tail, true);
    },
    put(values: readonly bigint[]): number {
      values.forEach((off, i) => {
        view.setBigUint64(batch + i * ENTRY, off, true);
        view.setUint32(batch + i * ENTRY + 8, 4096, true);
        view.setUint32(batch + i * ENTRY + 12, 0, true);
      });
      return live.refill(rings, batch, values.length);
    },
    get unread() {
      return live.pending_refills(rings);
    },
    entry: (index: number) => ({
      off: view.getBigUint64(rqes + (index % ENTRIES) * ENTRY, true),
      len: view.getUint32(rqes + (index % ENTRIES) * ENTRY + 8, true),
      pad: view.getUint32(rqes + (index % ENTRIES) * ENTRY + 12, true),
    }),
  };
}

const TOKEN = 3n << 48n;
const offsets = (count: number) => Array.from({ length: count }, (_, i) => TOKEN | BigInt(i * 4096));

describe('buffers given back in a batch', () => {
  test.each([
    ['an empty ring', 0],
    ['a ring about to wrap', 5],
    ['indices about to wrap', 2 ** 32 - 3],
  ])('%s takes as many as it has entries, in order', (_, start) => {
    const live = ring();
    live.indices = [start, start];
    expect(live.put(offsets(6))).toBe(6);
    expect(live.unread).toBe(6);
    expect(live.tail).toBe((start + 6) >>> 0);
    for (let i = 0; i < 6; i++) {
      expect(live.entry((start + i) >>> 0)).toEqual({ off: TOKEN | BigInt(i * 4096), len: 4096, pad: 0 });
    }
  });

  test('a ring with little room takes what fits, and a full one nothing', () => {
    const live = ring();
    live.indices = [10, 15];
    expect(live.put(offsets(7))).toBe(3);
    expect(live.unread).toBe(ENTRIES);
    expect(live.put(offsets(1))).toBe(0);
    expect(live.tail).toBe(18);
    expect(live.entry(15).off).toBe(TOKEN);
    expect(live.entry(17).off).toBe(TOKEN | 8192n);
  });

  test('an empty batch changes nothing', () => {
    const live = ring();
    live.indices = [4, 4];
    expect([live.put([]), live.unread, live.tail]).toEqual([0, 0, 4]);
  });
});
