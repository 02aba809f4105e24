import { type Paint, paintFor, plain } from '../../terminal.js';

/** What may be written. */
export interface Abilities {
  readonly paint: Paint;
  /** Whether more than ASCII is shown. */
  readonly unicode: boolean;
}

/** The locale for characters, in the order in which its variables count. */
const localeOf = (env: NodeJS.ProcessEnv) => env.LC_ALL || env.LC_CTYPE || env.LANG || '';

/** Whether a locale has Unicode; the console of Linux has it, but not the characters. */
const hasUnicode = (env: NodeJS.ProcessEnv) => /utf-?8/i.test(localeOf(env)) && env.TERM !== 'linux';

/**
 * What a terminal, or what takes its place, shows.
 * @param color false where somebody asked for none; otherwise the environment decides
 */
export function abilitiesFor(isTerminal: boolean, env: NodeJS.ProcessEnv, color = true): Abilities {
  return { paint: color ? paintFor(isTerminal, env) : plain, unicode: hasUnicode(env) };
}

/** Characters, as a stream of a terminal knows them. */
export interface WindowSize {
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * Whether a picture can be drawn: on a terminal where the cursor can be moved and whose size is known (a serial console has
 * none). Elsewhere there are plain lines.
 */
export function canDraw(
  isTerminal: boolean,
  env: NodeJS.ProcessEnv,
  size: WindowSize = process.stdout,
): boolean {
  const hasCursor = env.TERM !== undefined && env.TERM !== '' && env.TERM !== 'dumb';
  return isTerminal && hasCursor && Boolean(size.columns) && Boolean(size.rows);
}
