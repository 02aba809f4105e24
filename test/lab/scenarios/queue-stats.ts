import assert from 'node:assert/strict';
import { QueueStats, queueHasProvider, queueStats } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { descriptors } from './support/process.js';
import { refusal } from './support/refusal.js';

// What the kernel tells of receive queues through netlink, where nobody counts anything.

/** No interface has this number. */
const NONE = 2 ** 31 - 1;

export default {
  'a device whose driver counts nothing by queue: unknown, and told so'() {
    const { missing, ...counters } = queueStats('lo', 0);
    assert.deepEqual(counters, {});
    assert.match(missing ?? '', /^the driver counts nothing by queue/);
    assert.equal(queueHasProvider('lo', 0), false);
  },

  'an interface, a queue and a name that there are not'() {
    const none = refusal(() => queueStats(NONE, 0));
    assert.equal(none.errno, 'ENODEV');
    assert.match(none.message, new RegExp(`there is no interface ${NONE}; there are: lo`));
    assert.equal(refusal(() => queueHasProvider(NONE, 0)).errno, 'ENODEV');
    const noQueue = refusal(() => queueHasProvider('lo', 7));
    assert.equal(noQueue.errno, 'EINVAL');
    assert.match(noQueue.message, /interface 1 has no receive queue 7/);
    const noName = refusal(() => queueStats('nowhere0', 0));
    assert.equal(noName.code, 'device-not-ready');
    assert.match(noName.message, /there is no device nowhere0; there are: lo/);
  },

  'a thousand readings take no descriptor, and closed is closed'() {
    const before = descriptors();
    const stats = new QueueStats('lo', 0);
    assert.equal(descriptors(), before, 'nothing is open before it is needed');
    const started = performance.now();
    for (let i = 0; i < 1000; i++) {
      stats.read();
      stats.provider();
    }
    const us = Math.round(performance.now() - started);
    assert.equal(descriptors(), before + 1);
    stats.close();
    stats.close();
    assert.equal(descriptors(), before);
    assert.equal(refusal(() => stats.read()).code, 'closed');
    assert.equal(refusal(() => stats.provider()).code, 'closed');
    return { 'µs for a reading of both': us };
  },
} satisfies Scenarios;
