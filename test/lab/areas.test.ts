import { describeScenarios } from './guest.js';

await describeScenarios(['7.3', '7.2'], ['areas.js'], { timeoutMs: 300_000 });
await describeScenarios(['7.3', '7.2'], ['nic-areas.js'], {
  nic: { port: 7000, large_buffers: true },
  timeoutMs: 300_000,
});
