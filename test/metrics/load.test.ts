import { afterEach, describe, expect, test } from 'vitest';
import { Metrics, type MetricsServer, serveMetrics } from '../../src/metrics/index.js';
import { health, instance, valuesOf } from '../unit/metrics-exposition.js';
import { drain, OPEN, open, PLAIN, parseAnswer, request, send } from '../unit/metrics-http.js';

/** The server under more than it is made for. What it answers to single requests is in test/unit/metrics-server.test.ts. */

const servers: MetricsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(metrics = new Metrics({ instances: () => [instance('ingest')] })) {
  const server = await serveMetrics(metrics, { port: 0 });
  servers.push(server);
  return server;
}

/** That a server is as it was before whatever was done to it. */
async function expectGoingOn(server: MetricsServer) {
  const { status, body } = await send(server, request('GET /metrics HTTP/1.1'));
  expect([status, valuesOf(body, 'zcrx_instances')]).toEqual([200, { '': 1 }]);
}

describe('clients that mean to hold a connection for ever', () => {
  test('a body that never ends is cut off', async () => {
    const server = await serve();
    const socket = await open(
      server,
      'POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const more = setInterval(() => socket.write('5\r\nhello\r\n'), 50);
    const begun = performance.now();
    const { status } = parseAnswer(await drain(socket));
    clearInterval(more);
    expect(status).toBe(405);
    expect(performance.now() - begun).toBeLessThan(15_000);
    await expectGoingOn(server);
  }, 30_000);

  test('half requests and silent connections are ended, and cost nobody else anything', async () => {
    const server = await serve();
    const silent = await Promise.all(Array.from({ length: 50 }, () => open(server)));
    const halves = await Promise.all(
      Array.from({ length: 50 }, () => open(server, 'GET /metrics HTTP/1.1\r\nHo')),
    );
    // One byte at a time, as a client does that means to hold a connection for ever.
    const slow = await open(server, 'GET /metrics HTTP/1.1\r\nX: ');
    const drip = setInterval(() => slow.write('x'), 200);
    const begun = performance.now();
    await expectGoingOn(server);
    const answers = await Promise.all([...silent, ...halves, slow].map(drain));
    clearInterval(drip);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(new Set(answers.slice(50).map((each) => parseAnswer(each).status))).toEqual(new Set([408]));
    await expectGoingOn(server);
  }, 30_000);
});

/** Twenty instances whose every value is a multiple of the moment at which they were asked for. */
function moving(reuse_ms: number) {
  let moment = 0n;
  const metrics = new Metrics({
    reuse_ms,
    instances: () => {
      moment++;
      return Array.from({ length: 20 }, (_, n) => ({
        labels: { process: `process-${n}`, ring: '5', zcrx_id: '0' },
        health: health({
          counters: { copy_count: moment, copy_bytes: moment * 4096n },
          received_bytes: moment * 65_536n,
        }),
      }));
    },
  });
  return { metrics, made: () => Number(moment) };
}

/** 1,000 scrapes at once, each on a connection of its own, half of them in either form. @returns the moments that they tell of */
async function scrapeThousand(server: MetricsServer): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: 1_000 }, () => open(server)));
  const answers = await Promise.all(
    sockets.map((socket, n) => {
      const answer = drain(socket);
      socket.write(request('GET /metrics HTTP/1.1', `Accept: ${n % 2 ? OPEN : PLAIN}`));
      return answer;
    }),
  );
  return answers.map((received, n) => {
    const { status, headers, body } = parseAnswer(received);
    const openMetrics = n % 2 === 1;
    expect([status, headers['content-length']]).toEqual([200, `${Buffer.byteLength(body)}`]);
    const [count = 0, ...counts] = Object.values(valuesOf(body, 'zcrx_copy_fallback_total', openMetrics));
    expect(counts).toEqual(Array(19).fill(count));
    const bytes = Object.values(valuesOf(body, 'zcrx_copy_fallback_bytes_total', openMetrics));
    expect(bytes).toEqual(Array(20).fill(count * 4096));
    const received_bytes = Object.values(valuesOf(body, 'zcrx_received_bytes_total', openMetrics));
    expect(received_bytes).toEqual(Array(20).fill(count * 65_536));
    return count;
  });
}

describe('1,000 scrapes at once', () => {
  test('each is whole, and its values are of one moment, however often the text is made anew', async () => {
    const { metrics, made } = moving(0);
    const moments = await scrapeThousand(await serve(metrics));
    // Texts were made while others were being sent: else nothing was tried here.
    expect(new Set(moments).size).toBeGreaterThan(10);
    expect(Math.max(...moments)).toBe(made());
  });

  test('they share one text, and cost as one', async () => {
    const { metrics, made } = moving(60_000);
    const moments = await scrapeThousand(await serve(metrics));
    expect(made()).toBeLessThanOrEqual(2);
    expect(Math.max(...moments)).toBe(made());
  });
});
