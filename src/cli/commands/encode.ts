import { type Command, Option } from 'commander';
import { cArray } from '../../layout/c-array.js';
import { type Chosen, chooseByFields } from '../../layout/choose.js';
import { findStructs } from '../../layout/description.js';
import { encodeChosen } from '../../layout/encode.js';
import { toHex } from '../../layout/hex.js';
import { ABI_REVISIONS, type AbiRevision } from '../../layout/revision.js';
import { readFields } from '../encode/input.js';
import { quote, UsageError } from '../errors.js';
import { jsonOption, revisionOption } from '../options.js';
import type { Terminal } from '../terminal.js';

type Format = 'hex' | 'raw' | 'base64' | 'c';

interface Options {
  readonly format: Format;
  readonly json?: boolean;
  readonly revision?: AbiRevision;
}

const EXAMPLES = `
Numbers may be JSON numbers up to 2^53, text ("18446744073709551615", "0x2a"), names of flags, or arrays of names.
Fields that are left out are zero. What zcrx decode --json prints is taken as well.

Examples:
  zcrx encode zcrx_stats '{"copy_count": 3, "copy_bytes": "4096"}'
  zcrx encode zcrx_event_desc '{"user_data": 42, "type_mask": ["ZCRX_EVENT_COPY"]}' --format c
  zcrx encode zcrx_ctrl '{"zc_arm_event": {"event_type": "ZCRX_EVENT_COPY"}}' --format raw > arm.bin
  zcrx encode zcrx_ctrl '{"zc_arm_notif": {"type_mask": "ZCRX_NOTIF_COPY"}}'     revision v1, by its names
  zcrx encode io_uring_zcrx_ifq_reg @reg.json --format base64
  zcrx decode zcrx_stats @stats.bin --json | zcrx encode zcrx_stats -
`;

function printed(format: Format, chosen: Chosen, bytes: Uint8Array): string | Uint8Array {
  if (format === 'raw') return bytes;
  if (format === 'c') return cArray(chosen, bytes);
  return `${format === 'hex' ? toHex(bytes) : Buffer.from(bytes).toString('base64')}\n`;
}

/** Whether two names belong to one struct, in whatever revisions. */
function isSameStruct(name: string, other: string): boolean {
  return findStructs(name).some((struct) => ABI_REVISIONS.some((each) => struct.names[each].includes(other)));
}

async function run(name: string, argument: string, options: Options, terminal: Terminal): Promise<void> {
  if (options.format === 'raw' && terminal.isTerminal) {
    throw new UsageError('raw bytes would go to the terminal, expected a pipe or file, as in > out.bin');
  }
  const { fields, struct, revision: own } = await readFields(argument, terminal);
  if (struct !== undefined && !isSameStruct(name, struct)) {
    throw new UsageError(`the input is a ${quote(struct)}, expected a ${name}`);
  }
  if (own && options.revision && own !== options.revision) {
    throw new UsageError(`the input is of revision ${own}, but --revision is ${options.revision}`);
  }
  const chosen = chooseByFields(name, fields, options.revision ?? own);
  const bytes = encodeChosen(chosen, fields);
  if (!options.json) return terminal.write(printed(options.format, chosen, bytes));
  const { revision } = chosen;
  const document = { struct: chosen.name, revision, size: bytes.length, hex: toHex(bytes) };
  terminal.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Adds `zcrx encode`. */
export function addEncode(program: Command, terminal: Terminal): void {
  program
    .command('encode')
    .description('bytes of a struct, from its fields in JSON')
    .argument('<name>', 'a struct, under any name that it has or had')
    .argument('<json>', 'its fields as JSON, or @FILE, or - for standard input')
    .addOption(
      new Option('-f, --format <kind>', 'how to print').choices(['hex', 'raw', 'base64', 'c']).default('hex'),
    )
    .addOption(jsonOption().conflicts('format'))
    .addOption(revisionOption())
    .addHelpText('after', EXAMPLES)
    .action((name: string, json: string, options: Options) => run(name, json, options, terminal));
}
