import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 300_000, hookTimeout: 900_000 };
const kernels = 'test/prepare/kernels.ts';
const browser = 'test/prepare/browser.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/tally.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'oracle', include: ['test/oracle/**/*.test.ts'], globalSetup: kernels, ...slow } },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...slow } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], globalSetup: browser, ...slow } },
      // One emulated machine at a time: two on two cores only slow each other down.
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: kernels,
          fileParallelism: false,
          ...slow,
        },
      },
    ],
  },
});
