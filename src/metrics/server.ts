import type { IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import { ListenError } from '../web/listen.js';
import { type Answer, type Page, serveSite, type WebServer } from '../web/server.js';
import { wantsOpenMetrics } from './accept.js';
import { MetricsError } from './error.js';
import type { MetricsAddress } from './listen.js';

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
  /** Serves no more. Answers that are under way have a quarter of a second to end. */
  close(): Promise<void>;
}

const PAGE = Buffer.from(
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>zcrx</title>' +
    '<h1>zcrx</h1><p>Health of zero-copy receive. <a href="/metrics">Metrics</a></p></html>\n',
);

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
 * The server keeps the program running until it is closed.
 *
 * @throws MetricsError where the address cannot be had
 */
export async function serveMetrics(source: TextSource, address: MetricsAddress): Promise<MetricsServer> {
  const bodies = new Bodies();

  async function metrics(request: IncomingMessage): Promise<Answer> {
    const openMetrics = wantsOpenMetrics(request.headers.accept);
    const text = await source.text(openMetrics);
    const type = openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
    return { status: 200, type, body: bodies.of(openMetrics, text) };
  }

  let server: WebServer;
  try {
    server = await serveSite(
      {
        what: 'metrics',
        pages: new Map<string, Page>([
          ['/', () => ({ status: 200, type: 'text/html; charset=utf-8', body: PAGE })],
          ['/metrics', metrics],
        ]),
        notFound: 'not found: the metrics are at /metrics',
        failed: 'the metrics could not be made',
      },
      address,
    );
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new MetricsError(error.code, error.message, { cause: error.cause });
  }
  const { host, port, origin } = server;
  return { host, port, url: `${origin}/metrics`, close: () => server.close() };
}
