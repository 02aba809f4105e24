import type { Arena } from './arena.js';
import { compareSequence, type Disagreement } from './compare.js';
import { isRegister, type Segment, type Sequence, type Step } from './draft.js';
import { execute } from './execute.js';
import { isDraft, type Outline, sequenceOf } from './generate.js';
import { RECEIVING } from './setup-flags.js';
import type { Target } from './target.js';

/** Boots at most, of a few seconds each. */
const MOST_ROUNDS = 12;

export interface Shrunk {
  readonly sequence: Sequence;
  readonly disagreement: Disagreement;
}

/**
 * The smallest sequence found in which model and kernel still disagree in the same way: steps are left out,
 * changes to calls taken back, rings made ordinary, words made zero. All candidates of a round run in one boot.
 */
export async function shrink(
  target: Target,
  arena: Arena,
  outline: Outline,
  found: Disagreement,
): Promise<Shrunk> {
  const wanted = signature(found);
  const check = async (candidates: readonly Sequence[]): Promise<(Disagreement | undefined)[]> => {
    const run = await execute(target, arena, candidates);
    return candidates.map((sequence, i) => {
      const again = compareSequence(target, arena, sequence, run.outcomes[i]!, run.nextDescriptor);
      return again !== undefined && signature(again) === wanted ? again : undefined;
    });
  };
  let rounds = MOST_ROUNDS;

  /** Takes as many of the reductions as can be had together. */
  async function reduce<T>(
    start: T,
    reductions: (of: T) => ((of: T) => T)[],
    sequence: (of: T) => Sequence,
  ): Promise<T> {
    let best = start;
    while (rounds-- > 0) {
      const each = reductions(best);
      if (each.length === 0) break;
      const single = await check(each.map((apply) => sequence(apply(best))));
      const good = each.filter((_, i) => single[i] !== undefined);
      if (good.length === 0) break;
      // What holds alone need not hold together: also try the halves, and always the first.
      const groups = [good, good.slice(0, good.length / 2), good.slice(good.length / 2), good.slice(0, 1)];
      const together = groups.map((group) => group.reduceRight((value, apply) => apply(value), best));
      const results = await check(together.map(sequence));
      best = together[results.findIndex((result) => result !== undefined)]!;
    }
    return best;
  }

  const cut = { ...outline, plans: outline.plans.slice(0, found.step + 1) };
  const small = await reduce(cut, outlineReductions, (value) => sequenceOf(value, arena));
  rounds = Math.max(rounds, 3);
  const sequence = await reduce(sequenceOf(small, arena), wordReductions, (value) => value);
  const least = withoutIdleRings(sequence);
  const [disagreement] = await check([least]);
  return disagreement === undefined ? { sequence, disagreement: found } : { sequence: least, disagreement };
}

/** Without the rings that no step uses. */
function withoutIdleRings({ rings, steps }: Sequence): Sequence {
  const used = rings.map((_, i) => i).filter((i) => steps.some((step) => 'ring' in step && step.ring === i));
  return {
    rings: used.map((i) => rings[i]!),
    steps: steps.map((step) => ('ring' in step ? { ...step, ring: used.indexOf(step.ring) } : step)),
  };
}

/** What must stay the same. */
function signature({ verdict, kernel }: Disagreement): string {
  return `${verdict.rule} ${kernel.errno}`;
}

/** In descending order of steps, so that those applied later still find theirs. */
function outlineReductions(outline: Outline): ((of: Outline) => Outline)[] {
  const reductions: ((of: Outline) => Outline)[] = [];
  outline.plans.forEach((plan, i) => {
    const last = i === outline.plans.length - 1;
    if (!last) reductions.push((of) => ({ ...of, plans: of.plans.filter((each) => each !== of.plans[i]) }));
    if (!isDraft(plan)) return;
    plan.mutations.forEach((_, j) => {
      reductions.push((of) => ({
        ...of,
        plans: of.plans.map((each, k) =>
          k === i && isDraft(each) ? { ...each, mutations: each.mutations.filter((_, m) => m !== j) } : each,
        ),
      }));
    });
  });
  outline.rings.forEach((flags, i) => {
    if (flags === RECEIVING) return;
    reductions.push((of) => ({ ...of, rings: of.rings.map((each, k) => (k === i ? RECEIVING : each)) }));
  });
  return reductions;
}

/** Each word of each call that is not zero is made so. */
function wordReductions(sequence: Sequence): ((of: Sequence) => Sequence)[] {
  return sequence.steps.flatMap((step, i) => {
    if (!isRegister(step)) return [];
    return step.segments.flatMap(({ offset, bytes }) => {
      const reductions: ((of: Sequence) => Sequence)[] = [];
      for (let at = offset & ~3; at < offset + bytes.length; at += 4) {
        const word = bytes.subarray(Math.max(0, at - offset), at + 4 - offset);
        if (word.every((byte) => byte === 0)) continue;
        reductions.push((of) => ({
          ...of,
          steps: of.steps.map((each, k) => (k === i ? withoutWord(each, at) : each)),
        }));
      }
      return reductions;
    });
  });
}

function withoutWord(step: Step, word: number): Step {
  if (!isRegister(step)) return step;
  const segments = step.segments.map(({ offset, bytes }): Segment => {
    const copy = Uint8Array.from(bytes);
    for (let at = word; at < word + 4; at++)
      if (at >= offset && at < offset + copy.length) copy[at - offset] = 0;
    return { offset, bytes: copy };
  });
  return { ...step, segments: segments.filter(({ bytes }) => bytes.some((byte) => byte !== 0)) };
}
