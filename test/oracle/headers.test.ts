import { describe, expect, test } from 'vitest';
import { mergeHeaders } from './c-header.js';
import { probeProgram } from './c-probe.js';
import { parseFacts, runC } from './compiler.js';
import {
  absentNames,
  undescribedBytes,
  undescribedNames,
  undescribedRingNames,
  youngerNames,
} from './coverage.js';
import { layoutFacts } from './facts.js';
import { type Definition, earlierDefinition, releasedDefinition } from './headers.js';
import { builtLayout, isInternal } from './layout.js';

const layout = builtLayout();

const DEFINITIONS: readonly [string, () => Promise<Definition>][] = [
  ['the headers of Linux 7.3', () => releasedDefinition('7.3')],
  ['the headers of Linux 7.2', () => releasedDefinition('7.2')],
  ['revision v1 as published', () => earlierDefinition('v1')],
  ['revision rc as published', () => earlierDefinition('rc')],
];

/** Fetching headers for the first time takes as long as the network does. */
const FETCH_MS = 300_000;

describe.each(DEFINITIONS)('%s', { timeout: FETCH_MS }, (_title, load) => {
  test('the compiler agrees with every size, offset, type and value', async () => {
    const { dialect, includes, folders, whole, ring } = await load();
    const header = mergeHeaders([whole, ring]);
    const facts = parseFacts(await runC(probeProgram(layout, dialect, header, includes), folders));
    expect(facts).toEqual({ series: dialect.series, ...layoutFacts(layout, dialect) });
  });

  test('what is not there is what the layouts call younger', async () => {
    const { dialect, whole, ring } = await load();
    const absent = absentNames(layout, dialect.revision, mergeHeaders([whole, ring]));
    expect(absent).toEqual(youngerNames(layout, dialect));
  });

  test('nothing is there that the layouts lack', async () => {
    const { dialect, whole, ring } = await load();
    expect(undescribedNames(layout, dialect, whole)).toEqual([]);
    expect(undescribedRingNames(layout, dialect, ring)).toEqual([]);
  });
});

test('the younger names of 7.2 are ADD_AREA and what belongs to it', () => {
  expect(youngerNames(layout, { revision: 'event', series: '7.2' })).toEqual([
    'ZCRX_CTRL_ADD_AREA',
    'struct zcrx_ctrl_add_area',
    'zcrx_ctrl.zc_area',
  ]);
});

test('every byte of every struct belongs to a field', () => {
  expect(undescribedBytes(layout)).toEqual([]);
});

test('no header can confirm these, which the kernel keeps to itself', () => {
  const kept = [...layout.constants, ...layout.sets].filter(isInternal).map(({ name }) => name);
  expect(kept.sort()).toEqual(['IORING_MAP_OFF_ZCRX_REGION', 'IORING_OFF_ZCRX_SHIFT', 'IO_RQ_MAX_ENTRIES']);
});

test('what a field says of its type is consistent', () => {
  for (const { id, fields } of layout.structs) {
    for (const field of fields) {
      const nested = layout.structs.find((struct) => struct.id === field.struct);
      const bytes = Number(field.type.slice(1)) / 8;
      const expected = nested
        ? { type: nested.id, width: nested.size, align: nested.align, signed: false }
        : { type: field.type, width: bytes, align: bytes, signed: field.type.startsWith('i') };
      expect(field, `${id}.${field.name}`).toMatchObject(expected);
    }
  }
});

test('values of sets of flags are single bits', () => {
  for (const set of layout.sets) {
    for (const { kind, entries } of Object.values(set.revisions)) {
      if (kind === 'values') continue;
      for (const { name, value } of entries) expect(value, name).toBe(String(1n << BigInt(bitOf(value))));
    }
  }
});

test('each arm of zcrx_ctrl is that of its operation', () => {
  const ctrl = layout.structs.find(({ id }) => id === 'zcrx_ctrl')!;
  const values = layoutFacts(layout, { revision: 'event', series: '7.3' });
  const arms = ctrl.fields.filter(({ arm }) => arm !== undefined).map(({ name, arm }) => [name, String(arm)]);
  expect(Object.fromEntries(arms)).toEqual({
    zc_flush: values.ZCRX_CTRL_FLUSH_RQ,
    zc_export: values.ZCRX_CTRL_EXPORT,
    zc_arm_event: values.ZCRX_CTRL_ARM_EVENT,
    zc_area: values.ZCRX_CTRL_ADD_AREA,
  });
});

function bitOf(value: string): number {
  return BigInt(value).toString(2).length - 1;
}
