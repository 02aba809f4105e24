import {
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import { packageVersion } from '../version.js';
import { FAMILIES, type Family } from './families.js';
import type { MeteredInstance } from './instance.js';
import { LabelBook, type LabelledInstance } from './labels.js';
import { SharedText } from './shared-text.js';

export interface MetricsOptions {
  /** The instances that are there now. Asked for anew each time that metrics are made; what is no longer there is not told of. */
  readonly instances: () => Iterable<MeteredInstance>;
  /** Milliseconds for which a text that was made answers further scrapes too. Default 100, 0 for none. */
  readonly reuse_ms?: number;
}

/** Seconds. A mapped instance is read in some microseconds; a process that is stopped or swapped out can take long. */
const READ_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5];
/** Seconds. Ten thousand instances take some tenths of one. */
const SCRAPE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 2.5];

const INSTANCE_LABELS = ['process', 'ring', 'zcrx_id'] as const;

/**
 * Instances as metrics for Prometheus. The values are those of `MeteredInstance.health`, asked for when metrics are
 * made; nothing of an instance is kept beyond that.
 *
 * @example
 * const metrics = new Metrics({ instances: () => [{ labels: { process: 'ingest', ring: '12', zcrx_id: '0' }, health: monitor.health() }] });
 * await serveMetrics(metrics, { port: 9464 });
 */
export class Metrics {
  readonly #instances: () => Iterable<MeteredInstance>;
  readonly #labels = new LabelBook();
  readonly #read: Histogram;
  readonly #scrape: Histogram;
  readonly #plain: SharedText;
  readonly #open: SharedText;
  #readErrors = 0;
  #rows: readonly LabelledInstance[] | undefined;

  constructor({ instances, reuse_ms = 100 }: MetricsOptions) {
    this.#instances = instances;
    this.#read = new Histogram({
      name: 'zcrx_read_duration_seconds',
      help: 'Seconds that reading the counters of one instance took.',
      buckets: READ_BUCKETS,
      registers: [],
    });
    this.#scrape = new Histogram({
      name: 'zcrx_scrape_duration_seconds',
      help: 'Seconds that making the text for a scrape took; scrapes at the same time share one.',
      buckets: SCRAPE_BUCKETS,
      registers: [],
    });
    // One registry a form: prom-client renames the counters of a registry when it writes OpenMetrics.
    const plain = this.register(new Registry());
    const open = this.register(new Registry<OpenMetricsContentType>());
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#plain = new SharedText(() => this.#make(plain), reuse_ms);
    this.#open = new SharedText(() => this.#make(open), reuse_ms);
  }

  /**
   * The text of a scrape, in the form of Prometheus (`text/plain; version=0.0.4`) or of OpenMetrics. Scrapes at the same
   * time, and those within `reuse_ms`, get the same text; all its values are of one moment.
   *
   * @throws whatever `instances` throws
   */
  text(openMetrics = false): Promise<string> {
    return (openMetrics ? this.#open : this.#plain).get();
  }

  /** An instance was read, which took so many seconds. */
  read(seconds: number): void {
    this.#read.observe(seconds);
  }

  /** An instance could not be read. */
  readFailed(): void {
    this.#readErrors++;
  }

  /**
   * Adds these metrics to a registry of prom-client, for a program that serves metrics of its own. A registry keeps the
   * form that it has: one that was asked for OpenMetrics once does not go back.
   *
   * @throws Error of prom-client where the registry has metrics of these names already
   */
  register<Form extends RegistryContentType>(registry: Registry<Form>): Registry<Form> {
    for (const family of FAMILIES) this.#add(family, registry);
    const registers = [registry] as Registry[];
    const version = packageVersion();
    new Gauge({
      name: 'zcrx_build_info',
      help: '1, with the version of zcrx.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    const rows = () => this.#now();
    new Gauge({
      name: 'zcrx_instances',
      help: 'Instances that are watched now.',
      registers,
      collect() {
        this.set(rows().length);
      },
    });
    const readErrors = () => this.#readErrors;
    new Counter({
      name: 'zcrx_read_errors_total',
      help: 'Times that the counters of an instance could not be read.',
      registers,
      collect() {
        this.reset();
        this.inc(readErrors());
      },
    });
    registry.registerMetric(this.#read);
    registry.registerMetric(this.#scrape);
    return registry;
  }

  #add({ name, help, type, label, samples }: Family, registry: Registry<RegistryContentType>): void {
    const rows = () => this.#now();
    const config = {
      name,
      help,
      labelNames: [...INSTANCE_LABELS, ...(label === undefined ? [] : [label])],
      registers: [registry] as Registry[],
    };
    // Made anew each time: what is gone leaves nothing behind.
    function collect(metric: Counter | Gauge): void {
      metric.reset();
      for (const { labels, health, shared } of rows()) {
        for (const [value, which] of samples(health, shared)) {
          if (value === undefined) continue;
          metric.inc(label === undefined ? labels : { ...labels, [label]: which }, Number(value));
        }
      }
    }
    if (type === 'counter') {
      new Counter({
        ...config,
        collect() {
          collect(this);
        },
      });
    } else {
      new Gauge({
        ...config,
        collect() {
          collect(this);
        },
      });
    }
  }

  /**
   * The instances of this moment. A registry asks its metrics one after the other without letting anything between, so
   * the first asks the instances, and all that follow get the same answer: values of one text belong together.
   */
  #now(): readonly LabelledInstance[] {
    if (this.#rows === undefined) {
      this.#rows = this.#labels.label(this.#instances());
      queueMicrotask(() => {
        this.#rows = undefined;
      });
    }
    return this.#rows;
  }

  async #make(registry: Registry<RegistryContentType>): Promise<string> {
    const begun = performance.now();
    const text = await registry.metrics();
    this.#scrape.observe((performance.now() - begun) / 1000);
    return text;
  }
}
