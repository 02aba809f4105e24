import type { Arena } from './arena.js';
import type { Find } from './campaign.js';
import { toFixture } from './fixture.js';
import { generate } from './generate.js';
import { shrink } from './shrink.js';
import { type Target, targetName } from './target.js';

/** Of so many kinds of disagreement an example is shrunk: each costs some boots. */
const MOST_SHRUNK = 4;

/** What kind of disagreement a find is an example of. */
function kind({ disagreement: { verdict, kernel } }: Find): string {
  return `model ${verdict.rule} (${verdict.errno ?? 'success'}), kernel ${kernel.errno ?? 'success'}`;
}

/** Finds as text: how many of each kind, and of each kind the smallest example, ready to be a fixture. */
export async function reportFinds(
  target: Target,
  arena: Arena,
  seed: number,
  finds: readonly Find[],
): Promise<string> {
  const kinds = new Map<string, Find[]>();
  for (const find of finds) kinds.set(kind(find), [...(kinds.get(kind(find)) ?? []), find]);
  const lines = [
    `Linux ${targetName(target)}: ${finds.length} disagreements between model and kernel, seed ${seed}`,
  ];
  let left = MOST_SHRUNK;
  for (const [name, examples] of kinds) {
    const first = examples[0]!;
    const sources = examples.slice(0, 5).map(({ source }) => source);
    lines.push('', `${examples.length} × ${name}; sequences ${sources.join(', ')}`);
    if (left-- > 0) lines.push(await example(target, arena, seed, first));
  }
  return lines.join('\n');
}

async function example(target: Target, arena: Arena, seed: number, find: Find): Promise<string> {
  const { sequence, disagreement } =
    typeof find.source === 'number'
      ? await shrink(target, arena, generate(target, arena, seed, find.source), find.disagreement)
      : find;
  const { verdict, kernel, expected, calls } = disagreement;
  const { memory: _, ...call } = calls.at(-1)!;
  return [
    `call:     ${JSON.stringify(call)}`,
    `verdict:  ${JSON.stringify({ ...verdict, writes: expected })}`,
    `kernel:   ${JSON.stringify(kernel)}`,
    `fixture:  ${JSON.stringify(toFixture(target, sequence, kind(find)))}`,
  ].join('\n');
}
