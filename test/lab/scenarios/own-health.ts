import assert from 'node:assert/strict';
import { type HealthState, watchHealth } from 'zcrx/health';
import { Metrics, serveMetrics } from 'zcrx/metrics';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { PAGE } from './support/page.js';
import { until } from './support/process.js';
import { collect, connection, payload, same } from './support/traffic.js';

// The health of an instance in its own process, as metrics too: what the documentation shows in a few lines.

export default {
  'an instance of this process: health and metrics say what the kernel counted': {
    timeoutMs: 60_000,
    run: () =>
      withInstance({ areaSize: 1024 * PAGE, rearm: true }, async (zcrx) => {
        const states: HealthState[] = [];
        const watch = watchHealth(zcrx, { onChange: ({ state }) => states.push(state) });
        const labels = { process: 'ingest', ring: '0', zcrx_id: String(zcrx.id) };
        const metrics = new Metrics({ instances: () => [{ labels, health: watch.health() }], reuse_ms: 0 });
        const server = await serveMetrics(metrics, { port: 0 });
        try {
          const wire = await connection();
          const bytes = payload(256 * PAGE);
          const received = collect(zcrx.receive(wire.accepted));
          // slow enough to be seen while it goes on
          for (let at = 0; at < bytes.length; at += 4 * PAGE) {
            wire.client.write(bytes.subarray(at, at + 4 * PAGE));
            await new Promise((resolve) => setTimeout(resolve, 40));
          }
          wire.client.end();
          same(await received, bytes);
          const { copy_count, copy_bytes, received_bytes } = zcrx.stats();
          await until('it is seen', () => watch.health().counters?.copy_bytes === copy_bytes);
          assert.deepEqual(states, ['copying']);
          const { reason, events, copied_share } = watch.health();
          assert.equal(reason, 'copied-without-device');
          assert.ok((events?.copy.count ?? 0) > 0);
          assert.equal(copied_share, 1);
          const text = await (await fetch(server.url)).text();
          const value = (name: string) =>
            new RegExp(`^${name}\\{process="ingest",ring="0",zcrx_id="0"\\} (\\d+)$`, 'm').exec(text)?.[1];
          assert.equal(value('zcrx_copy_fallback_total'), `${copy_count}`);
          assert.equal(value('zcrx_copy_fallback_bytes_total'), `${copy_bytes}`);
          assert.equal(value('zcrx_received_bytes_total'), `${received_bytes}`);
          assert.match(text, /^zcrx_events_total\{.*type="copy"\} [1-9]/m);
          wire.close();
        } finally {
          watch.stop();
          await server.close();
        }
      }),
  },
} satisfies Scenarios;
