import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckOptions } from '../check/index.js';
import { jsonOption } from '../options.js';
import type { Terminal } from '../terminal.js';

function address(text: string): bigint {
  if (/^(0x[\da-f]{1,16}|\d{1,20})$/i.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Expected an address, as 0x7ffd0c5a1c40.');
}

const EXAMPLES = `
INPUT is JSON, or what strace or gdb print; @FILE reads a file, - standard input (the default). In the JSON the structs
stand by name: reg with area, region and event_desc for a registration, or ctrl, or query. What is left out is zero;
pointers between the structs are laid out. Beside them: kernel ("7.3", or "running" to ask this machine), setup_flags,
nr_args, capable, page_size, instances (those that the ring has), files, devices, memory.

The verdict covers Linux 6.16 and later: which errno, which check, which field, and what would pass; all problems at
once, with an arrow at the one that the kernel meets first. Exit status 0 if the kernel would take the call, else 1.

Examples:
  zcrx check '{"reg": {"rq_entries": 100, "flags": "ZCRX_REG_NODEV"}, "area": {"len": 8192},
      "region": {"size": 8192, "flags": 1}, "event_desc": {"type_mask": 3, "flags": 1, "stats_offset": 1664}}'
  zcrx check @bundle.json --kernel 7.2
  zcrx check @bundle.json --fix > fixed.json            the same with the fixes applied
  zcrx check '{"ctrl": {"op": "ZCRX_CTRL_FLUSH_RQ"}, "nr_args": 1}'
  strace -f -v -e trace=io_uring_register ./receiver 2>&1 | zcrx check -
  gdb -p PID -batch -ex 'print reg' | zcrx check - --kernel running
  zcrx check --core core.1234 --address 0x7ffd0c5a1c40
  zcrx check --ndjson --stateful < calls.ndjson         one call a line in, one verdict a line out
`;

/** Adds `zcrx check`. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .summary('what the kernel will say to a call, and why')
    .description(
      'Says what the kernel will say to a registration, a ctrl or a query of zero-copy receive, before it is made: success or which errno, for which reason, and what would pass.',
    )
    .argument('[input]', 'JSON, a line of strace, a dump of gdb, or @FILE, or - for standard input')
    .option('--kernel <release>', 'judge as this kernel (6.16 to 7.3, or running), whatever the input says')
    .addOption(
      new Option('--fix', 'print the JSON with the fixes that are known applied').conflicts([
        'ndjson',
        'core',
      ]),
    )
    .option('--core <file>', 'take the call out of a core file; needs --address')
    .option(
      '--address <address>',
      'where the argument of the call lies, in the core or the dump of gdb',
      address,
    )
    .addOption(
      new Option('--call <name>', 'what lies at --address')
        .choices(['register_ifq', 'zcrx_ctrl', 'query'])
        .default(undefined, 'register_ifq'),
    )
    .addOption(
      new Option('--ndjson', 'one call a line, one verdict a line').conflicts(['core', 'kernel', 'json']),
    )
    .option('--stateful', 'with --ndjson: the instances carry over from line to line')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (input: string | undefined, options: CheckOptions) => {
      const { check } = await import('../check/index.js');
      await check(input, options, terminal);
    });
}
