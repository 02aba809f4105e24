import { type MeteredInstance, Metrics, type MetricsServer, serveMetrics } from '../../metrics/index.js';
import type { MetricsAddress } from '../../metrics/listen.js';
import type { Watched } from './watched.js';
import type { Listener } from './watcher.js';

const meteredOf = ({ subject, health }: Watched): MeteredInstance => ({
  labels: { process: subject.process, ring: String(subject.ring), zcrx_id: String(subject.zcrx_id) },
  process_key: `${subject.pid}:${subject.start_time}`,
  health,
});

/** A watch as metrics over HTTP. */
export class MetricsListener implements Listener {
  private readonly metrics: Metrics;
  private latest: readonly Watched[] = [];
  private readonly failed = new WeakMap<Watched, number>();
  private server: MetricsServer | undefined;

  constructor() {
    this.metrics = new Metrics({ instances: () => this.latest.map(meteredOf) });
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
      for (let told = this.failed.get(watched) ?? 0; told < watched.readErrors; told++)
        this.metrics.readFailed();
      this.failed.set(watched, watched.readErrors);
    }
  }

  async close(): Promise<void> {
    await this.server?.close();
  }
}
