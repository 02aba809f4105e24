import { expect, test } from 'vitest';
import { mergeHeaders } from './c-header.js';
import { probeProgram } from './c-probe.js';
import { parseFacts, runC } from './compiler.js';
import { undescribedBytes, undescribedNames, undescribedRingNames } from './coverage.js';
import { layoutFacts } from './facts.js';
import { type Definition, earlierDefinition, releasedDefinition } from './headers.js';
import { builtLayout, isInternal } from './layout.js';
import { alteredLayouts, reducedLayouts } from './mutations.js';

// A test that cannot fail proves nothing: here the proofs of headers.test.ts are given wrong layouts.

const layout = builtLayout();
const FETCH_MS = 300_000;

async function factsOf({ dialect, includes, folders, whole, ring }: Definition) {
  const program = probeProgram(layout, dialect, mergeHeaders([whole, ring]), includes);
  const { series: _series, ...facts } = parseFacts(await runC(program, folders));
  return { dialect, facts };
}

test('whatever is changed in the layouts, a compiler objects', { timeout: FETCH_MS }, async () => {
  const definitions = await Promise.all([
    releasedDefinition('7.3'),
    earlierDefinition('v1'),
    earlierDefinition('rc'),
  ]);
  const proofs = await Promise.all(definitions.map(factsOf));
  const unnoticed: string[] = [];
  let changes = 0;
  for (const { what, layout: mutant } of alteredLayouts(layout)) {
    changes++;
    const noticed = proofs.some(({ dialect, facts }) => {
      const claims = layoutFacts(mutant, dialect);
      return Object.entries(claims).some(([name, value]) => facts[name] !== value);
    });
    if (!noticed) unnoticed.push(what);
  }
  expect(changes).toBeGreaterThan(500);
  expect(unnoticed).toEqual(layout.constants.filter(isInternal).map(({ name }) => name));
});

test('whatever is left out, the header shows that it lacks', { timeout: FETCH_MS }, async () => {
  const definitions = [await releasedDefinition('7.3'), await earlierDefinition('v1')];
  const unnoticed: string[] = [];
  let omissions = 0;
  for (const { what, layout: mutant } of reducedLayouts(layout)) {
    omissions++;
    const missed = definitions.flatMap(({ dialect, whole, ring }) => [
      ...undescribedNames(mutant, dialect, whole),
      ...undescribedRingNames(mutant, dialect, ring),
      ...undescribedBytes(mutant),
    ]);
    if (missed.length === 0) unnoticed.push(what);
  }
  expect(omissions).toBeGreaterThan(300);
  // The form of 32 bytes has all members that the header declares.
  expect(unnoticed).toEqual(['struct io_uring_cqe']);
});
