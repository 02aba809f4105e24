import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ZcrxInstance } from 'zcrx/bridge';
import { sharedArea, udmabufArea } from '../../../../dist/bridge/areas/index.js';
import { collect, connection, payload } from '../support/traffic.js';

const DOINGS: Record<string, () => Promise<void>> = {
  async receive() {
    const zcrx = ZcrxInstance.open({ areaSize: 1 << 20 });
    let notified = 0;
    zcrx.on('notification', () => notified++);
    const wire = await connection();
    const bytes = payload(300_001);
    wire.client.end(bytes);
    const whole = (await collect(zcrx.receive(wire.accepted))).equals(bytes);
    await wait(100);
    const { copy_bytes: copied } = zcrx.stats();
    zcrx.close();
    wire.close();
    parentPort?.postMessage({ whole, notified, copied });
  },

  async 'receive and wait'() {
    const zcrx = ZcrxInstance.open({ areaSize: 65536 });
    const wire = await connection();
    const receive = zcrx.receive(wire.accepted);
    wire.client.write('x');
    await receive.next();
    parentPort?.postMessage('receiving');
    await receive.next();
  },

  async 'areas and wait'() {
    const areas = [sharedArea(65536), udmabufArea(65536)];
    parentPort?.postMessage(areas.length);
    await new Promise(() => setInterval(() => {}, 1000));
  },

  async 'open and exit'() {
    ZcrxInstance.open({ areaSize: 65536 });
    parentPort?.postMessage('open');
    await wait(50);
    process.exit(0);
  },
};

await DOINGS[workerData as string]?.();
