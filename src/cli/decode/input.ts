import { UsageError } from '../errors.js';
import { parseHex } from '../hex.js';
import { fileAdvice, readSource, sortInput } from '../input.js';
import type { Terminal } from '../terminal.js';

/**
 * Bytes of the arguments, of a file or of standard input. What is text is read as hex, unless `raw`.
 * @throws UsageError
 */
export async function readBytes(
  args: readonly string[],
  raw: boolean,
  terminal: Terminal,
): Promise<Uint8Array> {
  const [first = ''] = args;
  const mixed = args.length > 1 && args.find((arg) => arg === '-' || arg.startsWith('@'));
  if (mixed) throw new UsageError(`${mixed} stands among other input, expected it alone`);
  const source = await readSource(first, terminal);
  if (source) {
    if (source.length === 0) throw new UsageError('the input is empty, expected bytes');
    const input = raw ? ({ kind: 'bytes', bytes: source } as const) : sortInput(source);
    return input.kind === 'bytes' ? input.bytes : parseHex(input.text);
  }
  if (raw) throw new UsageError('--raw is for @FILE or -, not for bytes among the arguments');
  try {
    return parseHex(args.join(' '));
  } catch (error) {
    if (!(error instanceof UsageError) || args.length > 1) throw error;
    throw new UsageError(error.message + fileAdvice(first));
  }
}
