import assert from 'node:assert/strict';
import type { Scenarios } from '../harness.js';
import {
  AREA,
  allThere,
  BUFFERS,
  endAll,
  HOLDER,
  Party,
  parties,
  SHARED,
  withParties,
} from './support/party.js';
import { aWhile } from './support/process.js';

// What becomes of an instance that several processes have, as one after the other goes, stops, or takes all.

/** How a party ends in the middle of traffic. */
const ENDS = {
  'closes its instance': (party: Party) => party.ask('close'),
  exits: (party: Party) => party[Symbol.asyncDispose](),
  'is killed': (party: Party) => party.kill('SIGKILL'),
};

/** A party ends while both receive; the other goes on, many times round the area. */
const oneEnds = (who: 'creator' | 'importer', how: keyof typeof ENDS) => ({
  timeoutMs: 180_000,
  run: () =>
    withParties(1, async (creator, importer) => {
      const [ends, stays] = who === 'creator' ? [creator, importer] : [importer, creator];
      await Promise.all([ends.ask('run', 'loopback', 3 * AREA), stays.ask('run', 'loopback', 3 * AREA)]);
      await Promise.all([ends.goesOn(6 * AREA), stays.goesOn(6 * AREA)]);
      await ENDS[how](ends);
      await stays.goesOn(30 * AREA);
      const before = await stays.ask('stats');
      await stays.goesOn(3 * AREA);
      assert.ok((await stays.ask('stats')).copy_bytes > before.copy_bytes);
      assert.equal(await importer.ask('notified').catch(() => 0), 0);
      assert.equal(await stays.ask('has_creator'), who === 'importer');
      if (who === 'importer') return;
      // The type that had fired can be armed once more, and never fires again.
      await stays.ask('rearm', 'copy').catch(() => {});
      await stays.goesOn(3 * AREA);
      await assert.rejects(stays.ask('rearm', 'copy'), {
        errno: 'EINVAL',
        explanation: /creator .* is gone/,
      });
    }),
});

export default {
  ...Object.fromEntries(
    (['creator', 'importer'] as const).flatMap((who) =>
      (Object.keys(ENDS) as (keyof typeof ENDS)[]).map((how) => [
        `the ${who} ${how} in the middle of traffic, and the other goes on`,
        oneEnds(who, how),
      ]),
    ),
  ),

  'parties are killed at random moments, and those that are left go on': {
    timeoutMs: 240_000,
    async run() {
      const killed: string[] = [];
      for (let turn = 0; turn < 4; turn++) {
        // Two of them may be killed with all that they can have.
        const all = await parties(2, { ...SHARED, highWaterMark: 8, cqEntries: 8 });
        const left = [...all];
        try {
          await Promise.all(left.map((party) => party.ask('run', 'loopback', AREA)));
          while (left.length > 1) {
            await Promise.all(left.map((party) => party.goesOn(AREA)));
            await aWhile(Math.random() * 300);
            const [victim] = left.splice(Math.floor(Math.random() * left.length), 1) as [Party];
            killed.push(victim === all[0] ? 'creator' : 'importer');
            await victim.kill('SIGKILL');
            await Promise.all(left.map((party) => party.goesOn(4 * AREA)));
          }
        } finally {
          await endAll(all);
        }
      }
      return killed;
    },
  },

  'what a party holds when it closes or exits goes back to the others, and what a killed one holds does not':
    {
      timeoutMs: 120_000,
      run: () =>
        withParties(
          3,
          async (creator, closes, exits, killed) => {
            for (const party of [closes, exits, killed] as Party[]) {
              assert.equal(await party.ask('hold', 'loopback', 10, 3000), 10);
            }
            await closes?.ask('close');
            await exits?.[Symbol.asyncDispose]();
            await killed?.kill('SIGKILL');
            await allThere(creator, BUFFERS - 10);
          },
          HOLDER,
        ),
    },

  'when all buffers went down with a killed party, a spare area gets the creator going again': {
    timeoutMs: 120_000,
    async run(t) {
      if (t.series === '7.2') t.skip('no area can be added');
      await withParties(
        1,
        async (creator, importer) => {
          assert.equal(await importer?.ask('hold', 'loopback', BUFFERS, 3000), BUFFERS);
          await importer?.kill('SIGKILL');
          assert.equal(await creator.ask('receive', 'loopback', AREA, 5), 5 * AREA);
          assert.equal(await creator.ask('buffer_count'), 2 * BUFFERS);
          await allThere(creator, BUFFERS);
        },
        { ...HOLDER, spareAreas: 1, recovery: true },
      );
    },
  },

  'with every buffer held by one party the other waits, and goes on when they come back': {
    timeoutMs: 120_000,
    run: () =>
      withParties(
        1,
        async (creator, importer) => {
          for (const [holds, waits] of [
            [creator, importer],
            [importer, creator],
          ] as const) {
            assert.equal(await holds.ask('hold', 'loopback', BUFFERS, 3000), BUFFERS);
            const done = waits.ask('receive', 'loopback', 4 * AREA, 1);
            let isDone = false;
            done.then(
              () => {
                isDone = true;
              },
              () => {
                isDone = true;
              },
            );
            await aWhile(1500);
            assert.equal(isDone, false);
            await holds.ask('release', BUFFERS);
            assert.equal(await done, 4 * AREA);
          }
        },
        HOLDER,
      ),
  },

  'two processes give back buffers at once, many times round, and none is lost': {
    timeoutMs: 180_000,
    run: () =>
      withParties(
        1,
        async (creator, importer) => {
          const times = 100;
          await Promise.all([
            creator.ask('receive', 'loopback', AREA, times),
            importer.ask('receive', 'loopback', AREA, times),
          ]);
          await allThere(creator);
          await allThere(importer);
        },
        HOLDER,
      ),
  },

  'one who stands still with the refill ring in hand holds up the others until he is gone': {
    timeoutMs: 120_000,
    run: () =>
      withParties(
        1,
        async (creator, importer) => {
          const ticket = await creator.ask('share');
          await using holder = Party.start();
          const imported = await holder.ask('import', ticket, {});
          assert.equal(imported.role, 'importer');
          const own = await holder.ask('share');
          await holder.ask('seize', own, own.memory.fd);
          holder.process.kill('SIGSTOP');
          const both = Promise.all([
            creator.ask('receive', 'loopback', 8 * AREA, 1),
            importer.ask('receive', 'loopback', 8 * AREA, 1),
          ]);
          let isDone = false;
          void both.then(
            () => {
              isDone = true;
            },
            () => {},
          );
          await aWhile(1500);
          // Nobody can give anything back, but they stand and answer.
          assert.equal(isDone, false);
          const { received_bytes } = await creator.ask('stats');
          assert.ok(received_bytes <= BigInt(AREA));
          await holder.kill('SIGKILL');
          await both;
          await creator.ask('unshare');
          await allThere(creator);
        },
        HOLDER,
      ),
  },
} satisfies Scenarios;
