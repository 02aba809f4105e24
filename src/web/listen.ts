import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { show } from '../errors.js';

/** Where to serve. */
export interface ServeAddress {
  /** An address of this machine, or a name of one. Default 127.0.0.1: nobody else's business. */
  readonly host?: string | undefined;
  /** 0 to 65535; 0 for any that is free. */
  readonly port: number;
}

/** Why something cannot be served, as a stable code. */
export type ListenErrorCode =
  /** The address to serve at is none, or its port is out of range. */
  | 'bad-address'
  /** Another program serves at this address and port. */
  | 'address-in-use'
  /** This machine has no such address. */
  | 'no-such-address'
  /** The port is reserved (below 1024, for root), or a rule forbids it. */
  | 'not-permitted'
  /** The operating system refuses for another reason, which the message names. */
  | 'listen-failed';

/** That an address cannot be had. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;

  constructor(code: ListenErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const REASONS: Readonly<Record<string, readonly [ListenErrorCode, string]>> = {
  EADDRINUSE: [
    'address-in-use',
    'another program serves there already: take another port, or end that program',
  ],
  EADDRNOTAVAIL: ['no-such-address', 'this machine has no such address'],
  ENOTFOUND: ['no-such-address', 'no machine of this name is known'],
  EAI_AGAIN: ['no-such-address', 'the name cannot be looked up now'],
  EACCES: ['not-permitted', 'this user may not take the port: take one from 1024 up'],
};

/** An address and a port as they stand in a URL. */
export const authority = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/**
 * Has a server listen, and tells where.
 *
 * @param what is served, as a message begins with it: `metrics`
 * @throws ListenError
 */
export async function listen(
  server: Server,
  what: string,
  { host = '127.0.0.1', port }: ServeAddress,
): Promise<AddressInfo> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ListenError('bad-address', `port is ${show(port)}, expected 0 to 65535`);
  }
  // An empty host would be every address of the machine.
  if (typeof host !== 'string' || host === '') {
    throw new ListenError(
      'bad-address',
      `host is ${show(host)}, expected an address of this machine, as 127.0.0.1`,
    );
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const [code, why] = REASONS[cause.code ?? ''] ?? ['listen-failed', cause.message];
      const where = authority(host, port);
      reject(new ListenError(code, `${what} cannot be served at ${where}: ${why}`, { cause }));
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve(server.address() as AddressInfo);
    });
  });
}
