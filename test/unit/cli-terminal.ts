import { runProgram } from '../../src/cli/program.js';
import { plain, type Terminal } from '../../src/cli/terminal.js';

/** What a run of the program left behind. */
export interface Outcome {
  readonly status: number;
  readonly stdout: Buffer;
  /** As text. */
  readonly out: string;
  readonly err: string;
}

/** Runs the program inside this process, with input and output that are not its own. */
export async function zcrx(
  args: readonly string[],
  input: string | Uint8Array = '',
  isTerminal = false,
): Promise<Outcome> {
  const chunks: Uint8Array[] = [];
  let err = '';
  const terminal: Terminal = {
    write: (data) => void chunks.push(typeof data === 'string' ? Buffer.from(data) : data),
    complain: (text) => {
      err += text;
    },
    readInput: async () => (typeof input === 'string' ? Buffer.from(input) : input),
    async *input() {
      // in two pieces, as a pipe may give it
      const bytes = typeof input === 'string' ? Buffer.from(input) : input;
      const half = bytes.length >> 1;
      yield* [bytes.subarray(0, half), bytes.subarray(half)];
    },
    drained: async () => {},
    isTerminal,
    paint: plain,
  };
  const status = await runProgram(args, terminal);
  const stdout = Buffer.concat(chunks);
  return { status, stdout, out: stdout.toString(), err };
}
