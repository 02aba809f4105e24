import { Counter, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { type MeteredInstance, Metrics } from '../../src/metrics/index.js';
import { packageVersion } from '../../src/version.js';
import { health, instance, readExposition, valuesOf } from './metrics-exposition.js';

const OWN = instance('ingest', {
  state: 'copying',
  counters: { copy_count: 3n, copy_bytes: 65_536n },
  received_bytes: 1_000_000n,
  resets: 2,
  free_entries: 17,
  events: { copy: { count: 5 }, alloc_fail: { count: 0 } },
  stalls: { count: 4, total: 1_500_000_000n, longest: 1_000_000_000n },
});

const FOREIGN = instance('theirs', {
  state: 'unknown',
  inferred: true,
  counters: undefined,
});

const metricsOf = (...instances: MeteredInstance[]) =>
  new Metrics({ instances: () => instances, reuse_ms: 0 });

describe.each([
  ['Prometheus', false],
  ['OpenMetrics', true],
])('in the form of %s', (_form, openMetrics) => {
  test('every metric has its type and its value', async () => {
    const families = readExposition(await metricsOf(OWN).text(openMetrics), openMetrics);
    const of = (type: string) =>
      families
        .filter((family) => family.type === type)
        .map(({ name }) => name)
        .sort();
    const counters = [
      'zcrx_copy_fallback_bytes_total',
      'zcrx_copy_fallback_total',
      'zcrx_resets_total',
      'zcrx_events_total',
      'zcrx_read_errors_total',
      'zcrx_received_bytes_total',
      'zcrx_stall_seconds_total',
      'zcrx_stalls_total',
    ];
    expect(of('counter')).toEqual(
      counters.map((name) => (openMetrics ? name.replace(/_total$/, '') : name)).sort(),
    );
    expect(of('gauge')).toEqual([
      'zcrx_build_info',
      'zcrx_instance_state',
      'zcrx_instance_state_inferred',
      'zcrx_instances',
      'zcrx_refill_free_entries',
      'zcrx_statistics_shared',
    ]);
    expect(of('histogram')).toEqual(['zcrx_read_duration_seconds', 'zcrx_scrape_duration_seconds']);
    const values = Object.fromEntries(
      families
        .filter(({ type }) => type !== 'histogram')
        .flatMap(({ series }) => series)
        .map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), Number(value)]),
    );
    expect(values).toEqual({
      'zcrx_copy_fallback_total ingest 12 0': 3,
      'zcrx_copy_fallback_bytes_total ingest 12 0': 65_536,
      'zcrx_received_bytes_total ingest 12 0': 1_000_000,
      'zcrx_events_total ingest 12 0 copy': 5,
      'zcrx_events_total ingest 12 0 alloc_fail': 0,
      'zcrx_stalls_total ingest 12 0': 4,
      'zcrx_stall_seconds_total ingest 12 0': 1.5,
      'zcrx_instance_state ingest 12 0 zero-copy': 0,
      'zcrx_instance_state ingest 12 0 copying': 1,
      'zcrx_instance_state ingest 12 0 starving': 0,
      'zcrx_instance_state ingest 12 0 stalled': 0,
      'zcrx_instance_state ingest 12 0 unknown': 0,
      'zcrx_instance_state_inferred ingest 12 0': 0,
      'zcrx_refill_free_entries ingest 12 0': 17,
      'zcrx_resets_total ingest 12 0': 2,
      'zcrx_statistics_shared ingest 12 0': 0,
      [`zcrx_build_info ${packageVersion()}`]: 1,
      zcrx_instances: 1,
      zcrx_read_errors_total: 0,
    });
  });

  test('what is not known is absent, and not zero', async () => {
    const families = readExposition(await metricsOf(FOREIGN).text(openMetrics), openMetrics);
    const told = families.flatMap(({ series }) => series).filter(({ labels }) => labels.process === 'theirs');
    expect([...new Set(told.map(({ name }) => name))].sort()).toEqual([
      'zcrx_instance_state',
      'zcrx_instance_state_inferred',
      'zcrx_resets_total',
      'zcrx_statistics_shared',
    ]);
  });

  test('an importer tells its standstills when it had one, and that it shares its counters', async () => {
    const stalls = { count: 1, total: 500_000_000n, longest: 500_000_000n };
    const text = await metricsOf({ ...instance('importer', { stalls }), shared: true }).text(openMetrics);
    const of = (name: string) => valuesOf(text, name, openMetrics);
    expect(of('zcrx_stalls_total')).toEqual({ 'importer 12 0': 1 });
    expect(of('zcrx_stall_seconds_total')).toEqual({ 'importer 12 0': 0.5 });
    expect(of('zcrx_events_total')).toEqual({});
    expect(of('zcrx_statistics_shared')).toEqual({ 'importer 12 0': 1 });
  });

  test('a hostile name is a label and nothing else', async () => {
    const names = [
      'a"} 1\nzcrx_instances 666\n# EOF\n',
      '\\',
      '\\"',
      '\\n',
      '<script>alert(1)</script>',
      '\u0000\u001b[31m\u202e',
      '\ud800',
      '',
      '{}=,#',
      'ä'.repeat(10_000),
      ',ring:1,zcrx_id:1,',
      '__proto__',
    ];
    const text = await metricsOf(
      ...names.map((name, n) => instance(name, { counters: { copy_count: BigInt(n), copy_bytes: 0n } })),
    ).text(openMetrics);
    const values = valuesOf(text, 'zcrx_copy_fallback_total', openMetrics);
    expect(Object.values(values)).toEqual(names.map((_, n) => n));
    expect(Object.keys(values)).toEqual([
      'a"} 1 zcrx_instances 666 # EOF 12 0',
      '\\ 12 0',
      '\\" 12 0',
      '\\n 12 0',
      '<script>alert(1)</script> 12 0',
      '\\u0000\\u001b[31m\\u202e 12 0',
      '\ufffd 12 0',
      ' 12 0',
      '{}=,# 12 0',
      `${'ä'.repeat(63)}… 12 0`,
      ',ring:1,zcrx_id:1, 12 0',
      '__proto__ 12 0',
    ]);
    expect(valuesOf(text, 'zcrx_instances', openMetrics)).toEqual({ '': names.length });
  });

  test('counters of 64 bits are as near as a float comes', async () => {
    const big = { counters: { copy_count: 2n ** 53n, copy_bytes: 2n ** 64n - 1n } };
    const text = await metricsOf(instance('big', big)).text(openMetrics);
    expect(valuesOf(text, 'zcrx_copy_fallback_total', openMetrics)).toEqual({ 'big 12 0': 2 ** 53 });
    expect(valuesOf(text, 'zcrx_copy_fallback_bytes_total', openMetrics)).toEqual({ 'big 12 0': 2 ** 64 });
  });

  test('with no instance there are no series of one', async () => {
    const text = await metricsOf().text(openMetrics);
    expect(text).not.toContain('process=');
    expect(valuesOf(text, 'zcrx_instances', openMetrics)).toEqual({ '': 0 });
  });
});

test('both forms can be asked for in turn, and say the same', async () => {
  const metrics = metricsOf(OWN);
  const of = async (openMetrics: boolean) =>
    readExposition(await metrics.text(openMetrics), openMetrics)
      .filter(({ name }) => !name.includes('duration'))
      .flatMap(({ series }) => series);
  const first = await of(false);
  expect(await of(true)).toEqual(first);
  expect(await of(false)).toEqual(first);
});

test('reads and their failures are counted', async () => {
  const metrics = metricsOf();
  for (const seconds of [0.000_004, 0.000_005, 0.02, 3]) metrics.read(seconds);
  metrics.readFailed();
  const text = await metrics.text();
  expect(valuesOf(text, 'zcrx_read_errors_total')).toEqual({ '': 1 });
  expect(valuesOf(text, 'zcrx_read_duration_seconds_count')).toEqual({ '': 4 });
  expect(valuesOf(text, 'zcrx_read_duration_seconds_bucket')).toMatchObject({
    '0.00001': 2,
    '0.1': 3,
    '+Inf': 4,
  });
  expect(valuesOf(text, 'zcrx_scrape_duration_seconds_count')).toEqual({ '': 0 });
  expect(valuesOf(await metrics.text(), 'zcrx_scrape_duration_seconds_count')).toEqual({ '': 1 });
});

describe('one text for many', () => {
  test('who asks at the same time, or shortly after, gets the same text', async () => {
    let made = 0;
    const instances = () => {
      made++;
      return [OWN];
    };
    const metrics = new Metrics({ instances, reuse_ms: 500 });
    const texts = await Promise.all(Array.from({ length: 1_000 }, () => metrics.text()));
    expect(new Set(texts).size).toBe(1);
    await metrics.text();
    expect(made).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await metrics.text();
    expect(made).toBe(2);
  });

  test('all values of a text are of one moment', async () => {
    let moment = 0n;
    // Each look at an instance is a moment of its own.
    const moving = (name: string): MeteredInstance => ({
      labels: { process: name, ring: '1', zcrx_id: '0' },
      get health() {
        moment++;
        return health({
          counters: { copy_count: moment, copy_bytes: moment * 4096n },
          received_bytes: moment * 8192n,
        });
      },
    });
    const metrics = metricsOf(moving('a'), moving('b'));
    for (let n = 0; n < 20; n++) {
      const text = await metrics.text(n % 2 === 0);
      const counts = valuesOf(text, 'zcrx_copy_fallback_total', n % 2 === 0);
      const bytes = valuesOf(text, 'zcrx_copy_fallback_bytes_total', n % 2 === 0);
      const received = valuesOf(text, 'zcrx_received_bytes_total', n % 2 === 0);
      expect(counts).toEqual({ 'a 1 0': 2 * n + 1, 'b 1 0': 2 * n + 2 });
      for (const [key, count] of Object.entries(counts)) {
        expect([bytes[key], received[key]]).toEqual([count * 4096, count * 8192]);
      }
    }
  });

  test('a source that fails once fails that text, and not the next', async () => {
    let fails = true;
    const metrics = new Metrics({
      reuse_ms: 0,
      instances: () => {
        if (fails) throw new Error('no such process');
        return [OWN];
      },
    });
    await expect(metrics.text()).rejects.toThrow('no such process');
    fails = false;
    expect(valuesOf(await metrics.text(), 'zcrx_instances')).toEqual({ '': 1 });
  });
});

test('a registry of the program’s own takes them up', async () => {
  const registry = new Registry();
  new Counter({ name: 'zcrx_of_their_own', help: 'Theirs.', registers: [registry] }).inc(7);
  metricsOf(OWN).register(registry);
  const text = await registry.metrics();
  expect(valuesOf(text, 'zcrx_of_their_own')).toEqual({ '': 7 });
  expect(valuesOf(text, 'zcrx_copy_fallback_total')).toEqual({ 'ingest 12 0': 3 });
  expect(() => metricsOf().register(registry)).toThrow('already been registered');
});
