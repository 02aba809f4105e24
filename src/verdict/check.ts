import { type Bundle, layOutBundle } from './bundle.js';
import type { Call, Verdict } from './call.js';
import { hintsOn, hintsOnArming } from './hints.js';
import { VerdictModel } from './model.js';
import { orElse } from './read.js';
import { NEWEST_SERIES, seriesOf } from './series.js';

/** What the kernel will say to a call that people wrote, and what they should know beside it. */
export interface Checked {
  readonly verdict: Verdict;
  /** The call as it was laid out in memory. */
  readonly call: Call;
  /** What was not given and therefore assumed, in words. */
  readonly assumed: readonly string[];
  /** What the kernel takes, and what is most likely a mistake all the same. */
  readonly hints: readonly string[];
}

let stateless: VerdictModel | undefined;

/** One model serves all: a call leaves nothing behind in it. */
function judge(call: Call, model?: VerdictModel): Verdict {
  if (model) return model.judge(call);
  stateless ??= new VerdictModel();
  return stateless.judge(call);
}

/** What is to be known of a verdict on this kernel. */
export function reservations(kernel: string | undefined): string[] {
  if (!seriesOf(orElse(kernel, NEWEST_SERIES)).isNewer) return [];
  return [`Linux ${kernel} is newer than this library knows: it is judged as ${NEWEST_SERIES}`];
}

/**
 * Says what the kernel will say to a call that is laid out already.
 * @throws LayoutError naming what cannot be understood
 */
export function checkCall(call: Call, assumed: readonly string[] = []): Checked {
  const verdict = judge(call);
  return { verdict, call, assumed: [...reservations(call.kernel), ...assumed], hints: [] };
}

/**
 * Says what the kernel will say to a bundle: a call as people write it, as in
 * `{ kernel: '7.3', reg: { rq_entries: 100, flags: 2 }, area: { len: 8192 }, region: { size: 4096, flags: 1 } }`.
 * Pointers are laid out unless they are given.
 * @param model a stateless one other than that which all calls share
 * @throws LayoutError naming what cannot be understood
 */
export function checkBundle(bundle: unknown, model?: VerdictModel): Checked {
  const { call, assumed, structs } = layOutBundle(bundle);
  const verdict = judge(call, model);
  const hints = [...hintsOn(bundle as Bundle, structs), ...hintsOnArming(bundle as Bundle, structs, verdict)];
  return { verdict, call, assumed: [...reservations(call.kernel), ...assumed], hints };
}
