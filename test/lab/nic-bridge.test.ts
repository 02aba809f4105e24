import { describeScenarios } from './guest.js';

/** What an instance does on a queue of the simulated network device. */
const FILES = [
  'nic-zero-copy.js',
  'nic-exhaustion.js',
  'nic-lifetime.js',
  'nic-queue-stats.js',
  'queue-stats.js',
];

// One processor: with more, buffers that one freed for another wait there for its next packet, and stay locked as long.
await describeScenarios(['7.3', '7.2'], FILES, {
  nic: { port: 7000 },
  memoryMiB: 1024,
  timeoutMs: 900_000,
});
