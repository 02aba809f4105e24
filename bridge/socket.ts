import type { Socket } from 'node:net';
import { wholeNumber } from './check.js';
import { BridgeError } from './errors.js';

/** What of a socket's handle is needed; Node has no public name for it. */
interface Handle {
  readonly fd?: number;
  reading?: boolean;
}

/**
 * The descriptor of a TCP socket that Node does not read itself.
 * @throws BridgeError `bad-socket`
 */
export function receivable(socket: Socket | number): number {
  if (typeof socket === 'number') return wholeNumber('socket', socket, 0, 2 ** 31 - 1);
  const handle = (socket as unknown as { _handle?: Handle } | null | undefined)?._handle;
  if (!handle || handle.fd === undefined || handle.fd < 0) {
    throw new BridgeError('bad-socket', 'the socket is not connected, or it was closed');
  }
  if (handle.reading || socket.readableFlowing || socket.readableLength > 0) {
    throw new BridgeError(
      'bad-socket',
      'Node reads from the socket already: create the server with { pauseOnConnect: true }, and do not listen for data',
    );
  }
  return handle.fd;
}
