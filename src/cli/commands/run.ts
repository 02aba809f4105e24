import { type Command, Option } from 'commander';
import { byteCount, positiveNumber, seconds, wholeNumber } from '../options.js';
import { addRecordOptions } from '../recording.js';
import type { RunOptions } from '../run/request.js';
import type { Terminal } from '../terminal.js';

const EXAMPLES = `
Backends:
  kernel   the running kernel: Linux 7.2 or later, and CAP_NET_ADMIN
  lab      the same in a Linux 7.3 in QEMU; fetches the kernel, and as root on Debian installs what is missing
  replay   a recording of a real run, played back and decoded by the same code; says so
  auto     the first of these that works without installing anything (default)

Examples:
  zcrx run                                 what happens when data is copied after all, for 5 seconds
  zcrx run --backend lab --seconds 3 --json
  zcrx run --rate 0 --seconds 10           as fast as it goes
  zcrx run --record run.zcrx               keep it, to play back with
  zcrx run --backend replay --recording run.zcrx

True zero copy, without hardware:
  zcrx run --nic                           a simulated network card in the lab, in three acts: zero-copy, copying,
                                           out of buffers and back; builds the card's driver at first use
  zcrx run --nic --json | jq -c 'select(.type == "summary") | {received_bytes, copy_bytes, stalls}'

On your own network device (root; takes the queue over until it ends):
  zcrx probe --device eth0                 whether the device can, and what is to be set before
  zcrx run --device eth0 --queue 7 --listen 7000
                                           says how to steer port 7000 to queue 7, receives from every connection to
                                           this port, throws the data away, and tells what the kernel says, until Ctrl-C
  zcrx run --device eth0 --queue 7 --listen 0.0.0.0:7000 --rx-buf-len 16K --area-kind huge --area 64M --recover
  another machine:  nc ADDRESS 7000 </dev/zero`;

/** `zcrx run`, the main job. */
export function addRun(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .summary('open a live instance, send it traffic, show its notifications and statistics')
    .description(
      'Opens an instance of zero-copy receive, with statistics and all notifications, and shows what the kernel says: bytes received and copied, events as they fire, their re-arming, and when receiving stood still. Without a device it sends itself TCP traffic, all of which is copied; with --nic it shows a simulated network device; with --device it receives what other machines send.',
    )
    .addOption(
      new Option('--backend <name>', 'where to run')
        .choices(['auto', 'kernel', 'lab', 'replay'])
        .default('auto'),
    )
    .option(
      '--nic',
      'a tour on a simulated network device in the lab: zero-copy, copying, out of buffers and back',
    )
    .option('--device <name>', 'receive from a network device of this machine, as eth0')
    .option('--queue <n>', 'its receive queue, which is taken over', wholeNumber)
    .option(
      '--listen <[addr:]port>',
      'where other machines send to; without an address on that of the device',
    )
    .option('--rx-buf-len <bytes>', 'bytes of a buffer (K, M), if the driver can; default a page', byteCount)
    .option(
      '--seconds <n>',
      'how long; 0 until Ctrl-C (default: 5, with --device 0, of a replay all of it)',
      seconds,
    )
    .option(
      '--rate <bytes>',
      'bytes a second to send (K, M, G); 0 as fast as it goes (default: 4M)',
      byteCount,
    )
    .option('--area <bytes>', 'memory for payload (default: 16M, with --nic 6M)', byteCount)
    .addOption(
      new Option(
        '--area-kind <kind>',
        'what memory: in the program, outside, huge pages, shared, as a dma-buf',
      )
        .choices(['linear', 'mapped', 'huge', 'shared', 'udmabuf'])
        .default('linear'),
    )
    .option('--recover', 'when room runs out do all that can be done, as adding spare areas')
    .option('--interval <ms>', 'milliseconds between samples of the statistics', positiveNumber, 100)
    .option(
      '--rearm-interval <ms>',
      'least milliseconds between two re-arms of an event (default: 500)',
      wholeNumber,
    )
    .option('--recording <file>', 'what to replay, default a run on Linux 7.3 that comes with the package')
    .option('--kernel <series>', 'kernel of the lab', '7.3')
    .option(
      '--prepare',
      'where the running kernel is not enough, get the lab ready first (as npm start does)',
    )
    .option('--json', 'one JSON object a line')
    // What the lab runs inside of its kernel for --nic.
    .addOption(new Option('--tour').hideHelp())
    .addHelpText('after', EXAMPLES);
  addRecordOptions(command, 'what the kernel wrote').action(async (options: RunOptions) => {
    const { requestOf, run } = await import('../run/index.js');
    await run(requestOf(options), terminal);
  });
}
