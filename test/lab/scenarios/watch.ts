import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Scenarios } from '../harness.js';
import { Command } from './support/command.js';
import { Receiver, unharmed } from './support/receiver.js';

// The command, on a program that knows nothing of it.

const ENTRIES = 1024;
const FOLDER = '/run/watch';
const counted = (object: Record<string, unknown>) => ({
  copy_count: BigInt(String(object.copy_count)),
  copy_bytes: BigInt(String(object.copy_bytes)),
});

const isFigures = ({ type }: Record<string, unknown>) => type === 'figures';

const at = ({ places }: Receiver): string[] => [
  '--pid',
  `${places.pid}`,
  '--stats-offset',
  `${places.instances[0]?.stats_offset}`,
];

export default {
  'counts what the program counts, names the state, and harms nobody': {
    timeoutMs: 180_000,
    async run() {
      await using receiver = await Receiver.start('--entries', `${ENTRIES}`);
      const [before] = await receiver.ask('pause');
      await using watch = new Command('watch', ...at(receiver), '--json', '--interval', '20');
      await watch.told('figures', isFigures);
      await receiver.goOn(6000);
      const [after] = await receiver.ask('pause');
      const paused = Date.now();
      const figures = await watch.told(
        'figures behind the pause',
        (object) => isFigures(object) && Date.parse(String(object.time)) > paused + 1500,
      );
      const { copy_count, copy_bytes } = after!;
      assert.deepEqual(figures.counters, { copy_count: `${copy_count}`, copy_bytes: `${copy_bytes}` });
      assert.deepEqual(counted(figures), {
        copy_count: after!.copy_count - before!.copy_count,
        copy_bytes: after!.copy_bytes - before!.copy_bytes,
      });
      // it has no device: all is copied
      await watch.told('that it copies', ({ type, state }) => type === 'state' && state === 'copying');
      assert.equal(figures.events, 'unknown');
      unharmed([after!]);
      assert.equal(await watch.interrupt(), 0);
      await receiver.goOn();
      unharmed(await receiver.ask('pause'));
    },
  },

  'a region in memory of its own is read where one says': {
    timeoutMs: 120_000,
    async run() {
      await using receiver = await Receiver.start('--user-region', '--entries', `${ENTRIES}`);
      await receiver.goOn(1000);
      const [paused] = await receiver.ask('pause');
      const { address } = receiver.places.instances[0]!;
      for (const place of [
        ['--entries', `${ENTRIES}`, '--placement', 'own-page'],
        ['--stats-offset', `${receiver.places.instances[0]?.stats_offset}`],
      ]) {
        await using watch = new Command(
          ...['watch', '--pid', `${receiver.pid}`, '--address', `0x${address.toString(16)}`, ...place],
          ...['--json', '--seconds', '2'],
        );
        assert.equal(await watch.ended(), 0, watch.stderr);
        const { copy_count, copy_bytes } = paused!;
        const figures = watch.objects.findLast(isFigures);
        assert.deepEqual(figures?.counters, { copy_count: `${copy_count}`, copy_bytes: `${copy_bytes}` });
        assert.equal(watch.objects.find(({ type }) => type === 'appeared')?.how, 'remote');
      }
    },
  },

  'several processes and instances; one closes its ring, one is killed, all is told': {
    timeoutMs: 240_000,
    async run() {
      await using one = await Receiver.start('--instances', '2');
      await using two = await Receiver.start();
      const offset = one.places.instances[0]?.stats_offset;
      assert.equal(two.places.instances[0]?.stats_offset, offset);
      await using watch = new Command(
        ...['watch', '--json', '--interval', '50', '--pid', `${one.pid}`, '--pid', `${two.pid}`],
        ...['--stats-offset', `${offset}`],
      );
      await watch.told('all three', ({ type }) => type === 'figures');
      const appeared = watch.objects.filter(({ type }) => type === 'appeared');
      assert.deepEqual(
        appeared.map(({ pid, ring, zcrx_id }) => [pid, ring, zcrx_id]),
        [
          [one.pid, one.places.fd, 0],
          [one.pid, one.places.fd, 1],
          [two.pid, two.places.fd, 0],
        ],
      );
      await one.ask('close');
      await watch.told(
        'the ring is closed',
        ({ type, gone }) => type === 'gone' && /closed the ring/.test(`${gone}`),
      );
      await one.open();
      await watch.told('the new ring', ({ type, instance }) => type === 'appeared' && Number(instance) >= 3);
      await two.end('SIGKILL');
      await watch.told('the end', ({ type, gone }) => type === 'gone' && /has ended/.test(`${gone}`));
      assert.equal(watch.process.exitCode, null);
      await one.end('exit');
      assert.equal(await watch.ended(), 0);
      assert.equal(watch.objects.at(-1)?.type, 'end');
    },
  },

  'a service is followed through a restart by its name': {
    timeoutMs: 180_000,
    async run() {
      await using watch = new Command('watch', '--name', 'receiver', '--json', '--entries', `${ENTRIES}`);
      await watch.told('that it waits', ({ type, text }) => type === 'note' && /waiting/.test(`${text}`));
      for (let i = 0; i < 2; i++) {
        await using receiver = await Receiver.start('--entries', `${ENTRIES}`);
        await watch.told('it is there', ({ type, pid }) => type === 'appeared' && pid === receiver.pid);
        await watch.told(
          'figures',
          (object) => isFigures(object) && object.instance === i && object.copy_count !== undefined,
        );
      }
      assert.equal(await watch.interrupt(), 0);
    },
  },

  'without a place for the statistics it lists what may be, and guesses nothing': {
    timeoutMs: 120_000,
    async run() {
      await using receiver = await Receiver.start('--entries', `${ENTRIES}`);
      const { stats_offset } = receiver.places.instances[0]!;
      await using watch = new Command('watch', '--pid', `${receiver.pid}`);
      assert.equal(await watch.ended(), 2);
      assert.match(watch.stderr, /recorded nowhere, and nothing is guessed/);
      assert.match(watch.text, new RegExp(`--stats-offset ${stats_offset} +${ENTRIES} entries`));
      assert.match(watch.text, /the counters rose by \d+ copies/);
      await using ring = new Command('watch', '--pid', `${receiver.pid}`, '--no-stats', '--json');
      const figures = await ring.told(
        'buffers that go round',
        (object) => isFigures(object) && Number(object.buffers_per_second) > 0,
      );
      assert.equal(figures.copy_count, undefined);
      assert.equal(await ring.interrupt(), 0);
      await using other = new Command('watch', '--pid', '1', '--entries', '64', '--seconds', '1');
      assert.equal(await other.ended(), 0);
    },
  },

  'a recording of it: rotated, reported, replayed; killed, it loses a second': {
    timeoutMs: 240_000,
    async run() {
      rmSync(FOLDER, { recursive: true, force: true });
      const { mkdirSync } = await import('node:fs');
      mkdirSync(FOLDER);
      await using receiver = await Receiver.start('--entries', `${ENTRIES}`);
      const path = `${FOLDER}/watch.zcrx`;
      await using watch = new Command(
        ...['watch', ...at(receiver), '--interval', '2', '--record', path, '--rotate-size', '8K', '--json'],
      );
      await watch.told('figures', isFigures);
      await wait(4000);
      const [told] = await receiver.ask('read');
      await wait(1500);
      watch.process.kill('SIGKILL');
      await watch.ended();
      unharmed(await receiver.ask('pause'));
      const files = readdirSync(FOLDER).sort();
      assert.ok(files.length > 1, files.join());
      await using report = new Command('report', ...files.map((name) => `${FOLDER}/${name}`), '--json');
      await report.ended();
      const document = JSON.parse(report.text) as {
        instances: { counters: { copy_bytes: { last: string } } }[];
      };
      const [instance] = document.instances;
      assert.ok(BigInt(instance!.counters.copy_bytes.last) >= told!.copy_bytes, report.text);
      await using replay = new Command(
        'watch',
        '--replay',
        `${FOLDER}/${files[0]}`,
        '--json',
        '--seconds',
        '3',
      );
      assert.equal(await replay.ended(), 0);
      const source = replay.objects.findLast(({ type }) => type === 'source');
      assert.equal(source?.live, false);
      assert.ok(!existsSync(path));
    },
  },
} satisfies Scenarios;
