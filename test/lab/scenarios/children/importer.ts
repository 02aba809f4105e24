/** A worker thread that imports: receives so many bytes over a connection of its own, or goes on until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Ticket, ZcrxInstance } from 'zcrx/bridge';
import { collect, connection, payload } from '../support/traffic.js';

const { ticket, length } = workerData as { ticket: Ticket; length: number };

const zcrx = ZcrxInstance.import(ticket);
const wire = await connection();
const receive = zcrx.receive(wire.accepted);
const bytes = payload(length, 7);
if (length > 0) {
  wire.client.end(bytes);
  const whole = (await collect(receive)).equals(bytes);
  zcrx.close();
  wire.close();
  parentPort?.postMessage({ whole });
} else {
  wire.client.write('x');
  await receive.next();
  parentPort?.postMessage('receiving');
  for (;;) await receive.next();
}
