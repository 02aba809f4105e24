import { type Command, Option } from 'commander';
import { decodeChosen } from '../../layout/decode.js';
import { toJson } from '../../layout/json.js';
import type { AbiRevision } from '../../layout/revision.js';
import { splitEntries } from '../decode/entries.js';
import { readBytes } from '../decode/input.js';
import { decodedText } from '../decode/text.js';
import { jsonOption, positiveNumber, revisionOption } from '../options.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly revision?: AbiRevision;
  readonly json?: boolean;
  readonly raw?: boolean;
  readonly count?: number;
  readonly mixed?: boolean;
}

const EXAMPLES = `
Hex may be written with or without spaces, commas, 0x before each byte, \\x00 escapes, as an array of C, or as a dump of
xxd, hexdump -C, od -A x -t x1, or gdb (x/96xb, x/24xw, x/12xg). A file or standard input that is no text is taken as
raw bytes. Findings are listed behind the fields and do not change the exit status.

Examples:
  zcrx decode zcrx_stats 03000000000000000010000000000000
  zcrx decode io_uring_cqe 2a 00 00 00 00 00 00 00  01 00 00 00  00 00 00 00
  zcrx decode zcrx_notification_desc @dump.txt            revision v1, by its name
  xxd arm.bin | zcrx decode zcrx_ctrl - --json
  zcrx decode io_uring_cqe @ring.bin --mixed              completions of 16 and 32 bytes
  zcrx decode io_uring_zcrx_rqe @refill.bin --count 64
`;

async function run(name: string, args: string[], options: Options, terminal: Terminal): Promise<void> {
  const bytes = await readBytes(args, options.raw ?? false, terminal);
  const entries = splitEntries(name, bytes, options);
  const decoded = entries.map((entry) => ({ entry, struct: decodeChosen(entry.chosen, entry.bytes) }));
  const isArray = options.mixed || options.count !== undefined;
  if (options.json) {
    const documents = decoded.map(({ struct }) => toJson(struct));
    return terminal.write(`${JSON.stringify(isArray ? documents : documents[0], null, 2)}\n`);
  }
  const isRevisionGiven = options.revision !== undefined;
  const texts = decoded.map(({ entry, struct }, index) =>
    decodedText(entry, struct, isArray ? { isRevisionGiven, index } : { isRevisionGiven }, terminal.paint),
  );
  terminal.write(texts.join('\n'));
}

/** Adds `zcrx decode`. */
export function addDecode(program: Command, terminal: Terminal): void {
  program
    .command('decode')
    .description('fields of a struct with what they mean, from its bytes')
    .argument('<name>', 'a struct, under any name that it has or had')
    .argument('<hex...>', 'its bytes, or @FILE, or - for standard input')
    .addOption(jsonOption())
    .addOption(revisionOption())
    .option('--count <n>', 'the bytes are an array of n structs', positiveNumber)
    .addOption(
      new Option('--mixed', 'the bytes are completions of a ring with IORING_SETUP_CQE_MIXED').conflicts(
        'count',
      ),
    )
    .option('--raw', 'the file or standard input holds raw bytes even if it looks like text')
    .addHelpText('after', EXAMPLES)
    .action((name: string, hex: string[], options: Options) => run(name, hex, options, terminal));
}
