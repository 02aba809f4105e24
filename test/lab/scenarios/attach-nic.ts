import assert from 'node:assert/strict';
import { AttachedProcess, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { NIC } from './support/nic.js';
import { until } from './support/process.js';
import { Receiver, seen, unharmed, visible } from './support/receiver.js';

// The queue of a device is bound as long as the ring is there.

const SIZE = 1 << 20;

/** Milliseconds until the queue can be bound again. */
async function untilFree(): Promise<number> {
  const start = performance.now();
  await until('the queue can be bound', () => {
    try {
      ZcrxInstance.open({ ...NIC, areaSize: SIZE }).close();
      return true;
    } catch (error) {
      assert.match((error as Error).message, /EEXIST|EBUSY/);
      return false;
    }
  });
  return Math.round(performance.now() - start);
}

export default {
  'the queue of a killed owner is free soon, although we are attached': {
    timeoutMs: 180_000,
    async run() {
      const times: Record<string, number[]> = { mapped: [], remote: [] };
      for (const read of ['mapped', 'remote'] as const) {
        for (let i = 0; i < 3; i++) {
          await using receiver = await Receiver.start('--device', NIC.device, '--queue', `${NIC.queue}`);
          const { stats_offset } = receiver.places.instances[0]!;
          using attached = AttachedProcess.attach(receiver.pid, { read, stats_offset });
          await receiver.goOn();
          const readings = await receiver.ask('pause');
          unharmed(readings);
          assert.deepEqual(seen(attached.instances[0]!), visible(readings[0]!));
          await receiver.ask('go');
          await receiver.end('SIGKILL');
          times[read]?.push(await untilFree());
          assert.equal(attached.rescan().gone[0]?.gone, 'the process has ended');
          await until('the end is told', () => attached.ended === 'the process has ended');
        }
      }
      for (const ms of Object.values(times).flat()) assert.ok(ms < 5000, JSON.stringify(times));
      return times;
    },
  },

  'with nobody looking, a mapping keeps the queue bound': {
    timeoutMs: 120_000,
    async run() {
      await using receiver = await Receiver.start('--device', NIC.device, '--queue', `${NIC.queue}`);
      using attached = AttachedProcess.attach(receiver.pid, { checkMs: 0 });
      assert.equal(attached.instances.length, 1);
      await receiver.end('SIGKILL');
      assert.throws(() => ZcrxInstance.open({ ...NIC, areaSize: SIZE }), /EEXIST/);
      attached.detach();
      return await untilFree();
    },
  },
} satisfies Scenarios;
