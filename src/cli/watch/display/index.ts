import type { Terminal } from '../../terminal.js';
import type { WatchRequest } from '../request.js';
import type { Source } from '../source.js';
import { canDraw } from '../view/index.js';
import type { Display } from './display.js';
import { JsonDisplay } from './json.js';
import { LiveDisplay } from './live.js';
import { PlainDisplay } from './plain.js';

export type { Display } from './display.js';

/**
 * How a watch is shown: as asked for, or else as the terminal can.
 * @param quit called when the person at the keys has enough
 */
export function displayFor(
  { show, figuresEvery }: Pick<WatchRequest, 'show' | 'figuresEvery'>,
  source: Source,
  terminal: Terminal,
  quit: () => void,
): Display {
  if (show === 'json') return new JsonDisplay(source, terminal, figuresEvery);
  const isLive = show === 'auto' && process.stdin.isTTY === true && canDraw(terminal.isTerminal, process.env);
  return isLive ? new LiveDisplay(source, terminal, quit) : new PlainDisplay(source, terminal, figuresEvery);
}
