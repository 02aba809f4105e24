import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Metrics } from '../../src/metrics/index.js';
import { findPrometheus } from '../prepare.mjs';
import { instance, readExposition } from '../unit/metrics-exposition.js';
import { chosen, dashboard, expressions } from './dashboard.js';
import { promtool } from './prometheus.js';

const ALERTS = join(import.meta.dirname, '../../src/metrics/prometheus/alerts.yml');

const everything = new Metrics({
  instances: () => [
    instance('a "quoted\\ name"', {
      received_bytes: 1n,
      free_entries: 1,
      events: { copy: { count: 1 }, alloc_fail: { count: 1 } },
    }),
  ],
});

const names = async () =>
  new Set(
    readExposition(await everything.text(), false).flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );

/** The names of metrics of ours in an expression. */
const used = (expression: string) =>
  expression.match(/\bzcrx_\w+(?=[{[) ]|$)/gm)?.filter((name) => name !== 'zcrx_id') ?? [];

const lint = (text: string) => {
  const { status, stdout, stderr } = spawnSync(findPrometheus('promtool') as string, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return [status, `${stdout}${stderr}`];
};

describe('metrics', () => {
  test('promtool has nothing to say against them', async () => {
    expect(lint(await everything.text())).toEqual([0, '']);
  });

  test('and would: what is no exposition is refused, and a bad name is told', () => {
    expect(lint('zcrx_x{a="b} 1\n')[0]).not.toBe(0);
    expect(lint('# HELP zcrx_x X.\n# TYPE zcrx_x counter\nzcrx_x 1\n')[1]).toContain(
      'should have "_total" suffix',
    );
  });
});

describe('alerts', () => {
  test('promtool finds nothing wrong with the rules', async () => {
    expect(await promtool('check', 'rules', '--lint=all', '--lint-fatal', ALERTS)).toEqual({
      status: 0,
      said: expect.stringContaining('SUCCESS: 8 rules found'),
    });
  });

  test('each fires when it should, and only then', async () => {
    const { status, said } = await promtool('test', 'rules', join(import.meta.dirname, 'alerts-test.yml'));
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test('each has a test, and words: what it is, and what to do', () => {
    const rules = readFileSync(ALERTS, 'utf8').split('- alert: ').slice(1);
    const tests = readFileSync(join(import.meta.dirname, 'alerts-test.yml'), 'utf8');
    for (const rule of rules) {
      const name = rule.split('\n')[0];
      expect(tests).toContain(`alertname="${name}",alertstate="firing"`);
      for (const part of ['severity:', 'summary:', 'description:', 'runbook:']) expect(rule).toContain(part);
    }
  });

  test('they ask for metrics that there are', async () => {
    const known = await names();
    const asked = [...readFileSync(ALERTS, 'utf8').matchAll(/expr: \|\n(.*?)for: /gs)].flatMap(
      ([, expression = '']) => used(expression),
    );
    expect(asked.length).toBeGreaterThanOrEqual(8);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  test('every expression is one of PromQL, as promtool sees it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zcrx-dashboard-'));
    const check = (texts: readonly string[]) => {
      const file = join(folder, 'rules.yml');
      const rules = texts.map((expr, n) => ({ record: `zcrx:dashboard_${n}`, expr }));
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      return promtool('check', 'rules', file);
    };
    try {
      expect(expressions.length).toBeGreaterThan(15);
      expect(await check(expressions)).toMatchObject({
        status: 0,
        said: expect.stringContaining(`${expressions.length} rules found`),
      });
      expect((await check(['rate(zcrx_copy_fallback_total)'])).status).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('it asks for metrics that there are, and shows each of them', async () => {
    const asked = new Set(expressions.flatMap(used));
    const known = await names();
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
    expect([...known].filter((name) => !asked.has(name) && !/_(sum|count)$/.test(name))).toEqual([]);
  });

  test('its variables are all there, and all used', () => {
    const variables = dashboard.templating.list.map(({ name }) => name);
    const text = JSON.stringify(dashboard.panels);
    expect(new Set(text.match(/\$\{?[a-z]\w*/g)?.map((name) => name.replace(/\$\{?/, '')))).toEqual(
      new Set(variables),
    );
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const sources = dashboard.panels.flatMap(({ datasource, targets }) => [
      datasource,
      ...targets.map((each) => each.datasource),
    ]);
    expect(new Set(sources.map(({ uid }) => uid))).toEqual(new Set(['$'.concat('{datasource}')]));
    for (const { definition = 'label_values(zcrx_build_info, x)' } of dashboard.templating.list) {
      expect(chosen(definition)).toMatch(/^label_values\(zcrx_\w+(\{[^$]*\})?, \w+\)$/);
    }
  });

  test('its panels are words and do not overlap', () => {
    const cells = new Set<string>();
    const ids = new Set(dashboard.panels.map(({ id }) => id));
    expect(ids.size).toBe(dashboard.panels.length);
    for (const { title, description, gridPos } of dashboard.panels) {
      expect(title.length * description.length).toBeGreaterThan(0);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`)).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });
});
