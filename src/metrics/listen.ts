import { parseListenAddress } from '../address.js';
import { show } from '../errors.js';
import type { ServeAddress } from '../web/listen.js';
import { MetricsError } from './error.js';

/** Where metrics are served. */
export type MetricsAddress = ServeAddress;

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
