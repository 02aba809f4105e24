import { once } from 'node:events';
import { styleText } from 'node:util';
import { UsageError } from './errors.js';

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red';

/** Puts a style around text, or leaves it as it is where styles are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Where a command reads and writes: the process, or in a test a stand-in. */
export interface Terminal {
  /** To standard output. */
  write(data: string | Uint8Array): void;
  /** To standard error, text with its newline. */
  complain(text: string): void;
  /** All of standard input. */
  readInput(): Promise<Uint8Array>;
  /** Standard input as it comes. */
  input(): AsyncIterable<Uint8Array>;
  /** Resolves when what was written has mostly been taken. */
  drained(): Promise<void>;
  /** Whether standard output is seen by a person at once. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
}

/** Input is a few structs; this much is a mistake. */
const MOST_INPUT = 16 << 20;

/** All bytes of a stream. @throws UsageError if there is no end to them */
export async function readAll(stream: AsyncIterable<Uint8Array>, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MOST_INPUT)
      throw new UsageError(`${what} has more than ${MOST_INPUT} bytes, expected a few structs`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** NO_COLOR and FORCE_COLOR as their conventions say: set and not empty. */
function wantsColor(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}

export const plain: Paint = (_style, text) => text;

/** Colours or none, for a stream that is a terminal or not. */
export function paintFor(isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): Paint {
  if (!wantsColor(isTerminal, env)) return plain;
  // The decision is made here: newer Node would take it again, for another stream.
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** The terminal of this process. A reader that goes away (`zcrx … | head`) ends the program in silence. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
  const isTerminal = process.stdout.isTTY === true;
  return {
    write: (data) => void process.stdout.write(data),
    complain: (text) => void process.stderr.write(text),
    readInput: () => readAll(process.stdin, 'standard input'),
    input: () => process.stdin,
    drained: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    },
    isTerminal,
    paint: paintFor(isTerminal),
  };
}
