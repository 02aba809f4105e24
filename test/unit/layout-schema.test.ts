import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { layouts } from '../../src/index.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../dist/${name}`, import.meta.url), 'utf8'));

const schema = read('layout.schema.json');
const isLayout = new Ajv2020({ allErrors: true }).compile(schema);

test('layout.json is what its schema says', () => {
  isLayout(read('layout.json'));
  expect(isLayout.errors).toBeNull();
});

test('what the library calls layouts is such a document too', () => {
  isLayout(structuredClone(layouts));
  expect(isLayout.errors).toBeNull();
});

type Changed = (layout: ReturnType<typeof read>) => void;

describe('what is no layout is refused', () => {
  const rows: [string, Changed][] = [
    ['a field without offset', ({ structs }) => delete structs[0].fields[0].offset],
    ['an offset as text', ({ structs }) => Object.assign(structs[0].fields[0], { offset: '0' })],
    ['a rule that there is not', ({ structs }) => Object.assign(structs[0].fields[0], { rule: 'maybe' })],
    ['a key that there is not', ({ structs }) => Object.assign(structs[0], { length: 16 })],
    ['a set without use', ({ structs }) => Object.assign(structs[0].fields[0], { set: 'zcrx_event_type' })],
    ['a struct without fields', ({ structs }) => Object.assign(structs[0], { fields: [] })],
    ['names of one revision only', ({ structs }) => delete structs[0].names.rc],
    ['a value as a number', ({ constants }) => Object.assign(constants[0], { value: 1 })],
    ['an export of an unknown type', ({ exports }) => Object.assign(exports[0], { result: 'f64' })],
    ['another format', (layout) => Object.assign(layout, { format: 2 })],
  ];
  test.each(rows)('%s', (_, change) => {
    const changed = read('layout.json');
    change(changed);
    expect(isLayout(changed)).toBe(false);
  });
});
