import { describeScenarios } from './guest.js';

// On the simulated network card.
await describeScenarios(['7.3', '7.2'], ['device.js'], { nic: true, timeoutMs: 300_000 });
