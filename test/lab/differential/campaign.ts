import { Arena } from './arena.js';
import { compareSequence, type Disagreement } from './compare.js';
import { Coverage } from './coverage.js';
import { isRegister, type Sequence } from './draft.js';
import { execute } from './execute.js';
import { fixturesFor } from './fixture.js';
import { generate, sequenceOf } from './generate.js';
import type { Target } from './target.js';

export interface CampaignOptions {
  readonly target: Target;
  readonly seed: number;
  /** Random calls wanted; those that only ask for the state come on top. */
  readonly calls: number;
  /** Calls of one boot. Default 100,000. */
  readonly batch?: number;
  /** The first sequence's number, to replay a later one. Default 0. */
  readonly from?: number;
  readonly onBatch?: (campaign: CampaignResult) => void;
}

/** Where model and kernel disagree. */
export interface Find {
  /** Number of the sequence for this seed, or the name of a fixture. */
  readonly source: number | string;
  readonly sequence: Sequence;
  readonly disagreement: Disagreement;
}

export interface CampaignResult {
  readonly release: string;
  /** Random calls compared. */
  readonly calls: number;
  /** Everything that was done, with questions for the state, receives and closings. */
  readonly steps: number;
  readonly sequences: number;
  /** Spent in the guest, without booting. */
  readonly seconds: number;
  readonly finds: readonly Find[];
  readonly coverage: Coverage;
  readonly complaints: readonly string[];
}

interface Batch {
  readonly sequences: readonly { readonly source: number | string; readonly sequence: Sequence }[];
  readonly calls: number;
}

/** Thousands of random calls on a real kernel, and on the model: where do they disagree? */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { target } = options;
  const arena = new Arena(target.pageSize);
  const result = {
    release: '',
    calls: 0,
    steps: 0,
    sequences: 0,
    seconds: 0,
    finds: [] as Find[],
    coverage: new Coverage(),
    complaints: [] as string[],
  };
  const batches = batchesOf(options, arena);
  let next = batches.next();
  let running = next.done ? undefined : runBatch(target, arena, next.value);
  while (running !== undefined && !next.done) {
    const batch = next.value;
    const run = await running;
    // While this one is compared the next one already runs.
    next = batches.next();
    running = next.done ? undefined : runBatch(target, arena, next.value);
    running?.catch(() => {});
    result.release = run.release;
    result.seconds += run.seconds;
    result.complaints.push(...run.complaints);
    batch.sequences.forEach(({ source, sequence }, i) => {
      const disagreement = compareSequence(
        target,
        arena,
        sequence,
        run.outcomes[i]!,
        run.nextDescriptor,
        result.coverage,
      );
      if (disagreement !== undefined) result.finds.push({ source, sequence, disagreement });
      result.steps += sequence.steps.length;
    });
    result.calls += batch.calls;
    result.sequences += batch.sequences.length;
    options.onBatch?.(result);
  }
  return result;
}

async function runBatch(target: Target, arena: Arena, batch: Batch): ReturnType<typeof execute> {
  return await execute(
    target,
    arena,
    batch.sequences.map(({ sequence }) => sequence),
  );
}

/** The fixtures first, then sequence after sequence of the seed. */
function* batchesOf(options: CampaignOptions, arena: Arena): Generator<Batch> {
  const { target, seed, calls, batch = 100_000, from = 0 } = options;
  let number = from;
  let done = 0;
  const fixtures = fixturesFor(target).map(({ name, sequence }) => ({ source: name, sequence }));
  for (let first = true; done < calls; first = false) {
    const sequences: { source: number | string; sequence: Sequence }[] = first ? [...fixtures] : [];
    let inBatch = 0;
    while (inBatch < batch && done + inBatch < calls) {
      const sequence = sequenceOf(generate(target, arena, seed, number), arena);
      sequences.push({ source: number++, sequence });
      inBatch += randomCalls(sequence);
    }
    done += inBatch;
    yield { sequences, calls: inBatch };
  }
}

function randomCalls(sequence: Sequence): number {
  return sequence.steps.filter((step) => isRegister(step) && !step.probe).length;
}
