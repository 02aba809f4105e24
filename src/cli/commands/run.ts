import { type Command, InvalidArgumentError, Option } from 'commander';
import { positiveNumber, wholeNumber } from '../options.js';
import type { RunRequest } from '../run/index.js';
import type { Terminal } from '../terminal.js';

const UNITS: { readonly [unit: string]: number } = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** A count of bytes, as 65536, 64K, 16M or 1G. */
function byteCount(text: string): number {
  const [, digits, unit] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * (UNITS[(unit ?? '').toUpperCase()] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected bytes, as 65536, 64K or 16M.');
}

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 86_400 * 24) return value;
  throw new InvalidArgumentError('Expected seconds, as 3 or 0.5.');
}

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
  zcrx run --backend replay --recording run.zcrx`;

/** `zcrx run`, the main job. */
export function addRun(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .summary('open a live instance, send it traffic, show its notifications and statistics')
    .description(
      'Opens an instance of zero-copy receive without a device, with statistics and all notifications, sends itself TCP traffic, and shows what the kernel says: bytes received and copied, events as they fire, and their re-arming.',
    )
    .addOption(
      new Option('--backend <name>', 'where to run')
        .choices(['auto', 'kernel', 'lab', 'replay'])
        .default('auto'),
    )
    .option('--seconds <n>', 'how long; 0 until Ctrl-C', seconds, 5)
    .option(
      '--rate <bytes>',
      'bytes a second to send (K, M, G); 0 as fast as it goes',
      byteCount,
      4 * 2 ** 20,
    )
    .option('--area <bytes>', 'memory for payload', byteCount, 16 * 2 ** 20)
    .option('--interval <ms>', 'milliseconds between samples of the statistics', positiveNumber, 100)
    .option('--rearm-interval <ms>', 'least milliseconds between two re-arms of an event', wholeNumber, 500)
    .option('--record <file>', 'record what the kernel wrote')
    .option('--recording <file>', 'what to replay, default a run on Linux 7.3 that comes with the package')
    .option('--kernel <series>', 'kernel of the lab', '7.3')
    .option(
      '--prepare',
      'where the running kernel is not enough, get the lab ready first (as npm start does)',
    )
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const { run } = await import('../run/index.js');
      const request: RunRequest = {
        backend: options.backend,
        seconds: options.seconds,
        rate: options.rate,
        areaSize: options.area,
        intervalMs: options.interval,
        rearmMs: options.rearmInterval,
        record: options.record,
        recording: options.recording,
        series: options.kernel,
        prepare: options.prepare === true,
        json: options.json === true,
      };
      await run(request, terminal);
    });
}
