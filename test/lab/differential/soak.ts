/**
 * A million random calls on each of the newest kernels: `npm run soak:verdict -- [--calls N] [--seed N] [--kernel 7.3]
 * [--out FILE]`. Ends with status 1 where model and kernel disagree or a rule was met too seldom.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Arena } from './arena.js';
import { type CampaignResult, runCampaign } from './campaign.js';
import { reportFinds } from './report.js';
import type { Target } from './target.js';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    kernel: { type: 'string', multiple: true, default: ['7.3', '7.2'] },
    out: { type: 'string' },
  },
});
const calls = Number(values.calls);
const seed = Number(values.seed);

function summary(target: Target, result: CampaignResult, wallSeconds: number): object {
  return {
    kernel: result.release,
    seed,
    calls: result.calls,
    sequences: result.sequences,
    steps_with_state_probes: result.steps,
    disagreements: result.finds.length,
    guest_seconds: Math.round(result.seconds),
    wall_seconds: Math.round(wallSeconds),
    steps_per_guest_second: Math.round(result.steps / result.seconds),
    kernel_complaints: result.complaints.length,
    rules_met_too_seldom: result.coverage.missing(target),
    hits: Object.fromEntries(result.coverage.hits),
    done: Object.fromEntries(result.coverage.deeds),
  };
}

const summaries: object[] = [];
for (const series of values.kernel) {
  const target = { series, architecture: 'amd64', pageSize: 4096 } as const;
  const started = performance.now();
  const result = await runCampaign({
    target,
    seed,
    calls,
    onBatch: ({ calls: done, finds }) => {
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`${series}: ${done} of ${calls} calls, ${finds.length} disagreements, ${seconds} s`);
    },
  });
  console.log(result.coverage.table(target));
  if (result.finds.length > 0) {
    console.log(await reportFinds(target, new Arena(target.pageSize), seed, result.finds));
  }
  summaries.push(summary(target, result, (performance.now() - started) / 1000));
  const bad = result.finds.length + result.complaints.length + result.coverage.missing(target).length;
  if (bad > 0) process.exitCode = 1;
}
const text = `${JSON.stringify(summaries, null, 2)}\n`;
if (values.out === undefined) console.log(text);
else writeFileSync(values.out, text);
