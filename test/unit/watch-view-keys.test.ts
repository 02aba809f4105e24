import { describe, expect, it } from 'vitest';
import { SORTS, sorted, worstOf } from '../../src/cli/watch/view/order.js';
import { keyOf, type Row } from '../../src/cli/watch/view/row.js';
import {
  arrange,
  FIRST_VIEW,
  type Key,
  pressed,
  type ViewState,
} from '../../src/cli/watch/view/view-state.js';
import { FIVE, rowOf, thousand } from './watch-view-rows.js';

const names = (rows: readonly Row[]) => rows.map(({ name, ring }) => `${name}:${ring}`);
const STALLED = 'nginx:9';
const STARVING = 'ingest-worker-3:12';
const COPYING = 'receiver:7';
const UNKNOWN = 'old:7';
const WELL = 'nginx:7';

describe('rows', () => {
  it.each([
    ['instance', [STARVING, WELL, STALLED, UNKNOWN, COPYING], [COPYING, UNKNOWN, STALLED, WELL, STARVING]],
    ['state', [STALLED, STARVING, COPYING, UNKNOWN, WELL], [WELL, UNKNOWN, COPYING, STARVING, STALLED]],
    ['since', [STALLED, STARVING, COPYING, WELL, UNKNOWN], [UNKNOWN, WELL, COPYING, STARVING, STALLED]],
    // bytes, then buffers, then what is not known; the last stays last in reverse
    ['received', [WELL, COPYING, STALLED, STARVING, UNKNOWN], [STALLED, COPYING, WELL, STARVING, UNKNOWN]],
    ['copied', [COPYING, STARVING, WELL, STALLED, UNKNOWN], [STARVING, WELL, STALLED, COPYING, UNKNOWN]],
    ['copies', [COPYING, STARVING, WELL, STALLED, UNKNOWN], [STARVING, WELL, STALLED, COPYING, UNKNOWN]],
    ['share', [COPYING, WELL, STARVING, STALLED, UNKNOWN], [WELL, COPYING, STARVING, STALLED, UNKNOWN]],
  ] as const)('are sorted by %s', (sort, forward, backward) => {
    expect(names(sorted(FIVE, sort, false))).toEqual(forward);
    expect(names(sorted(FIVE, sort, true))).toEqual(backward);
  });

  it('that are alike have an order too, and the rows given stay as they are', () => {
    const alike = [3, 1, 2].map((zcrx_id) => rowOf({ zcrx_id }));
    expect(sorted(alike, 'copied', false).map(({ zcrx_id }) => zcrx_id)).toEqual([1, 2, 3]);
    expect(alike.map(({ zcrx_id }) => zcrx_id)).toEqual([3, 1, 2]);
  });

  it('have a worst one: by state, then by what is copied; what is gone is nobody’s trouble', () => {
    expect(worstOf([])).toBeUndefined();
    expect(worstOf(FIVE)).toBe(FIVE[3]);
    expect(worstOf(thousand)?.pid).toBe(1993);
    const gone = { ...(FIVE[3] as Row), gone: 'ended' };
    expect(worstOf([gone, ...FIVE.slice(4)])).toBe(FIVE[4]);
  });
});

const ROOM = 3;
const key = (name: string, more: Key = {}): Key =>
  /^[a-z]/.test(name) ? { name, sequence: name, ...more } : { name: undefined, sequence: name, ...more };

/** The view after keys. */
const viewAfter = (keys: readonly string[], view: ViewState = FIRST_VIEW, rows: readonly Row[] = FIVE) =>
  keys.reduce((state, name) => pressed(state, key(name), rows, ROOM), view);

/** What is in the picture then, and which of it is meant. */
function seen(view: ViewState, rows: readonly Row[] = FIVE): [string[], string | undefined] {
  const { rows: all, subject, top } = arrange(rows, view, ROOM);
  const row = all[subject];
  return [names(all.slice(top, top + ROOM)), row && names([row])[0]];
}

describe('a key', () => {
  it('sorts by the next column, and after the last by the first', () => {
    const views = SORTS.map((_, i) => viewAfter(Array(i + 1).fill('s')).sort);
    expect(views).toEqual(['since', 'received', 'copied', 'copies', 'share', 'instance', 'state']);
  });

  it('sorts by a column, or in reverse', () => {
    expect(SORTS.map((_, i) => viewAfter([String(i + 1)]).sort)).toEqual([...SORTS]);
    expect(viewAfter(['8'])).toEqual(FIRST_VIEW);
    expect(viewAfter(['0'])).toEqual(FIRST_VIEW);
    expect(viewAfter(['r']).reversed).toBe(true);
    expect(viewAfter(['r', 'r']).reversed).toBe(false);
    // another column begins with what matters most
    expect(viewAfter(['r', 's']).reversed).toBe(false);
  });

  it('selects, and the selection stays in the picture', () => {
    expect(seen(FIRST_VIEW)).toEqual([[STALLED, STARVING, COPYING], STALLED]);
    expect(seen(viewAfter(['down']))).toEqual([[STALLED, STARVING, COPYING], STARVING]);
    expect(seen(viewAfter(['j', 'j', 'j']))).toEqual([[STARVING, COPYING, UNKNOWN], UNKNOWN]);
    expect(seen(viewAfter(['j', 'j', 'j', 'k', 'k']))).toEqual([[STARVING, COPYING, UNKNOWN], STARVING]);
    expect(seen(viewAfter(['j', 'j', 'j', 'up', 'up', 'up', 'up', 'up']))).toEqual([
      [STALLED, STARVING, COPYING],
      STALLED,
    ]);
    expect(seen(viewAfter(['end']))).toEqual([[COPYING, UNKNOWN, WELL], WELL]);
    expect(seen(viewAfter(['end', 'down']))).toEqual([[COPYING, UNKNOWN, WELL], WELL]);
    expect(seen(viewAfter(['end', 'home']))).toEqual([[STALLED, STARVING, COPYING], STALLED]);
    expect(seen(viewAfter(['pagedown']))).toEqual([[STARVING, COPYING, UNKNOWN], UNKNOWN]);
    expect(seen(viewAfter(['pagedown', 'pageup']))).toEqual([[STALLED, STARVING, COPYING], STALLED]);
  });

  it('selects an instance and not a place: it is found again in another order', () => {
    const view = viewAfter(['down', 'down', '1']);
    expect(seen(view)).toEqual([[STALLED, UNKNOWN, COPYING], COPYING]);
    expect(seen(view, FIVE.slice(1))).toEqual([[STALLED, UNKNOWN, COPYING], COPYING]);
    // without it, the worst one is meant again
    expect(
      seen(
        view,
        FIVE.filter(({ name }) => name !== 'receiver'),
      )[1],
    ).toBe(STALLED);
    expect(seen(viewAfter(['down', 'down', 'escape']))).toEqual([[STALLED, STARVING, COPYING], STALLED]);
  });

  it('stays with an instance that is gone, and goes past one whose place another took', () => {
    const gone = (row: Row): Row => ({ ...row, gone: 'the ring was closed' });
    const copying = FIVE[1] as Row;
    const view = viewAfter(['down', 'down']);
    const without = FIVE.filter((row) => row !== copying);
    expect(seen(view, [...without, gone(copying)])[1]).toBe(COPYING);
    const both = [copying, gone(copying)];
    const states = ['up', 'down', 'down'].map((_, i, keys) => {
      const { rows, subject } = arrange(both, viewAfter(keys.slice(0, i + 1), FIRST_VIEW, both), ROOM);
      return rows[subject]?.gone;
    });
    expect(states).toEqual([undefined, 'the ring was closed', 'the ring was closed']);
  });

  it('starts at the top where the worst one is out of the picture', () => {
    const view = { ...FIRST_VIEW, sort: 'share' as const };
    expect(seen(view)).toEqual([[COPYING, WELL, STARVING], STALLED]);
    expect(seen(viewAfter(['down'], view))).toEqual([[COPYING, WELL, STARVING], WELL]);
  });

  it('goes through many', () => {
    const many = thousand.slice(0, 200);
    let view: ViewState = FIRST_VIEW;
    const visited = new Set<string>();
    for (let i = 0; i < 200; i++) {
      view = pressed(view, key('j'), many, 40);
      const { rows, subject, top } = arrange(many, view, 40);
      expect(subject).toBeGreaterThanOrEqual(top);
      expect(subject).toBeLessThan(top + 40);
      visited.add(keyOf(rows[subject] as Row));
    }
    // all but the one that it started from
    expect(visited.size).toBe(199);
    expect(view.top).toBe(160);
  });

  it('without rows, or with one, changes nothing that could not be', () => {
    for (const name of ['up', 'down', 'home', 'end', 'pageup', 'pagedown']) {
      expect(viewAfter([name], FIRST_VIEW, [])).toEqual(FIRST_VIEW);
      expect(seen(viewAfter([name], FIRST_VIEW, FIVE.slice(0, 1)), FIVE.slice(0, 1))).toEqual([[WELL], WELL]);
      expect(pressed(FIRST_VIEW, key(name), FIVE, 0).top).toBeGreaterThanOrEqual(0);
    }
  });

  it('switches detail, the pause and help', () => {
    expect(viewAfter(['return']).detail).toBe(true);
    expect(viewAfter(['return', 'enter']).detail).toBe(false);
    expect(viewAfter(['return', 'escape']).detail).toBe(false);
    expect(viewAfter(['p']).paused).toBe(true);
    expect(viewAfter(['p', 'p']).paused).toBe(false);
    expect(viewAfter(['?']).help).toBe(true);
    // any key leaves help, and does nothing else
    expect(viewAfter(['?', 's'])).toEqual(FIRST_VIEW);
    expect(viewAfter(['?', '?'])).toEqual(FIRST_VIEW);
  });

  it('quits', () => {
    expect(viewAfter(['q']).quit).toBe(true);
    expect(viewAfter(['?', 'q']).quit).toBe(true);
    expect(pressed(FIRST_VIEW, key('c', { ctrl: true, sequence: '\x03' }), FIVE, ROOM).quit).toBe(true);
    expect(pressed(FIRST_VIEW, key('d', { ctrl: true, sequence: '\x04' }), FIVE, ROOM).quit).toBe(true);
  });

  it('that is none of these does nothing', () => {
    for (const other of [
      key('x'),
      key('p', { ctrl: true }),
      key('q', { meta: true }),
      key('['),
      {},
      key('constructor'),
    ]) {
      expect(pressed(FIRST_VIEW, other, FIVE, ROOM)).toEqual(FIRST_VIEW);
    }
  });
});
