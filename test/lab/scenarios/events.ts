import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type EventType,
  isBridgeError,
  isSyscallError,
  type Notification,
  type OpenOptions,
  ZcrxInstance,
} from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { notificationsOf, withInstance } from './support/instance.js';
import { aWhile, until } from './support/process.js';
import { type Connection, connection, descriptorOf, send } from './support/traffic.js';

/** An instance that receives, and a way to have it copy something. */
class Traffic {
  readonly zcrx: ZcrxInstance;
  private readonly wire: Connection;
  private sent = 0n;

  private constructor(zcrx: ZcrxInstance, wire: Connection) {
    this.zcrx = zcrx;
    this.wire = wire;
    void this.consume();
  }

  static async open(zcrx: ZcrxInstance): Promise<Traffic> {
    return new Traffic(zcrx, await connection());
  }

  private async consume(): Promise<void> {
    try {
      for await (const _ of this.zcrx.receive(this.wire.accepted));
    } catch (error) {
      if (!isBridgeError(error) || error.code !== 'closed') throw error;
    }
  }

  /** Sends, and waits until it has arrived. */
  async more(length = 1000): Promise<void> {
    this.sent += BigInt(length);
    await send(this.wire.client, new Uint8Array(length));
    await until('the data arrived', () => this.zcrx.received_bytes === this.sent);
  }

  /** Sends, and has the kernel receive it, before the event loop can see any of it. */
  async unseen(): Promise<void> {
    const other = await connection();
    this.sent += 1000n;
    assert.equal(writeSync(descriptorOf(this.wire.client), new Uint8Array(1000)), 1000);
    // Submitting anything enters the kernel, which runs what the ring has pending.
    void this.zcrx
      .receive(other.accepted)
      .next()
      .catch(() => {});
    other.close();
  }

  close(): void {
    this.wire.close();
  }
}

const events =
  (options: OpenOptions, run: (traffic: Traffic, seen: Notification[]) => Promise<void>) =>
  (): Promise<void> =>
    withInstance({ areaSize: 256 * 1024, ...options }, async (zcrx) => {
      const traffic = await Traffic.open(zcrx);
      try {
        await run(traffic, notificationsOf(zcrx));
      } finally {
        traffic.close();
      }
    });

const refused = (zcrx: ZcrxInstance, type: EventType, message: RegExp): void =>
  assert.throws(
    () => zcrx.rearm(type),
    (error) => {
      assert.ok(isSyscallError(error), String(error));
      assert.equal(error.errno, 'EINVAL');
      assert.match(error.call, /IORING_REGISTER_ZCRX_CTRL/);
      assert.match(error.message, message);
      return true;
    },
  );

export default {
  'a notification has its type, its number, its user_data and its time': events({}, async (traffic, seen) => {
    const from = performance.now();
    await traffic.more();
    await until('it came', () => seen.length > 0);
    const { time, ...rest } = seen[0] as Notification;
    assert.deepEqual(rest, { type: 'copy', res: 1, user_data: 2n ** 64n - 1n });
    assert.ok(time >= from && time <= performance.now());
  }),

  'a user_data of one’s own comes back': events({ userData: 2n ** 53n }, async (traffic, seen) => {
    await traffic.more();
    await until('it came', () => seen.length > 0);
    assert.equal(seen[0]?.user_data, 2n ** 53n);
  }),

  'it fires once, is silent until it is re-armed, and fires again': events({}, async (traffic, seen) => {
    for (let round = 1; round <= 3; round++) {
      await traffic.more();
      await until('it came', () => seen.length === round);
      const counted = traffic.zcrx.stats().copy_count;
      for (let i = 0; i < 5; i++) await traffic.more();
      await aWhile();
      assert.equal(seen.length, round);
      assert.equal(traffic.zcrx.stats().copy_count, counted + 5n, 'copies are counted all the same');
      traffic.zcrx.rearm('copy');
      await aWhile();
      assert.equal(seen.length, round, 're-arming alone fires nothing');
    }
  }),

  're-arming what has not fired': events({}, async ({ zcrx }) => {
    refused(zcrx, 'copy', /'copy' has not fired yet/);
    refused(zcrx, 'alloc_fail', /'alloc_fail' has not fired yet/);
  }),

  're-arming what was not asked for': events({ events: ['copy'] }, async (traffic, seen) => {
    refused(traffic.zcrx, 'alloc_fail', /opened without the event 'alloc_fail'/);
    await traffic.more();
    await until('it came', () => seen.length > 0);
    refused(traffic.zcrx, 'alloc_fail', /opened without the event 'alloc_fail'/);
    traffic.zcrx.rearm('copy');
  }),

  're-arming twice': events({}, async (traffic, seen) => {
    await traffic.more();
    await until('it came', () => seen.length > 0);
    traffic.zcrx.rearm('copy');
    refused(traffic.zcrx, 'copy', /'copy' was re-armed already, and has not fired since/);
    await traffic.more();
    await until('it came again', () => seen.length > 1);
    traffic.zcrx.rearm('copy');
  }),

  're-arming a type that there is not': events({}, async ({ zcrx }) => {
    for (const type of ['copies', '', 1, undefined, 'toString']) {
      assert.throws(() => zcrx.rearm(type as EventType), { code: 'bad-option', message: /type is/ });
    }
  }),

  're-arming before the notification was seen gives another': events({}, async (traffic, seen) => {
    await traffic.unseen();
    traffic.zcrx.rearm('copy');
    assert.equal(seen.length, 0);
    await until('the first came', () => seen.length === 1);
    refused(traffic.zcrx, 'copy', /re-armed already/);
    await traffic.more();
    await until('the second came', () => seen.length === 2);
  }),

  'that is no trouble for automatic re-arming': events(
    { rearm: { minIntervalMs: 0 } },
    async (traffic, seen) => {
      await traffic.unseen();
      traffic.zcrx.rearm('copy');
      await until('the first came', () => seen.length === 1);
      await aWhile();
      await traffic.more();
      await until('the second came', () => seen.length === 2);
      await aWhile();
      await traffic.more();
      await until('the third came', () => seen.length === 3);
    },
  ),

  'each re-arming is told': events({}, async (traffic, seen) => {
    const rearmed: EventType[] = [];
    traffic.zcrx.on('rearmed', (type) => rearmed.push(type));
    await traffic.more();
    await until('it came', () => seen.length > 0);
    traffic.zcrx.rearm('copy');
    await until('it was told', () => rearmed.length > 0);
    assert.deepEqual(rearmed, ['copy']);
  }),

  'automatic re-arming keeps its interval': events(
    { rearm: { minIntervalMs: 400 } },
    async (traffic, seen) => {
      const at: number[] = [];
      traffic.zcrx.on('rearmed', () => at.push(performance.now()));
      const from = performance.now();
      let sends = 0;
      for (; at.length < 4; sends++) {
        await traffic.more(100);
        await wait(10);
      }
      const elapsed = performance.now() - from;
      assert.ok(sends > 8, `${sends} sends in ${elapsed} ms show nothing`);
      // The first at once, each further one 400 ms after the one before (a timer may come a little early).
      for (let i = 1; i < at.length; i++) assert.ok(at[i]! - at[i - 1]! > 390, at.join(' '));
      assert.ok(seen.length >= 4 && seen.length <= 5, `${seen.length} notifications`);
    },
  ),

  'automatic re-arming without an interval re-arms each time': events(
    { rearm: { minIntervalMs: 0 } },
    async (traffic, seen) => {
      let rearmed = 0;
      traffic.zcrx.on('rearmed', () => rearmed++);
      for (let round = 1; round <= 10; round++) {
        await traffic.more();
        await until('it came', () => seen.length === round);
        await until('it was re-armed', () => rearmed === round);
      }
    },
  ),

  'automatic re-arming does not outlive its instance': async () => {
    const zcrx = ZcrxInstance.open({ areaSize: 65536, rearm: { minIntervalMs: 50 } });
    const traffic = await Traffic.open(zcrx);
    const seen = notificationsOf(zcrx);
    await traffic.more();
    await until('it came', () => seen.length > 0);
    await aWhile(100);
    await traffic.more();
    await until('it came', () => seen.length > 1);
    zcrx.close();
    await aWhile();
    traffic.close();
  },

  'notifications can be iterated, until the instance is closed': events({}, async (traffic) => {
    const seen: Notification[] = [];
    const iterated = (async () => {
      for await (const notification of traffic.zcrx.notifications()) {
        seen.push(notification);
        traffic.zcrx.rearm('copy');
      }
    })();
    for (let round = 1; round <= 3; round++) {
      await traffic.more();
      await until('it came', () => seen.length === round);
    }
    traffic.zcrx.close();
    await iterated;
  }),

  'iterating ends with its signal, and leaves no listener': events({}, async ({ zcrx }) => {
    const before = zcrx.listenerCount('notification');
    const controller = new AbortController();
    const iterated = (async () => {
      for await (const _ of zcrx.notifications({ signal: controller.signal }))
        assert.fail('nothing happened');
    })();
    await aWhile(50);
    assert.equal(zcrx.listenerCount('notification'), before + 1);
    controller.abort();
    await iterated;
    for await (const _ of zcrx.notifications({ signal: AbortSignal.abort() }))
      assert.fail('it was over before');
    assert.equal(zcrx.listenerCount('notification'), before);
    assert.equal(zcrx.listenerCount('close'), 0);
  }),

  'breaking off the iteration leaves no listener': events({}, async (traffic) => {
    const { zcrx } = traffic;
    const before = zcrx.listenerCount('notification');
    const first = (async () => {
      for await (const notification of zcrx.notifications()) return notification;
      return undefined;
    })();
    await aWhile(50);
    await traffic.more();
    assert.equal((await first)?.type, 'copy');
    assert.equal(zcrx.listenerCount('notification'), before);
    assert.equal(zcrx.listenerCount('close'), 0);
  }),
} satisfies Scenarios;
