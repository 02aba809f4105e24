import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/generated/rules.js';
import { fixBundle } from '../../src/verdict/fix.js';
import { KNOWN_SERIES, VerdictModel } from '../../src/verdict/index.js';
import { isIn, seriesOf } from '../../src/verdict/series.js';
import { worded } from '../../src/verdict/words.js';
import { callOf, type Row } from './verdict-rows.js';
import { ROWS, TABLES } from './verdict-tables.js';

const ruleNamed = new Map(RULES.map((rule) => [rule.name, rule]));

const model = new VerdictModel();
const judge = (row: Row, kernel?: string) => model.judge(callOf(row, kernel));
const title = ({ rule, field }: Row) => `${rule}: ${field}`;

/** What refuses nothing. */
const WITHOUT_ROW = new Set(['ok', 'unproved']);

test('every rule has a row and a sentence', () => {
  const inRows = new Set(ROWS.map(({ rule }) => rule));
  const refusing = RULES.filter(({ name }) => !WITHOUT_ROW.has(name));
  expect(refusing.filter(({ name }) => !inRows.has(name))).toEqual([]);
  expect(RULES.filter(({ errno, name }) => errno !== null && !worded(name))).toEqual([]);
});

describe.each(Object.entries(TABLES))('%s', (_about, rows) => {
  test.each(rows.map((row) => [title(row), row] as const))('%s', (_title, row) => {
    const { errno, rule, field, findings, instances } = judge(row);
    const { entry, since } = ruleNamed.get(row.rule) as (typeof RULES)[number];
    const [first, ...others] = findings;
    expect(first).toEqual({
      rule: row.rule,
      errno: row.errno,
      field: row.field,
      value: expect.stringMatching(/^-?\d+$/),
      message: row.message,
      since: since ?? KNOWN_SERIES[0],
      ...(ruleNamed.get(row.rule)?.until && { until: ruleNamed.get(row.rule)?.until }),
      ...(row.fix && { fix: { field: row.fix[0], value: row.fix[1] } }),
      ...(entry && { entry: 0 }),
    });
    expect(others.map((each) => each.rule)).toEqual(row.also ?? []);
    // A question that is refused leaves the query itself alone; what is refused leaves the instances alone.
    if (entry) expect([errno, rule, field]).toEqual([null, 'ok', null]);
    else expect([errno, rule, field]).toEqual([row.errno, row.rule, row.field]);
    expect(instances).toEqual(callOf(row).instances ?? []);
  });
});

describe('a message', () => {
  const messages = ROWS.map((row) => [title(row), row] as const);
  test.each(messages)('names what it is about: %s', (_title, { message, field, rule }) => {
    // Facts of the ring and the caller have no field in any struct.
    const isOfCaller = ['capable', 'other_task', 'restricted'].includes(field);
    if (!isOfCaller) expect(message.startsWith(field)).toBe(true);
    expect(message).not.toMatch(/undefined|null|NaN|\[object/);
    expect(message.length, rule).toBeLessThan(260);
  });
});

describe('a suggested fix', () => {
  const fixable = ROWS.filter(({ fix, call }) => fix && !call);
  test.each(fixable.map((row) => [title(row), row] as const))('satisfies %s', (_title, row) => {
    const { applied, checked } = fixBundle(row.bundle);
    const change = { field: row.fix?.[0], rule: row.rule, to: row.fix?.[1] };
    expect(applied).toContainEqual({ ...change, from: expect.any(String) });
    const left = checked.verdict.findings.filter(
      (each) => each.rule === row.rule && each.field === row.field,
    );
    expect(left).toEqual([]);
  });
});

describe('a rule holds', () => {
  const bound = ROWS.filter((row) => !row.onlyHere);
  test.each(bound.map((row) => [title(row), row] as const))('since and until when: %s', (_title, row) => {
    const rule = ruleNamed.get(row.rule) as (typeof RULES)[number];
    const broken = KNOWN_SERIES.filter((series) =>
      judge(row, series).findings.some((each) => each.rule === row.rule && each.field === row.field),
    );
    expect(broken).toEqual(KNOWN_SERIES.filter((series) => isIn(seriesOf(series).number, rule)));
  });
});
