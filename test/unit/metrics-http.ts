import { connect, type Socket } from 'node:net';
import type { MetricsServer } from '../../src/metrics/index.js';

/** The types of the two forms. */
export const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';

/** A request after which the server ends the connection. */
export const request = (line: string, ...headers: string[]) =>
  `${[line, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Opens a connection, and sends what is given, byte for byte. */
export async function open(server: Pick<MetricsServer, 'host' | 'port'>, text = ''): Promise<Socket> {
  const socket = connect(server.port, server.host);
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  if (text !== '') socket.write(text, 'latin1');
  return socket;
}

/** All that comes until the other side ends. */
export async function drain(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    received += chunk;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return received;
}

export function parseAnswer(received: string): RawAnswer {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const [line = '', ...headers] = head.split('\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? Number.NaN),
    headers: Object.fromEntries(
      headers.map((each) => [each.split(':')[0]?.toLowerCase(), each.replace(/^[^:]*: */, '')]),
    ),
    body: rest.join('\r\n\r\n'),
  };
}

/** Sends a request as it stands, and reads the answer. The request must make the server end the connection. */
export async function send(
  server: Pick<MetricsServer, 'host' | 'port'>,
  request: string,
): Promise<RawAnswer> {
  return parseAnswer(await drain(await open(server, request)));
}
