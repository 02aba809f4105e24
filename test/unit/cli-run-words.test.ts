import { describe, expect, test } from 'vitest';
import { ACTS, figuresOf, type Moment, shortcomings } from '../../src/cli/run/acts.js';
import type { ActFigures, RunEvent } from '../../src/cli/run/events.js';
import { textScreen } from '../../src/cli/run/show.js';
import { textOf } from '../../src/cli/run/words.js';
import { plain, type Terminal } from '../../src/cli/terminal.js';

const ZERO: Moment = {
  timeMs: 0,
  received_bytes: 0n,
  copy_count: 0n,
  copy_bytes: 0n,
  filled_buffers: 0n,
  filled_bytes: 0n,
  copy_notifications: 0,
  alloc_fail_notifications: 0,
  stalls: 0,
  stalled_ms: 0,
};

/** Four moments: the beginning, and the end of each act. */
const MOMENTS: readonly Moment[] = [
  ZERO,
  { ...ZERO, timeMs: 1700, received_bytes: 6n << 20n, filled_buffers: 1536n, filled_bytes: 6n << 20n },
  {
    ...ZERO,
    timeMs: 3400,
    received_bytes: 12n << 20n,
    copy_count: 768n,
    copy_bytes: 3n << 20n,
    filled_buffers: 2304n,
    filled_bytes: 9n << 20n,
    copy_notifications: 1,
  },
  {
    timeMs: 7400,
    received_bytes: 30n << 20n,
    copy_count: 768n,
    copy_bytes: 3n << 20n,
    filled_buffers: 6912n,
    filled_bytes: 27n << 20n,
    copy_notifications: 1,
    alloc_fail_notifications: 2,
    stalls: 2,
    stalled_ms: 1734.5,
  },
];

const MORE: readonly Partial<ActFigures>[] = [
  {},
  { restored: { received_bytes: String(3 << 20), copy_bytes: '0' } },
  { areas_added: 1 },
];

const acts = ACTS.map((name, i) => ({
  ...figuresOf(name, MOMENTS[i] as Moment, MOMENTS[i + 1] as Moment),
  ...MORE[i],
}));

const text = (event: RunEvent, hasDevice = true) => textOf(event, hasDevice, plain);

describe('the figures of an act', () => {
  test('are the differences between its end and its beginning', () => {
    expect(acts[2]).toEqual({
      act: 3,
      name: 'out-of-buffers',
      seconds: 4,
      received_bytes: String(18 << 20),
      copy_count: '0',
      copy_bytes: '0',
      filled_buffers: '4608',
      filled_bytes: String(18 << 20),
      notifications: { copy: 0, alloc_fail: 2 },
      stalls: 2,
      stalled_ms: 1734.5,
      areas_added: 1,
    });
  });

  test('of a tour that went as it should lack nothing', () => {
    expect(shortcomings(acts)).toBeUndefined();
  });

  test.each<[number, Partial<ActFigures>, string]>([
    [0, { received_bytes: '0' }, 'act 1 (zero-copy): nothing was received'],
    [0, { copy_bytes: '4096' }, 'act 1 (zero-copy): 4096 bytes were copied, expected none'],
    [0, { filled_bytes: '0' }, 'act 1 (zero-copy): the card filled none of the instance’s buffers'],
    [
      0,
      { notifications: { copy: 1, alloc_fail: 0 } },
      'act 1 (zero-copy): a copy notification came, expected none',
    ],
    [1, { copy_bytes: '0' }, 'act 2 (copying): nothing was copied'],
    [
      1,
      { notifications: { copy: 2, alloc_fail: 0 } },
      'act 2 (copying): 2 copy notifications came, expected one',
    ],
    [
      1,
      { restored: { received_bytes: '9', copy_bytes: '9' } },
      'act 2 (copying): copying went on after the traffic was steered to the queue again',
    ],
    [
      2,
      { notifications: { copy: 0, alloc_fail: 0 } },
      'act 3 (out-of-buffers): no alloc_fail notification came',
    ],
    [2, { stalls: 0 }, 'act 3 (out-of-buffers): receiving never stood still'],
  ])('act %i with %j', (i, change, expected) => {
    const changed = acts.map((act, at) => (at === i ? { ...act, ...change } : act));
    expect(shortcomings(changed)).toBe(expected);
  });
});

describe('the tour in words', () => {
  test('each act is announced, and says why it matters', () => {
    const announced = ACTS.map((name, i) => text({ type: 'act', time_ms: 0, act: i + 1, name }) as string);
    expect(announced[0]).toMatch(/^\nAct 1 of 3: zero-copy\n {2}The card splits/);
    expect(announced[1]).toMatch(/^\nAct 2 of 3: copying\n[\s\S]*At 3 a\.m\./);
    expect(announced[2]).toMatch(/^\nAct 3 of 3: out of buffers, and back\n/);
  });

  test('what was seen in each', () => {
    const ends = acts.map((act, i) => text({ type: 'act_end', time_ms: (i + 1) * 1000, ...act }));
    expect(ends).toEqual([
      `   1.00 s  6.00 MiB received, 0 bytes of it counted as copied. That alone is no proof: the kernel
           does not count every copy. The card does: it put 6.00 MiB into 1536 buffers of the instance.`,
      `   2.00 s  3.00 MiB came by copy, in 768 fragments; copy fired once.
           With the rule back 3.00 MiB came, 0 bytes of it by copy.`,
      `   3.00 s  alloc_fail fired twice; receiving stood still twice, 1.73 s in all.
           First another area helped; when that was used up too, only giving back did.`,
    ]);
  });

  const summary: RunEvent = {
    type: 'summary',
    seconds: 7.4,
    received_bytes: String(30 << 20),
    copy_count: '768',
    copy_bytes: String(3 << 20),
    notifications: { copy: 1, alloc_fail: 2 },
    rearmed: 3,
    interrupted: 0,
    stalls: 2,
    stalled_ms: 1734.5,
    longest_stall_ms: 1600,
    held_back: 0,
    intact: true,
    acts,
  };

  test('a table at the end', () => {
    expect(text(summary)).toBe(`
act                         received  not counted as copied   by copy  filled by the card  stalls
1 zero-copy                 6.00 MiB               6.00 MiB   0 bytes            6.00 MiB  none
2 copying                   6.00 MiB               3.00 MiB  3.00 MiB            3.00 MiB  none
3 out of buffers, and back  18.0 MiB               18.0 MiB   0 bytes            18.0 MiB  2, 1.73 s

7.4 s: 30.0 MiB received, payload intact
  copied: 3.00 MiB in 768 fragments, of 31457280 bytes received
  notifications: copy 1×, alloc_fail 2×; re-armed 3×
  receiving stood still 2×: 1.73 s in all, 1.60 s the longest`);
  });

  test('a replay says nothing of what it cannot know', () => {
    const { stalls, stalled_ms, longest_stall_ms, held_back, intact, acts: _, ...known } = summary;
    expect(text(known)).toBe(`7.4 s: 30.0 MiB received
  copied: 3.00 MiB in 768 fragments, of 31457280 bytes received
  notifications: copy 1×, alloc_fail 2×; re-armed 3×
  10.0 % was copied: it did not arrive on the instance’s queue, or not in its buffers`);
  });

  test('what the counters mean depends on whether there is a device', () => {
    const { acts: _, ...ordinary } = summary;
    const without = { ...ordinary, copy_bytes: '0', stalls: 0, held_back: 2 };
    expect(text(without)).toMatch(
      /\n {2}receiving never stood still\n {2}receives were held back 2×, for a slow consumer\n {2}no copies counted; that alone does not prove zero copy$/,
    );
    expect(text(ordinary, false)).toMatch(/\n {2}an instance without a device always copies: this is/);
    expect(text({ ...without, received_bytes: '0' })).not.toContain('copies counted');
    expect(text({ ...ordinary, intact: false })).toContain(', PAYLOAD DAMAGED');
  });
});

describe('a standstill in words', () => {
  const recovered = {
    type: 'recovered',
    time_ms: 3010,
    ms: 704,
    reasons: ['alloc-fail'],
    end: 'resumed',
  } as const;

  test.each<[RunEvent, string]>([
    [
      { type: 'stalled', time_ms: 2310, reasons: ['alloc-fail'], held: 512, buffers: 512 },
      '   2.31 s  receiving stands still: the device found no free buffer, the program holds 512 of 512',
    ],
    [
      {
        ...recovered,
        actions: [
          { action: 'add-area', after_ms: 3, buffers: 512 },
          { action: 'rearm', after_ms: 700 },
        ],
      },
      '   3.01 s  receiving goes on after 0.70 s: the kernel got another area of 512 buffers, alloc_fail was re-armed',
    ],
    [
      { ...recovered, actions: [{ action: 'rearm', after_ms: 700 }] },
      '   3.01 s  receiving goes on after 0.70 s: buffers were given back, alloc_fail was re-armed',
    ],
    [
      {
        ...recovered,
        actions: [{ action: 'add-area', after_ms: 3, buffers: 0, error: 'failed with\nENOMEM' }],
      },
      '   3.01 s  receiving goes on after 0.70 s: buffers were given back, another area was refused (failed with ENOMEM)',
    ],
    [
      { ...recovered, actions: [], end: 'over' },
      '   3.01 s  it stood still for 0.70 s, and there is nothing left to receive',
    ],
  ])('%j', (event, expected) => {
    expect(text(event)).toBe(expected);
  });
});

describe('advice in words', () => {
  const commands = ['ethtool -K eth0 ntuple on', 'ethtool -N eth0 flow-type tcp4 dst-port 7000 action 7'];

  test('how to steer, without a time', () => {
    expect(text({ type: 'advice', time_ms: 1, topic: 'steering', commands })).toBe(
      `for the operator, once, as root: bring the traffic of the port to the queue, and all other to others:
  ethtool -K eth0 ntuple on
  ethtool -N eth0 flow-type tcp4 dst-port 7000 action 7`,
    );
  });

  test('the rules once more where all is copied, and not where they do not help', () => {
    const copied = text({ type: 'advice', time_ms: 3000, topic: 'copied', copied_percent: 99.2, commands });
    expect(copied).toMatch(/^ {3}3\.00 s {2}99\.2 % of what came last was copied: .*:\n {2}ethtool -K eth0/);
    const fine = text({ type: 'advice', time_ms: 9000, topic: 'fine', copied_percent: 0, commands });
    expect(fine).toBe('   9.00 s  as it should be: 0 % of what came last was copied');
  });
});

describe('the screen', () => {
  function shown(events: readonly RunEvent[]): string[] {
    let out = '';
    const terminal = {
      write: (data: string) => {
        out += data;
      },
      isTerminal: false,
      paint: plain,
    } as unknown as Terminal;
    const screen = textScreen(terminal);
    for (const event of events) screen.emit(event);
    screen.close();
    return out.trimEnd().split('\n');
  }

  const stats = (time_ms: number, received: number): RunEvent => ({
    type: 'stats',
    time_ms,
    received_bytes: String(received),
    copy_bytes: '0',
    copy_count: '0',
  });

  test('one line a second, with the rate of the last second, and how long it stands still', () => {
    const samples = Array.from({ length: 31 }, (_, i) => stats(i * 100, Math.min(i, 20) * 102_400));
    samples.splice(21, 0, { type: 'stalled', time_ms: 2000, reasons: ['alloc-fail'], held: 1, buffers: 1 });
    expect(shown(samples)).toEqual([
      '   0.00 s  received 0 bytes (0 bytes/s)  copied 0 bytes in 0 fragments',
      '   1.00 s  received 1000 KiB (1000 KiB/s)  copied 0 bytes in 0 fragments',
      '   2.00 s  received 1.95 MiB (1000 KiB/s)  copied 0 bytes in 0 fragments',
      '   2.00 s  receiving stands still: the device found no free buffer, the program holds 1 of 1',
      '   3.00 s  received 1.95 MiB (0 bytes/s)  copied 0 bytes in 0 fragments  standing still for 1.0 s',
    ]);
  });

  test('thousands of connections are counted, not printed', () => {
    const lines = shown(
      Array.from({ length: 1000 }, (_, i) => ({
        type: 'connected',
        time_ms: i,
        from: '192.0.2.1:1',
        connections: i,
      })),
    );
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('           (from here on these are only counted)');
  });
});
