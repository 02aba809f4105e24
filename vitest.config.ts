import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 300_000, hookTimeout: 900_000 };
const prepare = 'test/prepare.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/tally.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'oracle', include: ['test/oracle/**/*.test.ts'], globalSetup: prepare, ...slow } },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...slow } },
      // One emulated machine at a time: two on two cores only slow each other down.
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: prepare,
          fileParallelism: false,
          ...slow,
        },
      },
    ],
  },
});
