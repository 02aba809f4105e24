import { type Command, InvalidArgumentError } from 'commander';
import type { ExploreOptions } from '../explore/index.js';
import { jsonOption, revisionOption, wholeNumber } from '../options.js';
import type { Terminal } from '../terminal.js';

/** A port; 0 is any that is free. */
function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port of 0 to 65535.');
}

const EXAMPLES = `
The explorer is one page that needs no other file and no network: the bytes of a struct as a map and as fields that can be
changed, what each revision makes of them, what the kernel says to a registration, and what a refill region holds. Without
options its address on this disk is printed. With a struct, and bytes in any of the forms of zcrx decode, the address has
the page show them: it is enough to share what is seen. Several structs of one kind may follow each other.

With --serve the page is served on this machine until Ctrl-C, with --host to others too; a browser gets nothing but the
page, and what is put into it goes nowhere. Some browsers may not read the package's folder (snaps, for one): --output to
your own folder, or --serve, is for them. Some desktops drop what follows # of a file that --open gives them; with --serve
it stays.

Examples:
  zcrx explore                                             the page's address: file:///...
  zcrx explore zcrx_stats 03000000000000000010000000000000
  zcrx explore zcrx_notification_desc @dump.txt            revision v1, by its name
  zcrx explore --output explorer.html                      a copy of the page, to keep or to send
  xxd arm.bin | zcrx explore zcrx_ctrl - --json            {"url":"file:///...#view=bytes&struct=zcrx_ctrl..."}
  zcrx explore --serve --open                              in the browser, from a port of 127.0.0.1 that is free
  zcrx explore --port 8080                                 as through ssh -L 8080:127.0.0.1:8080

Exit status: 0, also after Ctrl-C; 1 where the page cannot be written, served or opened; 2 for bad usage or input.`;

/** Adds `zcrx explore`. */
export function addExplore(program: Command, terminal: Terminal): void {
  program
    .command('explore')
    .summary('the layouts and verdicts as a page: bytes as a map, to be changed')
    .description(
      'Writes, serves or tells where to find a page that shows the bytes of a struct as a map, lets them be changed, and says what the kernel makes of them.',
    )
    .argument('[name]', 'a struct to show, under any name that it has or had')
    .argument('[hex...]', 'its bytes, as zcrx decode takes them; without any, zeros')
    .option('-o, --output <page>', 'write the page to this file (HTML), or with - to standard output')
    .option('--serve', 'serve the page over HTTP until Ctrl-C')
    .option('--port <n>', 'serve at this port; by default at any that is free', portNumber)
    .option('--host <address>', 'serve at this address of the machine; by default at 127.0.0.1')
    .option('--open', 'show the page in the browser')
    .addOption(revisionOption())
    .option('--mixed', 'the bytes are completions of a ring with IORING_SETUP_CQE_MIXED')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, hex: string[], options: ExploreOptions) => {
      const { explore } = await import('../explore/index.js');
      await explore(name, hex, options, terminal);
    });
}
