import { defineConfig } from 'vitest/config';
import {
  missingForBrowser,
  missingForConformance,
  missingForKernels,
  missingForPrometheus,
} from './test/prepare.mjs';

const slow = { testTimeout: 300_000, hookTimeout: 900_000 };

/** A project whose tests need more than Node, left out where that is missing (under CI, test/prepare.mjs saw to it). */
function unless(missing: string, name: string, more: object = {}) {
  if (missing === '') return [{ test: { name, include: [`test/${name}/**/*.test.ts`], ...slow, ...more } }];
  console.log(`skipped: ${missing}`);
  return [];
}

export default defineConfig({
  test: {
    reporters: ['default', './test/tally.ts'],
    projects: [
      // Properties over thousands of inputs take their time where the machine has other work too.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...slow } },
      { test: { name: 'bench', include: ['test/bench/**/*.test.ts'], ...slow } },
      ...unless(missingForBrowser(), 'browser'),
      ...unless(missingForPrometheus(), 'metrics'),
      ...unless(missingForKernels(), 'oracle'),
      ...unless(missingForKernels() || missingForConformance(), 'conformance'),
      // of each language for itself: its tests say what they lack
      ...unless('', 'languages'),
      // One emulated machine after the other: more on two cores only slow each other down.
      ...unless(missingForKernels(), 'lab', { fileParallelism: false }),
    ],
  },
});
