import { describe, expect, it } from 'vitest';
import { PlainLines } from '../../src/cli/watch/view/plain-lines.js';
import type { Row } from '../../src/cli/watch/view/row.js';
import { FIVE, rowOf, thousand } from './watch-view-rows.js';

const START = Date.UTC(2026, 7, 5, 12, 0, 0);

/** What was written of rows, each with its second. */
function written(updates: readonly (readonly [number, readonly Row[]])[], figuresEvery = 10_000): string[] {
  const texts: string[] = [];
  const lines = new PlainLines({ write: (line) => void texts.push(line), figuresEvery, unicode: false });
  for (const [second, rows] of updates) lines.update(rows, new Date(START + second * 1000));
  expect(texts.filter((text) => !/^.+\n$/.test(text))).toEqual([]);
  return texts.map((text) => text.slice(0, -1));
}

const short = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/^2026-08-05T12:00:|\.000Z|=.*/g, ''));

describe('plain lines', () => {
  it('tell that an instance appears, and its figures in the documented order', () => {
    expect(written([[0, [FIVE[1] as Row]]])).toEqual([
      '2026-08-05T12:00:00.000Z appeared receiver(4242):7/0 copying reason=copied: 12.3 % of the received bytes were copied in the last 5 s (threshold 1 %)',
      '2026-08-05T12:00:00.000Z figures receiver(4242):7/0 copying received_bytes_per_second=103284736 buffers_per_second=- copied_bytes_per_second=12687770 copies_per_second=3098 copied_share=0.1228 received_bytes=- copy_bytes=- copy_count=- free_entries=512 stalls=0 events_copy=- events_alloc_fail=- resets=0 how=mapped',
    ]);
  });

  it('have exact counters, and marks for what was concluded', () => {
    const [, own] = written([[0, [FIVE[3] as Row]]]);
    expect(own).toMatch(
      / figures nginx\(911\):9\/0 stalled received_bytes_per_second=0 .* received_bytes=1099511627776 copy_bytes=2147483648 copy_count=12345 free_entries=- stalls=3 events_copy=3 events_alloc_fail=0 resets=1 how=own$/,
    );
    const [appeared, figures] = written([[0, [FIVE[2] as Row]]]);
    expect(appeared).toMatch(
      / appeared ingest-worker-3\(4194303\):12\/1 ~starving reason=ring-empty: the refill/,
    );
    expect(figures).toContain(' ~starving ');
  });

  it('tell figures no more often than asked for, but each change of state at once', () => {
    const well = rowOf();
    const copying = rowOf({}, { state: 'copying', reason: 'copied', words: 'copies' });
    const lines = written([
      [0, [well]],
      [1, [well]],
      [2, [copying]],
      [3, [copying]],
      [9, [copying]],
      [10, [copying]],
      [19, [copying]],
      [20, [well]],
    ]);
    expect(short(lines)).toEqual([
      '00 appeared receiver(4242):7/0 zero-copy reason',
      '00 figures receiver(4242):7/0 zero-copy received_bytes_per_second',
      '02 state receiver(4242):7/0 copying reason',
      '10 figures receiver(4242):7/0 copying received_bytes_per_second',
      '20 state receiver(4242):7/0 zero-copy reason',
      '20 figures receiver(4242):7/0 zero-copy received_bytes_per_second',
    ]);
  });

  it('tell that an instance is gone, once, and that it is there again', () => {
    const row = rowOf();
    const gone = rowOf({ gone: 'the process ended' });
    const lines = written(
      [
        [0, [row]],
        [1, [gone]],
        [2, [gone]],
        [3, []],
        [4, [row]],
        [5, []],
        [6, []],
      ],
      3_600_000,
    );
    expect(lines.filter((line) => !line.includes(' figures ')).map((line) => line.slice(17))).toEqual([
      '00.000Z appeared receiver(4242):7/0 zero-copy reason=not-copied: no copy was counted; zero does not prove zero copy',
      '01.000Z gone receiver(4242):7/0 zero-copy reason=gone: the process ended',
      '04.000Z appeared receiver(4242):7/0 zero-copy reason=not-copied: no copy was counted; zero does not prove zero copy',
      '05.000Z gone receiver(4242):7/0 zero-copy reason=gone: no longer seen',
    ]);
  });

  it('tell an instance from the one that was there before it', () => {
    const before = rowOf({ gone: 'the ring was closed' }, { state: 'copying' });
    const after = rowOf();
    const lines = written(
      [
        [0, [rowOf({}, { state: 'copying' })]],
        [1, [after, before]],
        [2, [after, before]],
        [3, [after]],
      ],
      3_600_000,
    );
    expect(short(lines.filter((line) => !line.includes(' figures ')))).toEqual([
      '00 appeared receiver(4242):7/0 copying reason',
      '01 gone receiver(4242):7/0 copying reason',
      '01 appeared receiver(4242):7/0 zero-copy reason',
    ]);
  });

  it('do not fall silent when the clock is set back', () => {
    const row = rowOf();
    expect(
      short(
        written([
          [50, [row]],
          [20, [row]],
          [25, [row]],
          [30, [row]],
        ]),
      ).slice(2),
    ).toEqual([
      '20 figures receiver(4242):7/0 zero-copy received_bytes_per_second',
      '30 figures receiver(4242):7/0 zero-copy received_bytes_per_second',
    ]);
  });

  it('stay lines of words whatever a process is called', () => {
    const rows = [
      rowOf({ name: 'a b\nc\x1b[2J', pid: 1 }, { words: 'x\n2026 gone\x07' }),
      rowOf({ name: '', pid: 2, gone: 'a\r\nb' }),
    ];
    const lines = written([[0, rows]]);
    expect(lines.map((line) => line.split(' ').slice(1, 4))).toEqual([
      ['gone', '(2):7/0', 'zero-copy'],
      ['appeared', 'a_b?c?[2J(1):7/0', 'zero-copy'],
      ['figures', 'a_b?c?[2J(1):7/0', 'zero-copy'],
    ]);
    for (const line of lines) expect(line).toMatch(/^[ -~]+$/);
    expect(lines[1]).toMatch(/ x 2026 gone\?$/);
  });

  it('of a thousand instances are a thousand of each kind', () => {
    expect(
      written([
        [0, thousand],
        [1, thousand],
      ]).length,
    ).toBe(2000);
    expect(
      written(
        [
          [0, thousand],
          [1, thousand],
        ],
        0,
      ).length,
    ).toBe(3000);
    expect(written([])).toEqual([]);
  });
});
