import { type Command, InvalidArgumentError } from 'commander';
import type { ExploreOptions } from '../explore/index.js';
import { jsonOption, revisionOption } from '../options.js';
import type { Terminal } from '../terminal.js';

/** A port; 0 is any that is free. The value of an option that may have none: what follows it may have been meant as a struct. */
function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port of 0 to 65535; a struct stands before --serve.');
}

const EXAMPLES = `
The explorer is one page that needs no other file and no network: the bytes of a struct as a map and as fields that can be
changed, what each revision makes of them, what the kernel says to a call, and what a refill region holds. It is served on
this machine, at a port that is free, until Ctrl-C; a browser gets nothing but the page, and what is put into it goes
nowhere. With --output it is a file instead: to keep, to send, or to open where there is no network at all.

The printed address leads to a struct, with bytes in any of the forms of zcrx decode, or with --check to a call, as JSON
of zcrx check, and its verdict. What is shown stands behind the # of the address, which no server sees: it works as well
behind the address of any other copy of the page.

Examples:
  zcrx explore                                             http://127.0.0.1:PORT/, until Ctrl-C
  zcrx explore --open                                      the same, in the browser
  zcrx explore zcrx_stats 03000000000000000010000000000000
  zcrx explore zcrx_notification_desc @dump.txt            revision v1, by its name
  xxd arm.bin | zcrx explore zcrx_ctrl -
  zcrx explore --check @bundle.json --kernel 7.2           what Linux 7.2 says to the call, and what would pass
  zcrx explore --output explorer.html                      file:///.../explorer.html
  zcrx explore --output - | ssh host 'cat > explorer.html'
  zcrx explore --serve 8080                                as through ssh -L 8080:127.0.0.1:8080
  zcrx explore --serve 8080 --host 192.0.2.1               for others too

Exit status: 0, also after Ctrl-C; 1 where the page cannot be written, served or opened; 2 for bad usage or input.`;

/** Adds `zcrx explore`. */
export function addExplore(program: Command, terminal: Terminal): void {
  program
    .command('explore')
    .summary('layouts, verdicts and plans as a page: bytes as a map, to be changed')
    .description(
      'Serves or writes a page that shows the bytes of a struct as a map, lets them be changed, says what the kernel makes of them, and plans regions.',
    )
    .argument('[name]', 'a struct to show, under any name that it has or had')
    .argument('[hex...]', 'its bytes, as zcrx decode takes them; without any, zeros')
    .option(
      '--check <call>',
      'a call to show: JSON as zcrx check takes it, or @FILE, or - for standard input',
    )
    .option('--kernel <release>', 'with --check: judge as this kernel, whatever the JSON says, or running')
    .option(
      '--serve [port]',
      'serve the page over HTTP until Ctrl-C (default), at this port; by default at any that is free',
      portNumber,
    )
    .option('--host <address>', 'serve at this address of the machine; by default at 127.0.0.1')
    .option('-o, --output <page>', 'write the page to this file (HTML), or with - to standard output')
    .option('--open', 'show the page in the browser')
    .addOption(revisionOption())
    .option('--mixed', 'the bytes are completions of a ring with IORING_SETUP_CQE_MIXED')
    .option('--raw', 'the file or standard input holds raw bytes even if it looks like text')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, hex: string[], options: ExploreOptions) => {
      const { explore } = await import('../explore/index.js');
      await explore(name, hex, options, terminal);
    });
}
