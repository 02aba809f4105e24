import type { ReadStream, WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import type { Abilities } from './abilities.js';
import { Keyboard } from './keyboard.js';
import { type Heading, roomFor, rowsToLines, type Size } from './picture.js';
import type { Row } from './row.js';
import { FIRST_VIEW, type Key, pressed, type ViewState } from './view-state.js';
import { guardWaysOut } from './way-out.js';

export interface ScreenOptions {
  readonly input: ReadStream;
  /** A terminal, see canDraw. */
  readonly output: WriteStream;
  readonly abilities: Abilities;
  /** Called once, when the person at the keys wants to quit; the screen is stopped by then. */
  readonly onQuit: () => void;
}

/** xterm's names: a second screen, which leaves what is on the first as it is; the cursor. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[H\x1b[2J';

/**
 * The live view on a terminal. It takes the screen and the keys from start() to stop(), and gives both back on every way
 * out of the process but SIGKILL. A picture is drawn at each update, each key and each change of the terminal's size.
 */
export class LiveScreen {
  private readonly options: ScreenOptions;
  private readonly draw: ReturnType<typeof createLogUpdate>;
  private readonly keyboard: Keyboard;
  private release: (() => void) | undefined;
  private isOpen = false;
  private view: ViewState = FIRST_VIEW;
  private latest: Content | undefined;
  /** What the picture shows while it is stopped. */
  private stopped: Content | undefined;

  constructor(options: ScreenOptions) {
    this.options = options;
    // It would hide the cursor of the wrong stream.
    this.draw = createLogUpdate(options.output, { showCursor: true });
    this.keyboard = new Keyboard(options.input, (key) => this.press(key));
  }

  start(): void {
    if (this.release) return;
    this.release = guardWaysOut(this.stop);
    this.options.output.on('resize', this.redraw);
    process.on('SIGCONT', this.resume);
    this.open();
  }

  /** Shows rows, or keeps them for later where the picture is stopped. */
  update(rows: readonly Row[], heading: Heading): void {
    this.latest = { rows, heading };
    this.show();
  }

  /** May be called more than once. What was on the terminal before is there again. */
  readonly stop = (): void => {
    if (!this.release) return;
    this.release();
    this.release = undefined;
    this.options.output.off('resize', this.redraw);
    process.off('SIGCONT', this.resume);
    this.close();
  };

  private open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.keyboard.open();
    this.options.output.write(ENTER);
    this.draw.done();
    this.show();
  }

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.options.output.write(LEAVE);
    this.keyboard.close();
  }

  /** From nothing: after a change of size nobody knows what became of the lines. */
  private readonly redraw = (): void => {
    if (!this.isOpen) return;
    this.options.output.write(CLEAR);
    this.draw.done();
    this.show();
  };

  /** After the process stood still the terminal has the shell's settings. */
  private readonly resume = (): void => {
    this.close();
    this.open();
  };

  private suspend(): void {
    this.close();
    // As the terminal would do it: to all processes of the job. It returns when they go on.
    process.kill(0, 'SIGTSTP');
    this.open();
  }

  /**
   * A line and a column less than there are: log-update ends with a new line, and erases up to the end of a line, where
   * terminals have the last character of a full one.
   */
  private size(): Size {
    const { columns = 80, rows = 24 } = this.options.output;
    return { columns: Math.max(1, columns - 1), rows: Math.max(1, rows - 1) };
  }

  private show(): void {
    const content = this.stopped ?? this.latest;
    if (!this.isOpen || !content) return;
    const { rows, heading } = content;
    const lines = rowsToLines(rows, this.view, this.size(), this.options.abilities, heading);
    // log-update 7.2 loses count of the lines where the last that changed is empty, or where their number changes.
    this.draw(lines.map((line) => line || ' ').join('\n'));
  }

  private press(key: Key): void {
    if (key.ctrl && key.name === 'z') {
      this.suspend();
      return;
    }
    const { rows, heading } = this.stopped ?? this.latest ?? NOTHING;
    this.view = pressed(this.view, key, rows, roomFor(this.size(), this.view, heading));
    if (this.view.quit) {
      this.stop();
      this.options.onQuit();
      return;
    }
    if (!this.view.paused) this.stopped = undefined;
    else this.stopped ??= this.latest;
    this.show();
  }
}

interface Content {
  readonly rows: readonly Row[];
  readonly heading: Heading;
}

const NOTHING: Content = { rows: [], heading: { source: '', time: new Date(0) } };
