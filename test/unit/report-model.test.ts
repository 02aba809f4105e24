import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type RecordingFrame, readRecording } from '../../src/capture/index.js';
import { decode } from '../../src/index.js';
import { ReportModel } from '../../src/report/model.js';
import { columnOf, type InstanceReport } from '../../src/report/report.js';
import { nameOf, notKnown } from '../../src/report/words.js';
import {
  end,
  MS,
  notification,
  ownRun,
  registered,
  reportOf,
  reportOfBytes,
  SECOND,
  sample,
  start,
  stats,
  USER_DATA,
  watched,
} from './report-samples.js';

const SHIPPED = new URL('../../src/recordings/linux-7.3.zcrx', import.meta.url);

const sumOf = ({ buckets }: InstanceReport, name: Parameters<typeof columnOf>[0]) =>
  Array.from({ length: buckets.length }, (_, at) => buckets.cell(columnOf(name), at).sum).reduce(
    (sum, each) => sum + each,
    0,
  );

test('of the recording that is shipped, every figure is that of its frames', () => {
  const bytes = readFileSync(SHIPPED);
  const seen = [...readRecording(bytes)].filter((item) => item.type === 'stats');
  const blocks = seen.map(({ block }) => decode('zcrx_stats', block).fields);
  const { instances, wallClock, reason } = reportOfBytes(bytes);
  const [instance] = instances as [InstanceReport];
  expect(instances).toHaveLength(1);
  expect(reason).toBe('the time was over');
  expect(wallClock).toBeGreaterThan(1_700_000_000n * SECOND);
  expect(instance.samples).toBe(seen.length);
  const received = seen.at(-1)!.receivedBytes - seen[0]!.receivedBytes;
  const copied = blocks.at(-1)!.copy_bytes - blocks[0]!.copy_bytes;
  const copies = blocks.at(-1)!.copy_count - blocks[0]!.copy_count;
  expect(received).toBeGreaterThan(10_000_000n);
  expect(instance.counters.received_bytes).toMatchObject({
    increase: received,
    last: seen.at(-1)!.receivedBytes,
  });
  expect(instance.counters.copy_bytes).toMatchObject({ increase: copied, first: blocks[0]!.copy_bytes });
  expect(instance.counters.copy_count?.increase).toBe(copies);
  expect(sumOf(instance, 'received_bytes')).toBe(Number(received));
  expect(sumOf(instance, 'copy_bytes')).toBe(Number(copied));
  expect(sumOf(instance, 'copy_count')).toBe(Number(copies));
  expect(instance.eventsKnown).toBe(true);
  expect([...instance.events.counts]).toEqual([
    ['copy', 8],
    ['rearmed', 7],
  ]);
  expect(sumOf(instance, 'copy_events')).toBe(8);
});

test('states are judged from the samples, and their times fill all of the time that was sampled', () => {
  const [instance] = reportOf(ownRun()).instances as [InstanceReport];
  const { figures, stretches, last } = instance.states;
  expect(last).toMatchObject({ state: 'copying' });
  expect(figures.get('copying')!.total).toBeGreaterThan(5e9);
  const total = [...figures.values()].reduce((sum, each) => sum + each.total, 0);
  // From the first sample to the last one.
  expect(total).toBe(10e9);
  expect(stretches[0]!.from).toBe(2e6);
  expect(stretches.at(-1)!.to).toBe(10_002e6);
});

describe('an instance of another process', () => {
  const frames: RecordingFrame[] = [start, watched(MS)];
  for (let at = 0; at <= 50; at++) {
    const copied = BigInt(at) * 3n;
    frames.push(
      sample(BigInt(at) * 100n * MS + 2n * MS, {
        counters: { copy_count: copied, copy_bytes: copied * 1448n },
        refill: { head: 0xffff_fff0 + at - (at > 15 ? 2 ** 32 : 0), tail: (0xffff_fff0 + at + 100) >>> 0 },
        rxAllocFail: BigInt(at),
        waitingBytes: BigInt(at % 7) * 1000n,
      }),
    );
  }
  frames.push({ type: 'gone', time: 5200n * MS, instance: 0, reason: 'the process ended' });

  test('has counters, a ring, and no events; what is unknown is said', () => {
    const [instance] = reportOf([...frames, end(6000n * MS)]).instances as [InstanceReport];
    expect(nameOf(instance.identity)).toBe('zcrx 2 of ingest (pid 4711), ring 7');
    expect(instance.counters.copy_count?.increase).toBe(150n);
    expect(instance.counters.buffers?.increase).toBe(50n);
    expect(instance.counters.rx_alloc_fail?.increase).toBe(50n);
    expect(instance.counters.received_bytes).toBeUndefined();
    expect(instance.gauges.free_entries).toMatchObject({ min: 100, max: 100, last: 100 });
    expect(instance.gauges.waiting_bytes).toMatchObject({ min: 0, max: 6000 });
    expect(instance.eventsKnown).toBe(false);
    expect(instance.gone).toEqual({ time: 5_200e6, reason: 'the process ended' });
    const words = notKnown(instance).join(' ');
    expect(words).toContain('Events are unknown');
    expect(words).toContain('How much was received is unknown');
  });

  test('goes on in the next file as one, and as another one where it had ended', () => {
    const go = (last: readonly RecordingFrame[]) => {
      const model = new ReportModel();
      for (const frame of last) model.take(frame);
      model.break('a part is missing');
      model.take({ ...start, time: 10n * SECOND });
      model.take(watched(10n * SECOND, { instance: 5 }));
      model.take(sample(11n * SECOND, { counters: { copy_count: 1000n, copy_bytes: 0n } }, 5));
      model.take(sample(12n * SECOND, { counters: { copy_count: 1001n, copy_bytes: 0n } }, 5));
      return model.finish([]);
    };
    const goesOn = go(frames.slice(0, -1));
    expect(goesOn.instances).toHaveLength(1);
    expect(goesOn.instances[0]!.counters.copy_count?.increase).toBe(1001n);
    expect(goesOn.remarks).toEqual(['a part is missing']);
    // What it was between the files, nobody knows.
    const known = [...goesOn.instances[0]!.states.figures.values()].reduce(
      (sum, each) => sum + each.total,
      0,
    );
    expect(known).toBe(5e9 + 1e9);

    const ended = go(frames);
    expect(ended.instances.map(({ counters }) => counters.copy_count?.increase)).toEqual([150n, 1n]);
  });

  test('a state that the recorder saw otherwise is an event', () => {
    const judged = (state: string): RecordingFrame => ({
      type: 'state',
      time: 5100n * MS,
      instance: 0,
      state,
      reason: 'so it said',
    });
    const of = (state: string) =>
      reportOf([...frames.slice(0, -1), judged(state)]).instances[0]!.events.first.map(({ text }) => text);
    const last = reportOf(frames.slice(0, -1)).instances[0]!.states.last!.state;
    expect(of(last)).toEqual([]);
    expect(of('stalled')).toEqual(['judged it stalled: so it said']);
  });
});

test('an own instance that is also watched is one, with its process and its notifications', () => {
  const { instances } = reportOf([
    start,
    registered(MS),
    watched(MS, { how: 'own', pid: 12, command: 'node' }),
    notification(2n * MS, 1),
    notification(3n * MS, 0),
    notification(4n * MS, 77),
    notification(5n * MS, -12, 1n),
    stats(6n * MS, 5n),
  ]);
  expect(instances).toHaveLength(1);
  expect(instances[0]!.identity).toMatchObject({ how: 'own', pid: 12, if_idx: 0 });
  expect([...instances[0]!.events.counts]).toEqual([
    ['copy', 1],
    ['alloc_fail', 1],
    ['unknown (77)', 1],
    ['interrupted', 1],
  ]);
});

test('without notifications asked for, events are unknown and not none', () => {
  const { ifqReg, regionDesc, areaReg } = registered(MS) as Extract<RecordingFrame, { type: 'registered' }>;
  const bare: RecordingFrame = {
    type: 'registered',
    time: MS,
    instance: 0,
    ifqReg,
    eventDesc: new Uint8Array(0),
    regionDesc,
    areaReg,
  };
  const [instance] = reportOf([start, bare, stats(2n * MS, 5n)]).instances as [InstanceReport];
  expect(instance.eventsKnown).toBe(false);
  expect(notKnown(instance).join(' ')).toContain('Events are unknown');
});

test('structs that are none do not stop a report', () => {
  const odd: RecordingFrame = {
    type: 'registered',
    time: 1n,
    instance: 0,
    ifqReg: new Uint8Array(3),
    eventDesc: new Uint8Array(5),
    regionDesc: new Uint8Array(0),
    areaReg: new Uint8Array(1),
  };
  const control: RecordingFrame = {
    type: 'control',
    time: 2n,
    instance: 0,
    ctrl: new Uint8Array(1),
    result: -22,
  };
  const block: RecordingFrame = {
    type: 'stats',
    time: 3n,
    instance: 0,
    receivedBytes: 1n,
    block: new Uint8Array(7),
  };
  const { instances } = reportOf([start, odd, control, block, notification(4n, 1, USER_DATA)]);
  expect(instances[0]).toMatchObject({ identity: { number: 0, how: 'own' }, samples: 1 });
  expect(instances[0]!.counters.copy_count).toBeUndefined();
});

test('instances are bounded, and those left out are counted', () => {
  const frames: RecordingFrame[] = [start];
  for (let i = 0; i < 1500; i++) frames.push(watched(BigInt(i), { instance: i, pid: i + 1 }));
  for (let i = 0; i < 1500; i++)
    frames.push(sample(BigInt(2000 + i), { counters: { copy_count: 1n, copy_bytes: 1n } }, i));
  const { instances, omitted } = reportOf(frames);
  expect([instances.length, omitted]).toEqual([1024, 476]);
});

test('long recordings take no more room than short ones', () => {
  const model = new ReportModel();
  model.take(start);
  model.take(watched(1n));
  for (let at = 0; at < 200_000; at++) {
    const seen = { counters: { copy_count: BigInt(at), copy_bytes: BigInt(at) * 100n } };
    model.take(sample(BigInt(at) * MS + 2n, seen));
  }
  const [instance] = model.finish([]).instances as [InstanceReport];
  expect(instance.buckets.length).toBeGreaterThan(2000);
  expect(instance.buckets.length).toBeLessThanOrEqual(4096);
  expect(sumOf(instance, 'copy_count')).toBe(199_999);
});
