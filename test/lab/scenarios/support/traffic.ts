import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Chunk } from 'zcrx/bridge';

/** Both ends of a TCP connection over loopback. Node does not read the accepted end. */
export interface Connection {
  readonly accepted: Socket;
  readonly client: Socket;
  close(): void;
}

export function connection(host: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<Connection> {
  return connected({ host, port: 0 }, host);
}

/** The same by any listening address, and the host by which a client reaches it. */
export async function connected(at: { host: string; port: number }, host: string): Promise<Connection> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(at.port, at.host);
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host, noDelay: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown[],
  ];
  server.close();
  // One that is destroyed with data in flight resets the other.
  accepted.on('error', () => {});
  client.on('error', () => {});
  return {
    accepted,
    client,
    close() {
      accepted.destroy();
      client.destroy();
    },
  };
}

/** The descriptor of a connected socket. */
export const descriptorOf = (socket: Socket): number =>
  (socket as unknown as { _handle: { fd: number } })._handle.fd;

/** Bytes that differ from place to place and from one seed to the next. */
export function payload(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761) >>> 0;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state ^ (state >>> 15);
  }
  return Buffer.from(words.buffer, 0, length);
}

/** Writes all of it and waits until it has gone out. */
export function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** What a receive gives until its end, or until `enough` bytes. */
export async function collect(
  receive: AsyncIterable<Chunk>,
  enough = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of receive) {
    parts.push(Buffer.from(chunk.data));
    length += chunk.length;
    if (length >= enough) break;
  }
  return Buffer.concat(parts);
}

/** Comparing megabytes with `deepEqual` takes seconds and prints them all. */
export function same(got: Uint8Array, expected: Uint8Array): void {
  const a = Buffer.from(got.buffer, got.byteOffset, got.length);
  if (a.equals(expected)) return;
  const at = a.findIndex((byte, i) => byte !== expected[i]);
  throw new Error(`${got.length} bytes, expected ${expected.length}; first difference at ${at}`);
}
