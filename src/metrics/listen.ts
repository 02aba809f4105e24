import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseListenAddress } from '../address.js';
import { show } from '../errors.js';
import { MetricsError, type MetricsErrorCode } from './error.js';

/** Where metrics are served. */
export interface MetricsAddress {
  /** An address of this machine, or a name of one. Default 127.0.0.1: nobody else's business. */
  readonly host?: string | undefined;
  /** 0 to 65535; 0 for any that is free. */
  readonly port: number;
}

/**
 * `[HOST:]PORT`, an IPv6 address in brackets, as `9464`, `0.0.0.0:9464` or `[::1]:9464`.
 *
 * @param name what the text is called in the message of an error: an option, say
 * @throws MetricsError `bad-address`
 */
export function parseMetricsAddress(text: string, name = 'the address'): MetricsAddress {
  const parsed = parseListenAddress(text);
  if (parsed !== undefined) return { host: parsed.address, port: parsed.port };
  throw new MetricsError(
    'bad-address',
    `${name} is ${show(text)}, expected a port of 0 to 65535 or an address and a port, as 9464, 192.0.2.1:9464 or [::1]:9464`,
  );
}

const REASONS: Readonly<Record<string, readonly [MetricsErrorCode, string]>> = {
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

/** Has a server listen, and tells where. @throws MetricsError */
export async function listen(
  server: Server,
  { host = '127.0.0.1', port }: MetricsAddress,
): Promise<AddressInfo> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new MetricsError('bad-address', `port is ${show(port)}, expected 0 to 65535`);
  }
  // An empty host would be every address of the machine.
  if (typeof host !== 'string' || host === '') {
    throw new MetricsError(
      'bad-address',
      `host is ${show(host)}, expected an address of this machine, as 127.0.0.1`,
    );
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const [code, why] = REASONS[cause.code ?? ''] ?? ['listen-failed', cause.message];
      reject(
        new MetricsError(code, `metrics cannot be served at ${authority(host, port)}: ${why}`, { cause }),
      );
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve(server.address() as AddressInfo);
    });
  });
}
