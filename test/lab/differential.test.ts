import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { isLabError } from '../../src/lab/index.js';
import { Arena } from './differential/arena.js';
import { type CampaignResult, runCampaign } from './differential/campaign.js';
import { reportFinds } from './differential/report.js';
import { type Target, targetName } from './differential/target.js';

/** `ZCRX_SEED=N` tries other calls; `ZCRX_CALLS` another number of them, `ZCRX_FROM` from a later sequence on. */
const SEED = Number(process.env.ZCRX_SEED ?? 20260819);
const FROM = Number(process.env.ZCRX_FROM ?? 0);

interface Plan {
  readonly target: Target;
  readonly calls: number;
  /** Every rule must have been met. */
  readonly full?: boolean;
  /** A series that the archive no longer has is skipped. */
  readonly optional?: boolean;
}

function amd64(series: string, calls: number, more: Partial<Plan> = {}): Plan {
  return { target: { series, architecture: 'amd64', pageSize: 4096 }, calls, ...more };
}

const PLANS: readonly Plan[] = [
  amd64('7.3', 20_000, { full: true }),
  amd64('7.2', 20_000, { full: true }),
  ...['7.1', '7.0', '6.19', '6.18', '6.17', '6.16'].map((series) => amd64(series, 3_000, { optional: true })),
  { target: { series: '7.3', architecture: 'arm64', pageSize: 4096 }, calls: 3_000 },
  { target: { series: '7.3', architecture: 'arm64', flavour: '16k', pageSize: 16_384 }, calls: 3_000 },
];

interface Attempt {
  readonly result?: CampaignResult;
  readonly missing?: string;
}

const attempts = PLANS.map(({ target, calls, optional }) => {
  let started: Promise<Attempt> | undefined;
  return (): Promise<Attempt> => {
    started ??= attempt(target, Number(process.env.ZCRX_CALLS ?? calls), optional ?? false);
    // Whoever asks for it hears of a failure; nobody may ask.
    started.catch(() => {});
    return started;
  };
});

async function attempt(target: Target, calls: number, optional: boolean): Promise<Attempt> {
  try {
    return { result: await runCampaign({ target, seed: SEED, calls, from: FROM }) };
  } catch (error) {
    if (!(optional && isLabError(error, 'not-available'))) throw error;
    return { missing: error.message };
  }
}

/** The kernel's own: before 7.2 a huge list of pages makes it warn about its caller, which is itself. */
const KNOWN_COMPLAINT = /WARNING: .*(mm\/slub\.c|io_uring\/memmap\.c)|Call Trace:/;

describe('the model says what the kernel says', () => {
  test.for(PLANS.map((plan, i) => [targetName(plan.target), plan, i] as const))(
    'Linux %s',
    { timeout: 900_000 },
    async ([name, { target, full }, i], context) => {
      const mine = attempts[i]!();
      // A boot is mostly waiting: the next kernel's fits in where there is a processor for it.
      if (availableParallelism() > 1 && process.env.ZCRX_CALLS === undefined) void attempts[i + 1]?.();
      const { result, missing } = await mine;
      if (result === undefined) return context.skip(missing);
      const rate = Math.round(result.steps / result.seconds);
      console.log(
        `Linux ${name} (${result.release}), ZCRX_SEED=${SEED}: ${result.calls} calls in ${result.sequences} sequences, ${rate} steps/s\n${result.coverage.table(target)}`,
      );
      if (result.finds.length > 0) {
        expect.fail(await reportFinds(target, new Arena(target.pageSize), SEED, result.finds));
      }
      const known = target.series.startsWith('6.') || ['7.0', '7.1'].includes(target.series);
      expect(result.complaints.filter((line) => !(known && KNOWN_COMPLAINT.test(line)))).toEqual([]);
      if (full && process.env.ZCRX_CALLS === undefined) {
        expect(result.coverage.missing(target), 'rules that were met too seldom').toEqual([]);
      }
    },
  );
});
