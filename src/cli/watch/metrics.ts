import { type MeteredInstance, Metrics, type MetricsServer, serveMetrics } from '../../metrics/index.js';
import type { MetricsAddress } from '../../metrics/listen.js';
import type { Watched } from './watched.js';
import type { Listener } from './watcher.js';

const meteredOf = ({ subject, health }: Watched, shared: boolean): MeteredInstance => ({
  labels: { process: subject.process, ring: String(subject.ring), zcrx_id: String(subject.zcrx_id) },
  process_key: `${subject.pid}:${subject.start_time}`,
  health,
  shared,
});

/** A watch as metrics over HTTP. */
export class MetricsListener implements Listener {
  private readonly metrics: Metrics;
  private latest: readonly Watched[] = [];
  private readonly failed = new WeakMap<Watched, number>();
  private server: MetricsServer | undefined;

  constructor() {
    this.metrics = new Metrics({ instances: () => this.metered() });
  }

  /** Where the metrics are served then. @throws MetricsError where the address cannot be had */
  async serve(address: MetricsAddress): Promise<string> {
    this.server = await serveMetrics(this.metrics, address);
    return this.server.url;
  }

  judged(all: readonly Watched[]): void {
    this.latest = all;
    for (const watched of all) {
      this.metrics.read(watched.readSeconds);
      if (watched.readErrors > 0) this.tellFailures(watched);
    }
  }

  private tellFailures(watched: Watched): void {
    for (let told = this.failed.get(watched) ?? 0; told < watched.readErrors; told++)
      this.metrics.readFailed();
    this.failed.set(watched, watched.readErrors);
  }

  private metered(): MeteredInstance[] {
    const rings = new Map<string, number>();
    for (const { subject } of this.latest) {
      const { statistics } = subject;
      if (statistics !== undefined) rings.set(statistics, (rings.get(statistics) ?? 0) + 1);
    }
    return this.latest.map((watched) =>
      meteredOf(watched, (rings.get(watched.subject.statistics ?? '') ?? 0) > 1),
    );
  }

  async close(): Promise<void> {
    await this.server?.close();
  }
}
