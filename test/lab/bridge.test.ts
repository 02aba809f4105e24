import { describeScenarios } from './guest.js';

/** All that the bridge does, on every kernel that has all of it. */
const FILES = [
  'probe.js',
  'thin.js',
  'verdicts.js',
  'kernel.js',
  'instance.js',
  'events.js',
  'receive.js',
  'pressure.js',
  'misuse.js',
  'privileges.js',
  'process.js',
];

await describeScenarios(['7.3', '7.2'], FILES, { timeoutMs: 500_000, memoryMiB: 768 });
