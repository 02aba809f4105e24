import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The payload repeats after this many bytes, so that both ends know every byte of it. */
const PERIOD = 1 << 20;
const SLICE_MS = 20;
/** Bytes written at once without a rate. */
const BURST = 1 << 17;

/** TCP over loopback from this process to itself. */
export class Traffic {
  /** The receiving end; Node does not read from it. */
  readonly receiver: Socket;
  private readonly sender: Socket;
  private readonly server: Server;
  private readonly pattern = Buffer.concat(new Array(2).fill(randomBytes(PERIOD)));
  private checked = 0;
  /** Whether everything that was checked came as it was sent. */
  intact = true;

  private constructor(server: Server, sender: Socket, receiver: Socket) {
    this.server = server;
    this.sender = sender;
    this.receiver = receiver;
  }

  static async open(): Promise<Traffic> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sender = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [[receiver]] = (await Promise.all([once(server, 'connection'), once(sender, 'connect')])) as [
      [Socket],
      unknown,
    ];
    return new Traffic(server, sender, receiver);
  }

  /** Sends until aborted, then ends the connection. `rate`: bytes a second, 0 for as fast as it goes. */
  async send(rate: number, signal: AbortSignal): Promise<void> {
    let sent = 0;
    const start = performance.now();
    while (!signal.aborted) {
      const due = rate === 0 ? BURST : Math.floor((rate * (performance.now() - start)) / 1000) - sent;
      const size = Math.min(Math.max(due, 0), PERIOD);
      const from = sent % PERIOD;
      if (size > 0 && !this.sender.write(this.pattern.subarray(from, from + size))) {
        await once(this.sender, 'drain', { signal }).catch(() => {});
      }
      sent += size;
      if (rate !== 0) await sleep(SLICE_MS, undefined, { signal }).catch(() => {});
      else await sleep(0);
    }
    this.sender.end();
  }

  /** Compares received bytes with what was sent there. */
  check(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const from = this.checked % PERIOD;
      const size = Math.min(data.length - at, PERIOD);
      if (this.pattern.compare(data, at, at + size, from, from + size) !== 0) this.intact = false;
      this.checked += size;
      at += size;
    }
  }

  close(): void {
    this.sender.destroy();
    this.receiver.destroy();
    this.server.close();
  }
}
