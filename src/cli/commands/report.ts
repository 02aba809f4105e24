import { type Command, InvalidArgumentError, Option } from 'commander';
import { jsonOption } from '../options.js';
import type { ReportOptions } from '../report/index.js';
import type { Terminal } from '../terminal.js';

const UNITS: { readonly [unit: string]: number } = { '': 1, s: 1, ms: 1e-3, m: 60, h: 3600 };
/** Seconds: below the first counters have not moved on, and above the last there is one row. */
const [SHORTEST, LONGEST] = [1e-3, 1e7];

/** A length of time in seconds, as 1, 0.5, 250ms, 10s, 5m or 1h. */
function stretch(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (value >= SHORTEST && value <= LONGEST) return value;
  throw new InvalidArgumentError('Expected a time from a millisecond on, as 1, 0.5, 250ms, 5m or 1h.');
}

const EXAMPLES = `
FILE is what zcrx run or zcrx watch recorded. Several files, as those of a rotated recording, are one report; they are
put in order by what they say themselves. A name without a file stands for the parts of a rotated recording (day.zcrx
for day-000001.zcrx, day-000002.zcrx ...). - is standard input.

The page is one file that needs no other: it opens from a disk, offline, and fetches nothing. Rates and states over days
are drawn in a few thousand steps, each with its least and greatest rate; sums and times are exact.

Examples:
  zcrx report run.zcrx                                     figures, sparklines, events, what is not known
  zcrx report run.zcrx --output run.html                   the same as a page with plots
  zcrx report day.zcrx --output day.html --text
  zcrx report run.zcrx --json | jq '.instances[].states.figures'
  zcrx report run.zcrx --csv --every 1 > seconds.csv       one line a second and instance, while it is read
  ssh host cat day.zcrx | zcrx report -

Exit status: 0, also for a recording that its recorder did not end; 1 for one that is damaged, after the report of what
comes before the damage; 2 for a file that is no recording.`;

/** Adds `zcrx report`. */
export function addReport(program: Command, terminal: Terminal): void {
  program
    .command('report')
    .summary('a recording as a page with plots, or as text, JSON or CSV')
    .description(
      'Says what a recording shows: bytes received and copied, copies, events, states and for how long, and what is not known; as text, or as a page with plots on one time axis.',
    )
    .argument('<file...>', 'recordings, or - for standard input')
    .option(
      '-o, --output <page>',
      'write a page with plots to this file (HTML), or with - to standard output',
    )
    .addOption(new Option('--text', 'print a summary (default without --output)').conflicts(['json', 'csv']))
    .addOption(jsonOption().conflicts('csv'))
    .option('--csv', 'print one line for each stretch of time and instance')
    .option(
      '--every <time>',
      'with --csv: the stretch of time, as 1, 250ms or 5m; by default as on the page',
      stretch,
    )
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: ReportOptions) => {
      const { report } = await import('../report/index.js');
      await report(files, options, terminal);
    });
}
