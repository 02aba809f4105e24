import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { authority, listen, type ServeAddress } from './listen.js';

/** What a request is told. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  /** What the browser may do with it. Default: nothing. */
  readonly policy?: string;
}

/** Makes a page. */
export type Page = (request: IncomingMessage) => Answer | Promise<Answer>;

/** What there is to be had, by path. */
export interface Site {
  /** What is served, as a message begins with it: `metrics`. */
  readonly what: string;
  /** Asked with GET or HEAD. @throws anything: the request is told `failed`, not the reason, which is not for everybody */
  readonly pages: ReadonlyMap<string, Page>;
  /** What is told for a path that there is not, and for a page that cannot be made. */
  readonly notFound: string;
  readonly failed: string;
}

/** A site that is being served. */
export interface WebServer {
  /** The address, and the port that was taken where any would do. */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8080`: before a path. */
  readonly origin: string;
  /** Serves no more. Answers that are under way have {@link CLOSING_MS} to end. */
  close(): Promise<void>;
}

const METHODS = 'GET, HEAD';
/** Bytes of the request line and the headers. Prometheus sends some 300, a browser some 800. */
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

async function answerTo(site: Site, request: IncomingMessage): Promise<Answer> {
  const page = site.pages.get(pathOf(request.url ?? '') ?? '');
  if (!page) return words(404, site.notFound);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return words(405, `method not allowed: only ${METHODS}`);
  }
  try {
    return await page(request);
  } catch {
    return words(500, site.failed);
  }
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, body, policy = "default-src 'none'" } = await answerTo(site, request);
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': policy,
    ...(status === 405 ? { allow: METHODS } : {}),
  });
  response.end(body);
}

/**
 * Serves a site over HTTP. Requests are never believed to be well meant: size, time and number are bounded. The server
 * keeps the program running until it is closed.
 *
 * @throws ListenError where the address cannot be had
 */
export async function serveSite(site: Site, address: ServeAddress): Promise<WebServer> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    // A body is read and thrown away by Node, for no longer than the request may take.
    (request, response) => void answer(site, request, response),
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
  const { address: host, port } = await listen(server, site.what, address);
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
    origin: `http://${authority(host, port)}`,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
