import { type Command, Option } from 'commander';
import { HEADERS, type Plan, planDocument } from '../../plan/planned.js';
import { planRegion, type StatsPlacement } from '../../plan.js';
import { UsageError } from '../errors.js';
import { jsonOption, wholeNumber } from '../options.js';

import { planText } from '../plan/text.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly entries: number;
  readonly pageSize: number;
  readonly rqHeaderSize?: number;
  readonly statsSize: number;
  readonly statsAlignment: number;
  readonly placement: StatsPlacement;
  readonly clamp?: boolean;
  readonly kernel?: '7.2' | '7.3';
  readonly json?: boolean;
}

const EXAMPLES = `
All numbers are bytes, offsets count from the start of the region. What a running kernel wants, zcrx probe asks it.

Examples:
  zcrx plan --entries 4096
  zcrx plan --entries 100 --kernel 7.2 --placement tight     100 entries are made 128
  zcrx plan --entries 4096 --page-size 16384 --json
`;

const NEWEST = '7.3';

function plan(options: Options): Plan {
  const { kernel, entries, pageSize, statsSize, statsAlignment, placement, clamp = false } = options;
  const known = kernel && HEADERS[kernel];
  if (known !== undefined && options.rqHeaderSize !== undefined && options.rqHeaderSize !== known) {
    throw new UsageError(
      `--rq-header-size is ${options.rqHeaderSize}, but Linux ${kernel} has ${known}; give one of the two`,
    );
  }
  const rqHeaderSize = known ?? options.rqHeaderSize ?? HEADERS[NEWEST];
  const header = kernel
    ? `of Linux ${kernel}`
    : options.rqHeaderSize !== undefined
      ? 'as given'
      : `assumed, as of Linux ${NEWEST}`;
  const region = planRegion({ entries, pageSize, rqHeaderSize, statsSize, statsAlignment, placement, clamp });
  return { entries, pageSize, rqHeaderSize, header, statsSize, placement, region };
}

/** Adds `zcrx plan`. */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .description('region size, stats_offset and length to map, for a number of refill entries')
    .requiredOption('-n, --entries <n>', 'refill entries wanted, 1 to 32768', wholeNumber)
    .option('--page-size <bytes>', 'page size of the machine', wholeNumber, 4096)
    .option(
      '--rq-header-size <bytes>',
      'header of the refill ring, as IO_URING_QUERY_ZCRX answers',
      wholeNumber,
    )
    .option('--stats-size <bytes>', 'the statistics, as IO_URING_QUERY_ZCRX_EVENT answers', wholeNumber, 16)
    .option('--stats-alignment <bytes>', 'alignment of the statistics, from the same answer', wholeNumber, 8)
    .addOption(
      new Option('--placement <where>', 'where the statistics go')
        .choices(['own-page', 'tight', 'none'])
        .default('own-page'),
    )
    .option('--clamp', 'the ring has IORING_SETUP_CLAMP: more than 32768 entries mean 32768')
    .addOption(
      new Option('--kernel <release>', 'the header as this release has it').choices(Object.keys(HEADERS)),
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => {
      const made = plan(options);
      terminal.write(
        options.json ? `${JSON.stringify(planDocument(made), null, 2)}\n` : planText(made, terminal.paint),
      );
    });
}
