import { wired } from './nic.js';
import { type Connection, connection } from './traffic.js';

/** What a party's data comes over. */
export type Wire = 'loopback' | 'nic';

export const connectionOver = (wire: Wire): Promise<Connection> => (wire === 'nic' ? wired() : connection());
