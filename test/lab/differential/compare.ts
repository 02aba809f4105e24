import { type Call, type Verdict, VerdictModel } from '../../../src/verdict/index.js';
import { ARENA_BASE, type Arena, hex } from './arena.js';
import { CallWriter, deedOf, errnoName } from './calls.js';
import type { Coverage } from './coverage.js';
import { isRegister, type RegisterStep, type Segment, type Sequence } from './draft.js';
import type { Outcome, RegisterOutcome } from './plan-file.js';
import type { Target } from './target.js';

/** A call of which the model and the kernel say different things. */
export interface Disagreement {
  /** Which step of the sequence. */
  readonly step: number;
  readonly calls: readonly Call[];
  readonly verdict: Verdict;
  readonly kernel: {
    readonly errno: string | null;
    /** Bytes that are different after the call, by address. */
    readonly changes: Readonly<Record<string, string>>;
  };
  /** Bytes that the model says would be different. */
  readonly expected: Readonly<Record<string, string>>;
}

const model = new VerdictModel({ stateful: true });

/**
 * Plays a sequence through the model and compares it with what the kernel did: errno and every byte of the
 * watched memory; the instances' state by what later calls say. Ends at the first disagreement, since what
 * follows may only follow from it.
 */
export function compareSequence(
  target: Target,
  arena: Arena,
  sequence: Sequence,
  outcomes: readonly Outcome[],
  nextDescriptor: number,
  coverage?: Coverage,
): Disagreement | undefined {
  model.reset();
  const writer = new CallWriter(target, arena, sequence, nextDescriptor);
  const told: Call[] = [];
  for (const [i, step] of sequence.steps.entries()) {
    const outcome = outcomes[i];
    for (const call of writer.calls(step, outcome)) {
      told.push(call);
      const verdict = model.judge(call);
      if (!isRegister(step)) continue;
      coverage?.count(verdict);
      // Where the model makes no statement there is nothing to compare, and nothing known to go on with.
      if (verdict.rule === 'unproved') return undefined;
      const found = compareCall(step, verdict, outcome as RegisterOutcome);
      if (found !== undefined) return { step: i, calls: told, ...found };
    }
    writer.note(step, outcome);
    const deed = deedOf(step, outcome);
    if (deed !== undefined) coverage?.did(deed);
  }
  return undefined;
}

function compareCall(
  step: RegisterStep,
  verdict: Verdict,
  outcome: RegisterOutcome,
): Omit<Disagreement, 'step' | 'calls'> | undefined {
  const errno = errnoName(outcome.result);
  const expected = changedBytes(step.segments, verdict.writes);
  if (errno === verdict.errno && isSame(expected, outcome.changes)) return undefined;
  return {
    verdict,
    kernel: { errno, changes: byAddress(outcome.changes) },
    expected: byAddress(runs(expected)),
  };
}

/** Of the bytes that are written, those that were something else before. */
function changedBytes(
  before: readonly Segment[],
  writes: Readonly<Record<string, string>>,
): Map<number, number> {
  const after = new Map<number, number>();
  for (const [address, text] of Object.entries(writes)) {
    const offset = Number(address) - ARENA_BASE;
    const bytes = Buffer.from(text, 'hex');
    for (let i = 0; i < bytes.length; i++) after.set(offset + i, bytes[i]!);
  }
  for (const [at, byte] of after) {
    const segment = before.find(({ offset, bytes }) => at >= offset && at < offset + bytes.length);
    if ((segment === undefined ? 0 : segment.bytes[at - segment.offset]) === byte) after.delete(at);
  }
  return after;
}

function isSame(expected: ReadonlyMap<number, number>, changes: readonly Segment[]): boolean {
  let count = 0;
  for (const { offset, bytes } of changes) {
    for (let i = 0; i < bytes.length; i++) if (expected.get(offset + i) !== bytes[i]) return false;
    count += bytes.length;
  }
  return count === expected.size;
}

function runs(bytes: ReadonlyMap<number, number>): Segment[] {
  const segments: { offset: number; values: number[] }[] = [];
  for (const at of [...bytes.keys()].sort((a, b) => a - b)) {
    const last = segments.at(-1);
    if (last !== undefined && last.offset + last.values.length === at) last.values.push(bytes.get(at)!);
    else segments.push({ offset: at, values: [bytes.get(at)!] });
  }
  return segments.map(({ offset, values }) => ({ offset, bytes: Uint8Array.from(values) }));
}

function byAddress(segments: readonly Segment[]): Record<string, string> {
  return Object.fromEntries(
    segments.map(({ offset, bytes }) => [hex(ARENA_BASE + offset), Buffer.from(bytes).toString('hex')]),
  );
}
