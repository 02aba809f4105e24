import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MeteredInstance, Metrics, type MetricsServer, serveMetrics } from '../../src/metrics/index.js';
import { instance } from '../unit/metrics-exposition.js';
import { dashboard, expressions } from './dashboard.js';
import { PrometheusServer, promtool, until } from './prometheus.js';
import { RecordedInstance } from './recorded.js';

const ALERTS = readFileSync(join(import.meta.dirname, '../../src/metrics/prometheus/alerts.yml'), 'utf8');

/** The rules as they are shipped, in a hurry: what takes minutes takes seconds. */
const HURRIED = ALERTS.replace(/for: \d+m/g, 'for: 1s').replace(/\[\dm\]/g, '[5s]');

const FOREIGN = instance(
  'theirs',
  { state: 'copying', inferred: true, counters: { copy_count: 7n, copy_bytes: 2n ** 53n + 2n } },
  '7',
);

/** A real Prometheus that scrapes us every second. What it answers is compared with the bytes of the recording. */
describe('a real Prometheus server', () => {
  let recorded: RecordedInstance;
  let instances: MeteredInstance[];
  let metrics: Metrics;
  let server: MetricsServer;
  let prometheus: PrometheusServer;
  const forms: boolean[] = [];

  beforeAll(async () => {
    recorded = await RecordedInstance.load();
    instances = [recorded, FOREIGN];
    metrics = new Metrics({ instances: () => instances });
    const source = {
      text: (openMetrics: boolean) => {
        forms.push(openMetrics);
        return metrics.text(openMetrics);
      },
    };
    server = await serveMetrics(source, { port: 0 });
    prometheus = await PrometheusServer.start([`${server.host}:${server.port}`], HURRIED);
  });

  afterAll(async () => {
    await prometheus?.stop();
    await server?.close();
  });

  const ours = (name: string, more = '') =>
    prometheus.value(`${name}{process="recorded",ring="12",zcrx_id="0"${more}}`);

  test('takes its configuration and the rules', async () => {
    const { status, said } = await promtool('check', 'config', prometheus.config);
    expect(said).toContain('SUCCESS: 8 rules found');
    expect(status).toBe(0);
  });

  test('tells what the kernel had counted, at every pause', async () => {
    for (const part of [0n, 1n, 2n, 3n, 4n]) {
      recorded.play((recorded.length * part) / 4n);
      await prometheus.scraped();
      const { copy_count, copy_bytes, received_bytes, copy_events } = recorded.counted;
      if (part === 0n) {
        // Nothing was read yet: nothing is known, and there is no series.
        expect(await prometheus.query('zcrx_copy_fallback_total{process="recorded"}')).toEqual([]);
        continue;
      }
      expect(await ours('zcrx_copy_fallback_total')).toBe(Number(copy_count));
      expect(await ours('zcrx_copy_fallback_bytes_total')).toBe(Number(copy_bytes));
      expect(await ours('zcrx_received_bytes_total')).toBe(Number(received_bytes));
      expect(await ours('zcrx_events_total', ',type="copy"')).toBe(copy_events);
      expect(await ours('zcrx_events_total', ',type="alloc_fail"')).toBe(0);
    }
    // What the recording ends with, as `zcrx run --backend replay` tells it.
    expect(recorded.counted).toEqual({
      copy_count: 708n,
      copy_bytes: 15_857_576n,
      received_bytes: 15_857_576n,
      copy_events: 8,
    });
  });

  test('keeps the types, scraped in OpenMetrics', async () => {
    expect(new Set(forms)).toEqual(new Set([true]));
    expect(await prometheus.targets()).toMatchObject([{ health: 'up', lastError: '' }]);
    const types = Object.fromEntries((await prometheus.metadata()).map(({ metric, type }) => [metric, type]));
    expect(types).toMatchObject({
      zcrx_copy_fallback: 'counter',
      zcrx_copy_fallback_bytes: 'counter',
      zcrx_events: 'counter',
      zcrx_instance_state: 'gauge',
      zcrx_read_duration_seconds: 'histogram',
    });
  });

  test('has nothing of what is not known of a process seen from outside', async () => {
    await prometheus.scraped();
    expect(await prometheus.value('zcrx_copy_fallback_total{process="theirs"}')).toBe(7);
    expect(await prometheus.value('zcrx_copy_fallback_bytes_total{process="theirs"}')).toBe(2 ** 53 + 2);
    expect(await prometheus.value('zcrx_instance_state{process="theirs",state="copying"}')).toBe(1);
    expect(await prometheus.value('zcrx_instance_state_inferred{process="theirs"}')).toBe(1);
    for (const name of [
      'zcrx_events_total',
      'zcrx_stalls_total',
      'zcrx_received_bytes_total',
      'zcrx_refill_free_entries',
    ]) {
      expect(await prometheus.query(`${name}{process="theirs"}`)).toEqual([]);
    }
  });

  test('shows something for every expression of the dashboard', async () => {
    metrics.read(0.000_01);
    instances = [
      { ...recorded, labels: recorded.labels, health: { ...recorded.health, free_entries: 4096 } },
      FOREIGN,
    ];
    await prometheus.scraped();
    await prometheus.scraped();
    const empty: string[] = [];
    for (const expression of expressions) {
      if ((await prometheus.query(expression)).length === 0) empty.push(expression);
    }
    expect(empty).toEqual([]);
    const state = dashboard.panels.find(({ title }) => title === 'State')?.targets[0]?.expr;
    const shown = await prometheus.query(expressions.find((each) => each.startsWith('max by')) as string);
    expect(state).toContain('$process');
    expect(Object.fromEntries(shown.map(({ metric, value }) => [metric.process, value[1]]))).toMatchObject({
      theirs: '2',
    });
  });

  test('the alerts fire: copying in a recorded run, as known by bytes, and elsewhere by the state', async () => {
    // What fired for what was played before is over first.
    instances = [];
    await until(async () => (await prometheus.alerts()).length === 0);
    const again = await RecordedInstance.load();
    instances = [again, FOREIGN];
    const begun = performance.now();
    // At a fifth of its pace, so that there are enough scrapes of it.
    const player = setInterval(
      () => again.play(BigInt(Math.round((performance.now() - begun) * 1e6)) / 5n),
      50,
    );
    try {
      const firing = async (name: string) =>
        (await prometheus.alerts()).find(
          ({ labels, state }) => labels.alertname === name && state === 'firing',
        );
      await until(async () => (await firing('ZcrxCopying')) !== undefined);
      const alert = await firing('ZcrxCopying');
      expect(alert?.labels).toMatchObject({
        process: 'recorded',
        ring: '12',
        zcrx_id: '0',
        severity: 'warning',
      });
      expect(alert?.annotations.summary).toMatch(/^recorded receives [\d.]+% of its data by copy$/);
      await until(async () => (await firing('ZcrxCopyingSeen')) !== undefined);
      expect((await firing('ZcrxCopyingSeen'))?.labels).toMatchObject({ process: 'theirs' });
      expect(await firing('ZcrxStarving')).toBeUndefined();
      expect(await firing('ZcrxExporterDown')).toBeUndefined();
    } finally {
      clearInterval(player);
    }
  });

  test('the series of what is gone end with it', async () => {
    instances = [FOREIGN];
    await prometheus.scraped();
    expect(await prometheus.query('{process="recorded",__name__=~"zcrx_.*"}')).toEqual([]);
    expect(await prometheus.value('zcrx_instances')).toBe(1);
    instances = [];
    await prometheus.scraped();
    expect(await prometheus.query('{process=~".+",__name__=~"zcrx_.*"}')).toEqual([]);
    expect(await prometheus.value('zcrx_instances')).toBe(0);
  });

  test('and an exporter that ends is missed', async () => {
    await server.close();
    await until(async () =>
      (await prometheus.alerts()).some(
        ({ labels, state }) => labels.alertname === 'ZcrxExporterDown' && state === 'firing',
      ),
    );
    expect(await prometheus.targets()).toMatchObject([{ health: 'down' }]);
  });
});
