import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Registry } from 'prom-client';
import { wantsOpenMetrics } from './accept.js';
import { authority, listen, type MetricsAddress } from './listen.js';

/** What metrics are made by: {@link Metrics}, or anything that makes such texts. */
export interface TextSource {
  text(openMetrics: boolean): Promise<string>;
}

/** Metrics that are being served. */
export interface MetricsServer {
  /** The address, and the port that was taken where any would do. */
  readonly host: string;
  readonly port: number;
  /** Where the metrics are. */
  readonly url: string;
  /** Serves no more. Answers that are under way have {@link CLOSING_MS} to end. */
  close(): Promise<void>;
}

const METHODS = 'GET, HEAD';
/** Bytes of the request line and the headers. Prometheus sends some 300. */
const MAX_HEADERS = 8 * 1024;
/** Milliseconds in which a request must have come, headers and all. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
/** Milliseconds after which a reader that takes nothing of its answer is cut off. */
const UNREAD_MS = 30_000;
/** Milliseconds that a connection may wait for its next request: longer than the usual intervals of scraping. */
const KEEP_ALIVE_MS = 65_000;
const MAX_CONNECTIONS = 2_000;
const CLOSING_MS = 250;

const PAGE = Buffer.from(
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>zcrx</title>' +
    '<h1>zcrx</h1><p>Health of zero-copy receive. <a href="/metrics">Metrics</a></p></html>\n',
);

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

const words = (status: number, text: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(`${text}\n`),
});

/** The path that a request names, in either form that HTTP has for it; undefined for what is no path. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.replace(/[?#].*$/s, '');
  return /^https?:/i.test(target) && URL.canParse(target) ? new URL(target).pathname : undefined;
}

/** Bytes of the last text of each form. Many connections may be sent them at once: they must not have copies of their own. */
class Bodies {
  readonly #last = new Map<boolean, { readonly text: string; readonly body: Buffer }>();

  of(openMetrics: boolean, text: string): Buffer {
    const last = this.#last.get(openMetrics);
    if (last?.text === text) return last.body;
    const body = Buffer.from(text);
    this.#last.set(openMetrics, { text, body });
    return body;
  }
}

/**
 * Serves metrics over HTTP: `/metrics` in the form that the Accept header asks for, and a page at `/` that leads there.
 * Requests are never believed to be well meant: size, time and number are bounded. The server keeps the program running
 * until it is closed.
 *
 * @throws MetricsError where the address cannot be had
 */
export async function serveMetrics(source: TextSource, address: MetricsAddress): Promise<MetricsServer> {
  const bodies = new Bodies();

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const path = pathOf(request.url ?? '');
    if (path !== '/' && path !== '/metrics') return words(404, 'not found: the metrics are at /metrics');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return words(405, `method not allowed: only ${METHODS}`);
    }
    if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: PAGE };
    const openMetrics = wantsOpenMetrics(request.headers.accept);
    try {
      const text = await source.text(openMetrics);
      const type = openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
      return { status: 200, type, body: bodies.of(openMetrics, text) };
    } catch {
      // What went wrong may name things that are not for everybody who asks.
      return words(500, 'the metrics could not be made');
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await answerTo(request);
    response.writeHead(status, {
      'content-type': type,
      'content-length': body.byteLength,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
      ...(status === 405 ? { allow: METHODS } : {}),
    });
    response.end(body);
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    // A body is read and thrown away by Node, for no longer than the request may take.
    (request, response) => void answer(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = UNREAD_MS;
  // Without this, Node ends such a connection without a word.
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: ${METHODS}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    socket.destroySoon();
  });
  const { address: host, port } = await listen(server, address);
  // A connection that cannot be taken is the loss of who made it, not the end of this program.
  server.on('error', () => {});

  let closing: Promise<void> | undefined;
  const close = () =>
    new Promise<void>((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  return {
    host,
    port,
    url: `http://${authority(host, port)}/metrics`,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
