import { release } from 'node:os';
import type { Command } from 'commander';
import { OperationError } from '../errors.js';
import { jsonOption } from '../options.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly btf?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Compared are sizes of structs, places and types of fields, and values of enums, under the names of any revision. What an
older kernel lacks, and what a newer one has besides, is listed and is no difference. Type information has no macros:
those are not compared. FILE holds BTF or is an ELF file, as an unpacked vmlinux, with a section .BTF.

Examples:
  zcrx verify
  zcrx verify --json | jq '.revision, .lacking[].name'
  zcrx verify --btf /usr/lib/debug/boot/vmlinux-7.3.4         another kernel than the running one
  zcrx lab --kernel 7.2 -- zcrx verify
  zcrx lab --kernel 7.1 -- cat /sys/kernel/btf/vmlinux | zcrx verify --btf -

Needs no privilege. Exit status 0 if nothing differs, 1 if something does, 2 if there is no type information to read.`;

async function run({ btf, json }: Options, terminal: Terminal): Promise<void> {
  const { RUNNING, verifyFile } = await import('../verify/file.js');
  const { countOfDifferences, reportText } = await import('../verify/text.js');
  const path = btf ?? RUNNING;
  // A file does not say which kernel it is of.
  const kernel = path === RUNNING ? release() : null;
  const report = await verifyFile(path, terminal);
  const source = path === '-' ? 'standard input' : path;
  terminal.write(
    json
      ? `${JSON.stringify({ source, kernel, ...report }, null, 2)}\n`
      : reportText(report, kernel === null ? source : `Linux ${kernel}`, terminal.paint),
  );
  if (report.differs.length > 0)
    throw new OperationError(`${countOfDifferences(report)} between the layouts and ${source}`);
}

/** Adds `zcrx verify`. */
export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .summary("the layouts against the running kernel's own type information")
    .description(
      "Compares the layouts with the running kernel's own type information (BTF), and tells which revision it speaks.",
    )
    .option('--btf <file>', 'read this file, or with - standard input, instead of /sys/kernel/btf/vmlinux')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => run(options, terminal));
}
