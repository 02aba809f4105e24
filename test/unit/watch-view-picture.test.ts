import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsToLines, type Size } from '../../src/cli/watch/view/picture.js';
import type { Row } from '../../src/cli/watch/view/row.js';
import { FIRST_VIEW, pressed, type ViewState } from '../../src/cli/watch/view/view-state.js';
import { ascii, colored, FIVE, heading, rowOf, thousand, unicode, withoutStyles } from './watch-view-rows.js';

/** A picture as text, in which many blank lines are counted. */
function told(lines: readonly string[]): string {
  const text = `\n${lines.join('\n')}\n`;
  return text.replace(/\n{4,}/g, (blank) => `\n[${blank.length - 1} blank lines]\n`);
}

const draw = (
  rows: readonly Row[],
  size: Size,
  {
    view = {},
    abilities = unicode,
    more = {},
  }: { view?: Partial<ViewState>; abilities?: typeof unicode; more?: object } = {},
) => rowsToLines(rows, { ...FIRST_VIEW, ...view }, size, abilities, { ...heading, ...more });

const size = (columns: number, rows: number): Size => ({ columns, rows });

describe('a picture', () => {
  it('of 80 columns has all columns of the table', () => {
    expect(told(draw(FIVE, size(80, 24)))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                      12:34:56
5 instances: 1 stalled, 1 starving, 1 copying, 1 unknown, 1 zero-copy
received at least 1.33GiB/s, copied at least 12.1MiB/s
 INSTANCE             STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   HISTORY
>nginx(911):9/0       stalled        0s       0B       0B      0     - ▁▁▁▁▁▁▁▁▁
 inges…(4194303):12/1 ~starving      2s    0 buf       0B      0     -    █▆▅▃▁▁
 receiver(4242):7/0   copying    12m05s  98.5MiB  12.1MiB  3.10k 12.3% ▆▇██▇▆▆▄▃
 old(77):7/0          unknown     12d0h        -        -      -     -        █
 nginx(911):7/0       zero-copy   5h03m  1.23GiB       0B      0    0% ▁▁▁▁▂▄▅▇█
[11 blank lines]
nginx(911):9/0 stalled for 0s: receiving stands still for 0.4 s: the area has no
free buffer

q quit  ? help  s sort: state  p pause  j/k select  enter detail  r reverse
`);
  });

  it('in ASCII says the same', () => {
    expect(told(draw(FIVE, size(80, 24), { abilities: ascii }))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                      12:34:56
5 instances: 1 stalled, 1 starving, 1 copying, 1 unknown, 1 zero-copy
received at least 1.33GiB/s, copied at least 12.1MiB/s
 INSTANCE             STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   HISTORY
>nginx(911):9/0       stalled        0s       0B       0B      0     - _________
 inge..(4194303):12/1 ~starving      2s    0 buf       0B      0     -    #+=:__
 receiver(4242):7/0   copying    12m05s  98.5MiB  12.1MiB  3.10k 12.3% +*##*++-:
 old(77):7/0          unknown     12d0h        -        -      -     -        #
 nginx(911):7/0       zero-copy   5h03m  1.23GiB       0B      0    0% ____.-=*#
[11 blank lines]
nginx(911):9/0 stalled for 0s: receiving stands still for 0.4 s: the area has no
free buffer

q quit  ? help  s sort: state  p pause  j/k select  enter detail  r reverse
`);
  });

  it('of 40 columns keeps what matters most', () => {
    expect(told(draw(FIVE, size(40, 10)))).toBe(`
zcrx watch: pid 911, 4242, 41…  12:34:56
5 instances: 1 stalled, 1 starving, 1 c…
 INSTANCE            STATE      COPIED/s
>nginx(911):9/0      stalled          0B
 inge…(4194303):12/1 ~starving        0B
 receiver(4242):7/0  copying     12.1MiB
 old(77):7/0         unknown           -
nginx(911):9/0 stalled for 0s: receiving
stands still for 0.4 s: the area has no…
q quit  ? help  s sort: state   1-4 of 5
`);
  });

  it('of 120 columns uses the room, and tells all of one instance where asked', () => {
    const view = { detail: true, selected: '911:9/0' };
    expect(told(draw(FIVE, size(120, 40), { view }))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                                                              12:34:56
5 instances: 1 stalled, 1 starving, 1 copying, 1 unknown, 1 zero-copy
received at least 1.33GiB/s, copied at least 12.1MiB/s
 INSTANCE                         STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   FREE STALLS READ            HISTORY
>nginx(911):9/0                   stalled        0s       0B       0B      0     -      -      3 own    █▇▆▄▃▂▁▁▁▁▁▁▁▁▁▁
 ingest-worker-3(4194303):12/1    ~starving      2s    0 buf       0B      0     -      0      0 remote           █▆▅▃▁▁
 receiver(4242):7/0               copying    12m05s  98.5MiB  12.1MiB  3.10k 12.3%    512      0 mapped ▁▁▁▂▃▄▆▆▇██▇▆▆▄▃
 old(77):7/0                      unknown     12d0h        -        -      -     -      -      0 mapped               █
 nginx(911):7/0                   zero-copy   5h03m  1.23GiB       0B      0    0%   4096      0 own    █▇▆▄▃▂▁▁▁▁▁▂▃▅▆▇
[18 blank lines]
nginx(911):9/0 stalled for 0s: receiving stands still for 0.4 s: the area has no free buffer
since watching began: 2.00GiB copied in 12345 copies, 1.00TiB received; counters begun anew: 1
refill ring: entries unknown; buffers/s -
events: 3 copy (the last 4s ago), 0 alloc_fail
stalls: 3, in all 2.00 s, the longest 1.00 s, standing still now for 0.400 s
how: an instance of this process
[6 blank lines]
q quit  ? help  s sort: state  p pause  j/k select  enter reason only  r reverse
`);
  });

  it('without rows says so', () => {
    expect(told(draw([], size(80, 24)))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                      12:34:56
no instance

 INSTANCE             STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   HISTORY

 No instance is seen yet.
[17 blank lines]
q quit  ? help  s sort: state  p pause  j/k select  enter detail  r reverse
`);
  });

  it('of one row, standing still, with details that do not fit', () => {
    const view = { detail: true, paused: true };
    expect(told(draw(FIVE.slice(2, 3), size(60, 20), { view }))).toBe(`
zcrx watch: pid 911, 4242, 4194303        PAUSED at 12:34:56
1 instance: 1 starving
received unknown, copied 0B/s
 INSTANCE          STATE       SINCE   RECV/s COPIED/s SHARE
>in…(4194303):12/1 ~starving      2s    0 buf       0B     -
[7 blank lines]
ingest-worker-3(4194303):12/1 ~starving for 2s: the refill
ring is empty and has stood still for 2.1 s; the kernel
tells its events only to the owner of the ring, so this is
concluded from the ring and not counted
since watching began: copies unknown, received bytes unknown
refill ring: entries 0 wait for the kernel; buffers/s 0
events: unknown, the kernel tells them only to the ring tha…
q quit  ? help  s sort: state  p go on  j/k select
`);
  });

  it('of a thousand rows has the selected one, and says where it is', () => {
    const view: Partial<ViewState> = { sort: 'received', reversed: true, selected: '1500:7/0' };
    const more = { remark: 'nginx(911):12/0 gone: the ring was closed' };
    expect(told(draw(thousand, size(80, 24), { view, more }))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                      12:34:56
1000 instances: 100 copying, 900 zero-copy
received at least 419GiB/s, copied 47.5MiB/s
 INSTANCE             STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   HISTORY
 worker-486(1486):7/0 zero-copy   1m30s   463MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-487(1487):7/0 zero-copy   1m30s   464MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-488(1488):7/0 zero-copy   1m30s   465MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-489(1489):7/0 zero-copy   1m30s   466MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-490(1490):7/0 zero-copy   1m30s   467MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-491(1491):7/0 zero-copy   1m30s   468MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-492(1492):7/0 zero-copy   1m30s   469MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-494(1494):7/0 zero-copy   1m30s   471MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-495(1495):7/0 zero-copy   1m30s   472MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-496(1496):7/0 zero-copy   1m30s   473MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-497(1497):7/0 zero-copy   1m30s   474MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-498(1498):7/0 zero-copy   1m30s   475MiB       0B      -     - ▁▁▁▁▂▄▅▇█
 worker-499(1499):7/0 zero-copy   1m30s   476MiB       0B      -     - ▁▁▁▁▂▄▅▇█
>worker-500(1500):7/0 zero-copy   1m30s   477MiB       0B      -     - ▁▁▁▁▂▄▅▇█

worker-500(1500):7/0 zero-copy for 1m30s: no copy was counted; zero does not
prove zero copy

nginx(911):12/0 gone: the ring was closed
q quit  ? help  s sort: received (reversed)  p pause             438-451 of 1000
`);
  });

  it('of hostile names has them as text', () => {
    const rows = [
      rowOf({ name: '\x1b[2J\x1b]0;x\x07', pid: 1 }, { words: 'line\nbreak \x1b[31mred\x9b0m' }),
      rowOf({ name: '受信サーバー', pid: 2 }),
      rowOf({ name: 'a) (b', pid: 3, gone: 'the process \x07ended' }),
    ];
    const more = { source: '\x1b[5mpid 1', remark: 'a\x1b[1m\nb' };
    expect(told(draw(rows, size(80, 14), { more }))).toBe(`
zcrx watch: ?[5mpid 1                                                   12:34:56
3 instances: 2 zero-copy, 1 gone
received unknown, copied unknown
 INSTANCE             STATE       SINCE   RECV/s COPIED/s COPY/s SHARE   HISTORY
>?[2J?]0;x?(1):7/0    zero-copy   1m30s        -        -      -     -
 ??????(2):7/0        zero-copy   1m30s        -        -      -     -
 a) (b(3):7/0         gone            -        -        -      -     -


?[2J?]0;x?(1):7/0 zero-copy for 1m30s: line break ?[31mred?0m


a?[1m b
q quit  ? help  s sort: state  p pause  j/k select  enter detail  r reverse
`);
  });

  it('says that it stands still where there is hardly room', () => {
    const [title] = draw(FIVE, size(40, 10), { view: { paused: true } });
    expect(title).toBe('zcrx watch: pid 911…  PAUSED at 12:34:56');
  });

  it('of help', () => {
    expect(told(draw(FIVE, size(80, 23), { view: { help: true }, abilities: ascii }))).toBe(`
zcrx watch: pid 911, 4242, 4194303                                      12:34:56
s, 1-7       sort by the next column, or by one of the first seven; r reverses
up down j k  select an instance, also with page up and down, home, end; esc: the
             worst
enter        all that is known of the instance, or only the reason
p            stop the picture; watching goes on
q, Ctrl-C    quit
~            a state that was concluded: neither the kernel nor the program told
             it
-            what is not known; it is not zero
RECV/s       received bytes, or buffers (buf) that the refill ring passed on
COPIED/s     bytes that the kernel copied; COPY/s how often, SHARE of what was
             received
HISTORY      of RECV/s, each row on its own scale; the newest at the right
[8 blank lines]
any key: back
`);
  });

  it('loses columns in the stated order', () => {
    const heads = [120, 100, 80, 72, 65, 58, 52, 45, 40, 20].map((columns) => {
      const line = draw(FIVE, size(columns, 10))[2] as string;
      return line.trim().split(/ +/).join(' ');
    });
    expect(heads).toEqual([
      'INSTANCE STATE SINCE RECV/s COPIED/s COPY/s SHARE FREE STALLS READ HISTORY',
      'INSTANCE STATE SINCE RECV/s COPIED/s COPY/s SHARE FREE STALLS HISTORY',
      'INSTANCE STATE SINCE RECV/s COPIED/s COPY/s SHARE HISTORY',
      'INSTANCE STATE SINCE RECV/s COPIED/s COPY/s SHARE',
      'INSTANCE STATE SINCE RECV/s COPIED/s SHARE',
      'INSTANCE STATE SINCE RECV/s COPIED/s',
      'INSTANCE STATE RECV/s COPIED/s',
      'INSTANCE STATE COPIED/s',
      'INSTANCE STATE COPIED/s',
      'INSTANCE ST',
    ]);
  });

  it('counts statistics that several instances show once', () => {
    const copying = (zcrx_id: number, statistics: string) =>
      rowOf(
        { zcrx_id, statistics },
        { state: 'copying', copied_bytes_per_second: 1024, received_bytes_per_second: 2048 },
      );
    const lines = draw([copying(0, 'a'), copying(1, 'a'), copying(2, 'b')], size(80, 24));
    expect(lines[2]).toBe('received 6.00KiB/s, copied 2.00KiB/s');
  });

  it('has the same words with styles and without', () => {
    for (const view of [{}, { help: true }, { detail: true }]) {
      const styled = draw(FIVE, size(80, 24), { view, abilities: colored });
      expect(styled).not.toEqual(draw(FIVE, size(80, 24), { view }));
      expect(styled.map((line) => withoutStyles(line).trimEnd())).toEqual(draw(FIVE, size(80, 24), { view }));
    }
  });

  it('makes only what is seen into text', () => {
    let read = 0;
    const rows = thousand.map((row) => ({
      ...row,
      get history() {
        read++;
        return row.history;
      },
    }));
    read = 0;
    draw(rows, size(80, 24));
    expect(read).toBe(15);
  });

  const anyRow = fc
    .record({
      name: fc.string({ unit: 'binary', maxLength: 20 }),
      pid: fc.nat(),
      ring: fc.nat(),
      zcrx_id: fc.nat(65535),
      words: fc.string({ unit: 'binary', maxLength: 300 }),
      state: fc.constantFrom('zero-copy', 'copying', 'starving', 'stalled', 'unknown'),
      inferred: fc.boolean(),
      rate: fc.option(fc.double({ min: 0 }), { nil: undefined }),
      history: fc.array(fc.double(), { maxLength: 80 }),
      gone: fc.option(fc.string({ unit: 'binary' }), { nil: undefined, freq: 5 }),
    })
    .map(({ name, pid, ring, zcrx_id, words, state, inferred, rate, history, gone }) => {
      const rates =
        rate === undefined
          ? {}
          : { received_bytes_per_second: rate, copied_share: rate, copies_per_second: rate };
      const health = { words, state: state as 'copying', inferred, ...rates };
      return rowOf({ name, pid, ring, zcrx_id, history, ...(gone !== undefined && { gone }) }, health);
    });

  it('is never wider or longer than it may be, and nothing in it steers a terminal', () => {
    const keys = fc.array(fc.constantFrom('s', 'r', 'j', 'k', 'return', 'p', '?', 'end', 'pagedown', '5'), {
      maxLength: 8,
    });
    const heading = fc.record({
      source: fc.string({ unit: 'binary' }),
      remark: fc.string({ unit: 'binary' }),
    });
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 30 }),
        keys,
        fc.integer({ min: 1, max: 160 }),
        fc.nat(60),
        fc.constantFrom(ascii, unicode, colored),
        heading,
        (rows, names, columns, height, abilities, { source, remark }) => {
          const view = names.reduce(
            (state, name) => pressed(state, { name, sequence: name }, rows, height),
            FIRST_VIEW,
          );
          const time = new Date(0);
          const styled = rowsToLines(rows, view, size(columns, height), abilities, { source, remark, time });
          const lines = styled.map(withoutStyles);
          expect(lines.length).toBe(height);
          for (const line of lines) {
            expect(line.length).toBeLessThanOrEqual(columns);
            expect(line).toMatch(abilities === ascii ? /^[ -~]*$/ : /^[ -~\u00aa-\u052f…▁▂▃▄▅▆▇█]*$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
