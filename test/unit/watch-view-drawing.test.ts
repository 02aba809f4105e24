/** What is drawn over an earlier picture, as a terminal shows it then. */
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Abilities } from '../../src/cli/watch/view/abilities.js';
import { rowsToLines } from '../../src/cli/watch/view/picture.js';
import type { Row } from '../../src/cli/watch/view/row.js';
import { LiveScreen } from '../../src/cli/watch/view/screen.js';
import { FIRST_VIEW } from '../../src/cli/watch/view/view-state.js';
import { colored, FIVE, heading, rowOf, thousand, unicode, withoutStyles } from './watch-view-rows.js';
import { Terminal } from './watch-view-terminal.js';

/** A stream that a terminal takes from, as lines of a terminal come: a new line is at its beginning. */
class Output extends Writable {
  readonly isTTY = true;
  terminal: Terminal;
  bytes = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.terminal = new Terminal(columns, rows);
  }

  get columns(): number {
    return this.terminal.columns;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    this.bytes += Buffer.byteLength(text);
    this.terminal.write(text.replaceAll('\n', '\n\r'));
    done();
  }

  /** Another size, with all that was there. */
  resize(columns: number, rows: number): void {
    const before = this.terminal.text();
    this.terminal = new Terminal(columns, rows);
    this.terminal.write(`\x1b[?1049h${before.join('\n\r')}`);
    this.emit('resize');
  }
}

/** No keys. */
const INPUT = { isTTY: false } as ReadStream;

function open(columns: number, rows: number, abilities: Abilities = unicode) {
  const output = new Output(columns, rows);
  const screen = new LiveScreen({
    input: INPUT,
    output: output as unknown as WriteStream,
    abilities,
    onQuit: () => {},
  });
  screen.start();
  return { output, screen };
}

/** What is to be seen: the picture, and a blank line below. */
const expected = (
  rows: readonly Row[],
  more: object,
  { columns, rows: height }: Output,
  abilities = unicode,
) => {
  const size = { columns: columns - 1, rows: height - 1 };
  const lines = rowsToLines(rows, FIRST_VIEW, size, abilities, { ...heading, ...more });
  return [...lines.map((line) => withoutStyles(line).trimEnd()), ''];
};

describe('the live view', () => {
  it('shows the last picture, whatever was shown before', () => {
    const anyRow = fc
      .record({ pid: fc.nat(5), rate: fc.nat(3000), name: fc.constantFrom('a', 'b', 'x'.repeat(15)) })
      .map(({ pid, rate, name }) =>
        rowOf({ pid, name, history: [rate, 1000] }, { received_bytes_per_second: rate }),
      );
    const anyUpdate = fc.record({
      rows: fc.uniqueArray(anyRow, { maxLength: 5, selector: ({ pid }) => pid }),
      // A title in the last column, another remark, or none.
      second: fc.nat(2),
      remark: fc.option(fc.constantFrom('one', 'another', 'long '.repeat(40)), { nil: undefined }),
      resize: fc.option(
        fc.record({ columns: fc.integer({ min: 20, max: 100 }), rows: fc.integer({ min: 2, max: 30 }) }),
        {
          freq: 4,
        },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(anyUpdate, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(unicode, colored),
        (updates, abilities) => {
          const { output, screen } = open(80, 24, abilities);
          try {
            for (const { rows, second, remark, resize } of updates) {
              if (resize) output.resize(resize.columns, resize.rows);
              const more = { time: new Date(second * 1000), ...(remark !== undefined && { remark }) };
              screen.update(rows, { ...heading, ...more });
              expect(output.terminal.text()).toEqual(expected(rows, more, output, abilities));
            }
          } finally {
            screen.stop();
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('writes nothing where nothing changed, and little where little did', () => {
    const { output, screen } = open(80, 24);
    try {
      screen.update(FIVE, heading);
      const whole = output.bytes;
      screen.update(FIVE, heading);
      expect(output.bytes).toBe(whole);
      screen.update(FIVE.slice(1), heading);
      expect(output.terminal.text()).toEqual(expected(FIVE.slice(1), {}, output));
      expect(output.bytes).toBeLessThan(2 * whole);
    } finally {
      screen.stop();
    }
  });

  it('keeps no listener of a screen that was stopped', () => {
    const counts = () =>
      ['exit', 'uncaughtExceptionMonitor', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGCONT'].map((name) =>
        process.listenerCount(name),
      );
    const before = counts();
    const { output, screen } = open(80, 24);
    expect(counts()).toEqual(before.map((count) => count + 1));
    screen.update(thousand, heading);
    screen.start();
    expect(counts()).toEqual(before.map((count) => count + 1));
    screen.stop();
    screen.stop();
    expect(counts()).toEqual(before);
    expect(output.listenerCount('resize')).toBe(0);
    expect(output.terminal.hasCursor).toBe(true);
    expect(output.terminal.isFirst).toBe(true);
    const { bytes } = output;
    screen.update(FIVE, heading);
    expect(output.bytes).toBe(bytes);
  });
});
