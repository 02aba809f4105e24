import { type Command, Option } from 'commander';
import { structsInText } from '../../evidence/text.js';
import { type Decoded, decodeChosen } from '../../layout/decode.js';
import { toJson } from '../../layout/json.js';
import type { AbiRevision } from '../../layout/revision.js';
import { structInCore } from '../decode/core.js';
import { type Entry, splitEntries } from '../decode/entries.js';
import { readGiven } from '../decode/input.js';
import { decodedText } from '../decode/text.js';
import { UsageError } from '../errors.js';
import { addressNumber, jsonOption, positiveNumber, revisionOption } from '../options.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly revision?: AbiRevision;
  readonly json?: boolean;
  readonly raw?: boolean;
  readonly count?: number;
  readonly mixed?: boolean;
  readonly core?: string;
  readonly address?: bigint;
  readonly size?: number;
}

const EXAMPLES = `
Hex may be written with or without spaces, commas, 0x before each byte, \\x00 escapes, as an array of C, or as a dump of
xxd, hexdump -C, od -A x -t x1, or gdb (x/96xb, x/24xw, x/12xg). A file or standard input that is no text is taken as
raw bytes. A line of strace -e trace=io_uring_register, or a struct as gdb prints it, is encoded first and then decoded;
what was not printed is taken as zero, and listed. With --core the bytes come out of a core file. Findings are listed behind the fields and do not change the exit status.

Examples:
  zcrx decode zcrx_stats 03000000000000000010000000000000
  zcrx decode io_uring_cqe 2a 00 00 00 00 00 00 00  01 00 00 00  00 00 00 00
  zcrx decode zcrx_notification_desc @dump.txt            revision v1, by its name
  xxd arm.bin | zcrx decode zcrx_ctrl - --json
  zcrx decode io_uring_cqe @ring.bin --mixed              completions of 16 and 32 bytes
  zcrx decode io_uring_zcrx_rqe @refill.bin --count 64
  zcrx decode io_uring_zcrx_ifq_reg @trace.txt            what strace printed
  zcrx decode zcrx_event_desc '{user_data = 42, type_mask = 2, flags = 1}'   as gdb prints it
  zcrx decode zcrx_event_desc --core core.1234 --address 0x7ffd0c5a1c40
`;

/** The structs that were given, in whatever way. */
async function entriesOf(
  name: string,
  args: string[],
  options: Options,
  terminal: Terminal,
): Promise<Entry[]> {
  const { core, address, size } = options;
  if (core !== undefined) {
    if (args.length > 0) throw new UsageError('the bytes are given twice, expected them or --core');
    if (address === undefined) throw new UsageError('--core needs --address, as --address 0x7ffd0c5a1c40');
    return structInCore(name, { ...options, core, address });
  }
  if (address !== undefined || size !== undefined)
    throw new UsageError(`--${address !== undefined ? 'address' : 'size'} is for --core`);
  if (args.length === 0) throw new UsageError("missing required argument 'hex'");
  const given = await readGiven(args, options.raw ?? false, terminal);
  if (given.kind === 'bytes') return splitEntries(name, given.bytes, options);
  if (options.mixed || options.count !== undefined)
    throw new UsageError(
      `--${options.mixed ? 'mixed' : 'count'} is for bytes, not for a struct that was printed`,
    );
  const structs = structsInText(name, given.text, given.kind, options.revision);
  return structs.map((struct) => ({ ...struct, at: 0 }));
}

/** One decoded entry as JSON has it. */
function documentOf(entry: Entry, struct: Decoded): unknown {
  const { from, notes } = entry;
  return toJson(from === undefined ? struct : { ...struct, from, notes: notes ?? [] });
}

async function run(name: string, args: string[], options: Options, terminal: Terminal): Promise<void> {
  const entries = await entriesOf(name, args, options, terminal);
  const decoded = entries.map((entry) => ({ entry, struct: decodeChosen(entry.chosen, entry.bytes) }));
  const isArray = options.mixed || options.count !== undefined || entries.length > 1;
  if (options.json) {
    const documents = decoded.map(({ entry, struct }) => documentOf(entry, struct));
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
    .argument('[hex...]', 'its bytes, or what strace or gdb printed of it, or @FILE, or - for standard input')
    .addOption(jsonOption())
    .addOption(revisionOption())
    .option('--count <n>', 'the bytes are an array of n structs', positiveNumber)
    .addOption(
      new Option('--mixed', 'the bytes are completions of a ring with IORING_SETUP_CQE_MIXED').conflicts(
        'count',
      ),
    )
    .addOption(new Option('--core <file>', 'take the bytes from a core file').conflicts(['mixed', 'raw']))
    .option('--address <n>', 'where in the memory of the program that dumped core', addressNumber)
    .option('--size <n>', 'bytes of the struct in the core, where its name fits several', positiveNumber)
    .option('--raw', 'the file or standard input holds raw bytes even if it looks like text')
    .addHelpText('after', EXAMPLES)
    .action((name: string, hex: string[], options: Options) => run(name, hex, options, terminal));
}
