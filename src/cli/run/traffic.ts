import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The payload repeats after this many bytes, so that both ends know every byte of it. */
const PERIOD = 1 << 20;
const SLICE_MS = 20;
/** Bytes written at once without a rate. */
const BURST = 1 << 17;

/** Where the two ends of the traffic meet. */
export interface Wire {
  /** What the receiving end listens on. */
  readonly address: string;
  /** 0 for any. */
  readonly port: number;
  /** What the sending end connects to. */
  readonly peer: string;
}

export const LOOPBACK: Wire = { address: '127.0.0.1', port: 0, peer: '127.0.0.1' };

/** Sends known bytes over a connection. */
class Sender {
  private readonly socket: Socket;
  private readonly pattern: Buffer;
  private count = 0;

  constructor(socket: Socket, pattern: Buffer) {
    this.socket = socket;
    this.pattern = pattern;
  }

  /** Bytes sent so far. */
  get sent(): number {
    return this.count;
  }

  /** Sends until aborted. `rate`: bytes a second, 0 for as fast as it goes. */
  async send(rate: number, signal: AbortSignal): Promise<void> {
    const before = this.count;
    const start = performance.now();
    while (!signal.aborted) {
      const elapsed = performance.now() - start;
      const due = rate === 0 ? BURST : Math.floor((rate * elapsed) / 1000) - (this.count - before);
      const size = Math.min(Math.max(due, 0), PERIOD);
      const from = this.count % PERIOD;
      this.count += size;
      if (size > 0 && !this.socket.write(this.pattern.subarray(from, from + size))) {
        await once(this.socket, 'drain', { signal }).catch(() => {});
      }
      if (rate !== 0) await sleep(SLICE_MS, undefined, { signal }).catch(() => {});
      else await sleep(0);
    }
  }

  /** Ends the connection. */
  end(): void {
    this.socket.end();
  }
}

/** TCP from this process to itself, of which both ends know every byte. */
export class Traffic {
  /** The receiving end; Node does not read from it. */
  readonly receiver: Socket;
  readonly sender: Sender;
  private readonly client: Socket;
  private readonly server: Server;
  private readonly pattern = Buffer.concat(new Array(2).fill(randomBytes(PERIOD)));
  private checked = 0;
  private damaged = false;

  private constructor(server: Server, client: Socket, receiver: Socket) {
    this.server = server;
    this.client = client;
    this.receiver = receiver;
    this.sender = new Sender(client, this.pattern);
    // A connection that breaks shows in what did not arrive.
    for (const socket of [client, receiver]) socket.on('error', () => {});
  }

  static async open({ address, port, peer }: Wire): Promise<Traffic> {
    const server = createServer({ pauseOnConnect: true }).listen(port, address);
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, peer);
    const [[receiver]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [Socket],
      unknown,
    ];
    return new Traffic(server, client, receiver);
  }

  /** Whether everything that was sent so far has arrived, and as it was sent. */
  get intact(): boolean {
    return !this.damaged && this.checked === this.sender.sent;
  }

  /** Bytes that were received and compared. */
  get received(): number {
    return this.checked;
  }

  /** Compares received bytes with what was sent there. */
  check(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const from = this.checked % PERIOD;
      const size = Math.min(data.length - at, PERIOD);
      if (this.pattern.compare(data, at, at + size, from, from + size) !== 0) this.damaged = true;
      this.checked += size;
      at += size;
    }
  }

  close(): void {
    this.client.destroy();
    this.receiver.destroy();
    this.server.close();
  }
}
