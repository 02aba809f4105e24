import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isMetricsError, Metrics, type MetricsServer, serveMetrics } from '../../src/metrics/index.js';
import { instance, readExposition, valuesOf } from './metrics-exposition.js';
import { drain, OPEN, open, PLAIN, parseAnswer, request, send } from './metrics-http.js';

const servers: MetricsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(
  source: Pick<Metrics, 'text'> = new Metrics({ instances: () => [instance('ingest')] }),
  host?: string,
) {
  const server = await serveMetrics(source, { host, port: 0 });
  servers.push(server);
  return server;
}

/** That a server is as it was before whatever was done to it. */
async function expectGoingOn(server: MetricsServer) {
  const { status, body } = await send(server, request('GET /metrics HTTP/1.1'));
  expect([status, valuesOf(body, 'zcrx_instances')]).toEqual([200, { '': 1 }]);
}

describe('what is asked for is answered', () => {
  test('it serves on 127.0.0.1 unless told otherwise', async () => {
    const server = await serve();
    expect(server.host).toBe('127.0.0.1');
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/metrics`);
    expect((await fetch(server.url)).status).toBe(200);
  });

  test('and on IPv6', async () => {
    const server = await serve(undefined, '::1');
    expect(server.url).toBe(`http://[::1]:${server.port}/metrics`);
    expect((await fetch(server.url)).status).toBe(200);
  });

  // What Prometheus 2.42 sends, and what browsers and curl do.
  test.each([
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPEN,
    ],
    ['application/openmetrics-text; version="1.0.0"', OPEN],
    ['APPLICATION/OPENMETRICS-TEXT', OPEN],
    ['text/plain;q=0.3, application/openmetrics-text;q=0.3', OPEN],
    ['text/plain, application/openmetrics-text;q=0.9', PLAIN],
    ['application/openmetrics-text;q=0', PLAIN],
    ['application/openmetrics-text;q=high', PLAIN],
    ['application/openmetrics-text;version=2.0.0', PLAIN],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', PLAIN],
    ['*/*', PLAIN],
    ['', PLAIN],
    [',;,;q=,=', PLAIN],
  ])('Accept: %s', async (accept, type) => {
    const server = await serve();
    const { status, headers, body } = await send(
      server,
      request('GET /metrics HTTP/1.1', `Accept: ${accept}`),
    );
    expect([status, headers['content-type']]).toEqual([200, type]);
    expect(readExposition(body, type === OPEN).length).toBe(16);
  });

  test('HEAD has the headers and no body', async () => {
    const server = await serve(new Metrics({ instances: () => [], reuse_ms: 10_000 }));
    const get = await send(server, request('GET /metrics HTTP/1.1'));
    const head = await send(server, request('HEAD /metrics HTTP/1.1'));
    expect(head.body).toBe('');
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(`${Buffer.byteLength(get.body)}`);
  });

  test('a page leads to the metrics', async () => {
    const { status, headers, body } = await send(await serve(), request('GET / HTTP/1.1'));
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('<a href="/metrics">');
  });

  test.each([
    ['GET /metrics?name=x#y HTTP/1.1', 200],
    ['GET http://x/metrics HTTP/1.1', 200],
    ['GET /metrics/ HTTP/1.1', 404],
    ['GET //metrics HTTP/1.1', 404],
    ['GET /../etc/passwd HTTP/1.1', 404],
    ['GET /%6detrics HTTP/1.1', 404],
    ['GET /favicon.ico HTTP/1.1', 404],
    ['POST /nowhere HTTP/1.1', 404],
    ['GET http://[ HTTP/1.1', 404],
    ['OPTIONS * HTTP/1.1', 404],
    ['POST /metrics HTTP/1.1', 405],
    ['PUT / HTTP/1.1', 405],
    ['DELETE /metrics HTTP/1.1', 405],
    ['OPTIONS /metrics HTTP/1.1', 405],
    ['TRACE /metrics HTTP/1.1', 405],
    ['CONNECT x:443 HTTP/1.1', 405],
    ['BREW /metrics HTTP/1.1', 400],
    ['GET /metrics HTTP/9.9', 400],
    ['GET /met rics HTTP/1.1', 400],
    ['\u0016\u0003\u0001\u0002\u0000', 400],
  ])('%j: %i', async (line, expected) => {
    const server = await serve();
    const { status, headers } = await send(server, request(line));
    expect(status).toBe(expected);
    expect(headers.allow).toBe(expected === 405 ? 'GET, HEAD' : undefined);
    await expectGoingOn(server);
  });

  test('where the metrics cannot be made it says so, without the reason, and goes on', async () => {
    let fails = true;
    const metrics = new Metrics({ instances: () => [instance('ingest')] });
    const server = await serve({
      text: async (openMetrics) => {
        if (fails) throw new Error('/proc/4711/secret');
        return metrics.text(openMetrics);
      },
    });
    const { status, body } = await send(server, request('GET /metrics HTTP/1.1'));
    expect([status, body]).toEqual([500, 'the metrics could not be made\n']);
    fails = false;
    await expectGoingOn(server);
  });
});

describe('requests that are not well meant', () => {
  test.each([
    ['a header', request('GET /metrics HTTP/1.1', `X: ${'x'.repeat(9_000)}`)],
    [
      'many headers',
      request('GET /metrics HTTP/1.1', ...Array.from({ length: 2_000 }, (_, n) => `X-${n}: y`)),
    ],
    ['a path', request(`GET /${'x'.repeat(9_000)} HTTP/1.1`)],
    ['a megabyte', request('GET /metrics HTTP/1.1', `X: ${'x'.repeat(2 ** 20)}`)],
  ])('%s too long is 431', async (_what, text) => {
    const server = await serve();
    expect((await send(server, text)).status).toBe(431);
    await expectGoingOn(server);
  });

  test.each([
    ['GET /metrics', 200],
    ['POST /metrics', 405],
  ])('the body of %s is not waited for', async (line, expected) => {
    const server = await serve();
    const socket = await open(
      server,
      `${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nbeginning`,
    );
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(`${chunk}`)),
    );
    expect(parseAnswer(answer).status).toBe(expected);
    await expectGoingOn(server);
    socket.destroy();
  });

  test('connections that end in the middle are no matter', async () => {
    const server = await serve();
    for (const text of ['', 'GET', 'GET /metrics HTTP/1.1\r\n', request('GET /metrics HTTP/1.1')]) {
      for (let n = 0; n < 50; n++) {
        const socket = await open(server, text);
        if (n % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    await expectGoingOn(server);
  });

  test('many requests on one connection, sent at once, are answered in turn', async () => {
    const server = await serve();
    const one = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    const answers = await drain(await open(server, one.repeat(99) + request('GET /metrics HTTP/1.1')));
    expect(answers.match(/^HTTP\/1\.1 200 OK/gm)?.length).toBe(100);
  });
});

describe('starting and ending', () => {
  test('a port that is taken is one clear error', async () => {
    const first = await serve();
    const taken = serveMetrics(new Metrics({ instances: () => [] }), { port: first.port });
    await expect(taken).rejects.toSatisfy((error) => isMetricsError(error, 'address-in-use'));
    await expect(taken).rejects.toThrow(
      `metrics cannot be served at 127.0.0.1:${first.port}: another program serves there already: take another port, or end that program`,
    );
    await expectGoingOn(first);
  });

  test.each([
    [{ host: '192.0.2.1', port: 0 }, 'no-such-address', 'this machine has no such address'],
    [{ host: '', port: 0 }, 'bad-address', 'host is ""'],
    [{ port: 65_536 }, 'bad-address', 'port is 65536'],
    [{ port: -1 }, 'bad-address', 'port is -1'],
    [{ port: 1.5 }, 'bad-address', 'port is 1.5'],
    [{ port: '9464' as unknown as number }, 'bad-address', 'port is "9464"'],
  ] as const)('%j is refused: %s', async (address, code, words) => {
    const refused = serveMetrics(new Metrics({ instances: () => [] }), address);
    await expect(refused).rejects.toSatisfy((error) => isMetricsError(error, code));
    await expect(refused).rejects.toThrow(words);
  });

  test('closing ends promptly, whoever is connected, and frees the port', async () => {
    const server = await serve();
    const idle = await open(server, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const half = await open(server, 'GET /metrics HTTP/1.1\r\n');
    const silent = await open(server);
    await new Promise((resolve) => idle.once('data', resolve));
    const begun = performance.now();
    await Promise.all([server.close(), server.close()]);
    expect(performance.now() - begun).toBeLessThan(3_000);
    for (const socket of [idle, half, silent]) socket.destroy();
    const again = createServer();
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject).listen(server.port, server.host, resolve);
    });
    again.close();
  });

  test('an answer that is under way when it closes comes whole', async () => {
    const metrics = new Metrics({ instances: () => [instance('ingest')] });
    const server = await serve({
      text: async (openMetrics) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return metrics.text(openMetrics);
      },
    });
    const answer = send(server, request('GET /metrics HTTP/1.1'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    const { status, body } = await answer;
    expect([status, readExposition(body, false).length]).toEqual([200, 16]);
  });
});
