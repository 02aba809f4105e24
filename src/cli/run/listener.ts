import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Receive, ZcrxInstance } from '../../../bridge/index.js';
import { OperationError } from '../errors.js';

/** Who sends. */
export interface Peer {
  readonly address: string;
  /** Address and port, as people write them. */
  readonly name: string;
}

/** What becomes of connections. */
export interface ListenerHost {
  /** One was accepted; `connections` are open now. */
  connected(peer: Peer, connections: number): void;
  disconnected(peer: Peer, received: number, connections: number, error: Error | undefined): void;
}

/**
 * The address of a device: the first of IPv4, or else of IPv6 that is not only of the link.
 * @throws OperationError if it has none
 */
export function addressOf(device: string): string {
  const all = networkInterfaces()[device] ?? [];
  const own = all.find(({ family }) => family === 'IPv4') ?? all.find(({ scopeid }) => scopeid === 0);
  if (own) return own.address;
  throw new OperationError(
    `${device} has no address to listen on (or is not up): name one, as --listen 0.0.0.0:7000`,
  );
}

/** Whether an address is one of this machine. */
export const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) =>
    all?.some((own) => own.address === address.replace(/^::ffff:/, '')),
  );

function peerOf({ remoteAddress: address = '?', remotePort = 0 }: Socket): Peer {
  return { address, name: `${address.includes(':') ? `[${address}]` : address}:${remotePort}` };
}

/** Receives from every connection to an address, and throws away what comes. */
export class Listener {
  private readonly server: Server;
  private readonly receives = new Map<Receive, Promise<void>>();
  /** Connections there ever were. */
  accepted = 0;

  private constructor(server: Server) {
    this.server = server;
  }

  /** @throws Error of Node's (EADDRINUSE, EADDRNOTAVAIL, EACCES) */
  static async open(address: string, port: number): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true }).listen(port, address);
    await once(server, 'listening');
    return new Listener(server);
  }

  /** Connections that are open. */
  get connections(): number {
    return this.receives.size;
  }

  serve(zcrx: ZcrxInstance, host: ListenerHost): void {
    this.server.on('connection', (socket) => {
      // What breaks a connection comes to light in the receive too.
      socket.on('error', () => {});
      const receive = zcrx.receive(socket);
      const peer = peerOf(socket);
      this.accepted++;
      this.receives.set(receive, this.discard(receive, socket, peer, host));
      host.connected(peer, this.connections);
    });
  }

  private async discard(receive: Receive, socket: Socket, peer: Peer, host: ListenerHost): Promise<void> {
    let failure: Error | undefined;
    try {
      const batches = receive.batches();
      while (!(await batches.next()).done);
    } catch (error) {
      failure = error as Error;
    }
    this.receives.delete(receive);
    socket.destroy();
    host.disconnected(peer, receive.received, this.connections, failure);
  }

  /** Accepts nothing more, and ends what is being received. */
  async close(): Promise<void> {
    this.server.close();
    const discarding = [...this.receives.values()];
    for (const receive of this.receives.keys()) void receive.return();
    await Promise.all(discarding);
  }
}
