import { isLayoutError } from '../../errors.js';
import type { Call } from '../../verdict/call.js';
import { VerdictModel } from '../../verdict/model.js';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal.js';

/** No call of sense has a longer line: 64 MiB of memory as hex, and some. */
const LONGEST_LINE = 192 << 20;
/** Characters of output that are gathered before they are written. */
const BATCH = 1 << 16;

/** The lines of a stream of bytes. @throws UsageError for one without end */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  // A line of many chunks is put together once, at its end.
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of input) {
    const [first = '', ...lines] = decoder.decode(chunk, { stream: true }).split('\n');
    rest.push(first);
    length += first.length;
    if (length > LONGEST_LINE) throw new UsageError(`a line has more than ${LONGEST_LINE} characters`);
    if (lines.length === 0) continue;
    yield rest.join('');
    const last = lines.pop() as string;
    yield* lines;
    rest = [last];
    length = last.length;
  }
  if (length > 0) yield rest.join('');
}

function parse(line: string): Call {
  const call: unknown = JSON.parse(line);
  if (call !== null && typeof call === 'object' && !Array.isArray(call)) return call as Call;
  throw new SyntaxError('expected an object');
}

/** The verdict on a line, as a line; for one that is no call an object with an `error`. */
function answer(model: VerdictModel, line: string): { text: string; isVerdict: boolean } {
  try {
    return { text: JSON.stringify(model.judge(parse(line))), isVerdict: true };
  } catch (error) {
    const isForeseen = isLayoutError(error) || error instanceof SyntaxError || error instanceof RangeError;
    if (!isForeseen) throw error;
    const field = isLayoutError(error) ? (error.field ?? null) : null;
    return { text: JSON.stringify({ error: error.message, field }), isVerdict: false };
  }
}

/**
 * One call a line in, one verdict a line out, in order. A line that is no call gives a line with an `error`.
 * @throws UsageError at the end, if there was such a line
 */
export async function checkLines(
  input: AsyncIterable<Uint8Array>,
  stateful: boolean,
  terminal: Terminal,
): Promise<void> {
  const model = new VerdictModel({ stateful });
  let number = 0;
  let bad = 0;
  let firstBad = 0;
  let batch = '';
  try {
    for await (const line of linesOf(input)) {
      number++;
      if (line.trim() === '') continue;
      const { text, isVerdict } = answer(model, line);
      if (!isVerdict && bad++ === 0) firstBad = number;
      batch += `${text}\n`;
      if (batch.length < BATCH) continue;
      terminal.write(batch);
      batch = '';
      await terminal.drained();
    }
  } finally {
    // What was answered is told, even where the input ends badly.
    if (batch !== '') terminal.write(batch);
  }
  if (bad === 0) return;
  const lines = bad === 1 ? 'a line is no call' : `${bad} lines are no calls`;
  throw new UsageError(`${lines}, the first is line ${firstBad}: see "error" in the answer`);
}
