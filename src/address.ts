import { isIP } from 'node:net';

/** Where to listen. */
export interface ListenAddress {
  /** An IPv4 or IPv6 address; undefined where only a port was given. */
  readonly address: string | undefined;
  /** 0 to 65535 */
  readonly port: number;
}

/** `[ADDR:]PORT`, an IPv6 address in brackets; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isGood = bracketed === undefined ? plain === undefined || isIP(plain) === 4 : isIP(bracketed) === 6;
  // where nothing matched, the port is NaN
  return isGood && port <= 65_535 ? { address: bracketed ?? plain, port } : undefined;
}
