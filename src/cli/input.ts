import { createReadStream, existsSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { quote, UsageError } from './errors.js';
import { readAll, type Terminal } from './terminal.js';

/** What a command was given to read: text, or bytes that are no text. */
export type Input =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

const utf8 = new TextDecoder('utf-8', { fatal: true });
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f]/;

/** Tells text from raw bytes: text is UTF-8 without control characters. Structs have zero bytes somewhere. */
export function sortInput(bytes: Uint8Array): Input {
  try {
    const text = utf8.decode(bytes);
    if (!CONTROL.test(text)) return { kind: 'text', text };
  } catch {
    // Not UTF-8.
  }
  return { kind: 'bytes', bytes };
}

/** Why a file cannot be read, in words. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno !== undefined && getSystemErrorMap().get(errno)?.[1]) || message;
}

async function readFileAt(path: string): Promise<Uint8Array> {
  if (path === '') throw new UsageError('@ needs the path of a file, as @dump.bin');
  try {
    return await readAll(createReadStream(path), quote(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${quote(path)}: ${reasonOf(error)}`);
  }
}

/**
 * Bytes that an argument stands for when it is `-` or `@FILE`, or undefined.
 * @throws UsageError if the file cannot be read
 */
export async function readSource(argument: string, terminal: Terminal): Promise<Uint8Array | undefined> {
  if (argument === '-') return terminal.readInput();
  if (argument.startsWith('@')) return readFileAt(argument.slice(1));
  return undefined;
}

/** The advice to write `@FILE`, if what was given instead of data is the name of a file. */
export function fileAdvice(argument: string): string {
  // A path with a zero byte makes existsSync answer false, as it should.
  return existsSync(argument) ? `; to read the file of that name write @${oneWord(argument)}` : '';
}

const oneWord = (path: string) => (/^[\w./-]+$/.test(path) ? path : quote(path));
