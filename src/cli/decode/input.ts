import { isEvidenceError } from '../../evidence/error.js';
import { parseHex } from '../../evidence/hex.js';
import { withoutColours } from '../../evidence/source.js';
import { kindOfText } from '../../evidence/text.js';
import { UsageError } from '../errors.js';
import { fileAdvice, type Input, readSource, sortInput } from '../input.js';
import type { Terminal } from '../terminal.js';

/** What was given to be decoded: bytes, or the text of a tool that printed the struct. */
export type Given =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'strace' | 'gdb'; readonly text: string };

/**
 * What the arguments, a file or standard input hold. Text that is no trace and no printed struct is read as hex, unless
 * `raw`.
 * @throws UsageError
 * @throws EvidenceError for hex that is none
 */
export async function readGiven(args: readonly string[], raw: boolean, terminal: Terminal): Promise<Given> {
  const [first = ''] = args;
  const mixed = args.length > 1 && args.find((arg) => arg === '-' || arg.startsWith('@'));
  if (mixed) throw new UsageError(`${mixed} stands among other input, expected it alone`);
  const source = await readSource(first, terminal);
  if (source) {
    if (source.length === 0) throw new UsageError('the input is empty, expected bytes');
    const input = raw ? ({ kind: 'bytes', bytes: source } as const) : sortColoured(source);
    return input.kind === 'bytes' ? input : sortText(input.text);
  }
  if (raw) throw new UsageError('--raw is for @FILE or -, not for bytes among the arguments');
  try {
    return sortText(args.join(' '));
  } catch (error) {
    if (!isEvidenceError(error) || args.length > 1) throw error;
    throw new UsageError(error.message + fileAdvice(first));
  }
}

function sortText(text: string): Given {
  const kind = kindOfText(text);
  return kind === 'hex' ? { kind: 'bytes', bytes: parseHex(text) } : { kind, text };
}

/** Colours are control characters; without them what a tool wrote to a terminal is text. */
function sortColoured(bytes: Uint8Array): Input {
  const input = sortInput(bytes);
  if (input.kind === 'text' || !bytes.includes(0x1b)) return input;
  const plain = sortInput(Buffer.from(withoutColours(Buffer.from(bytes).toString('latin1')), 'latin1'));
  return plain.kind === 'text' ? plain : input;
}
