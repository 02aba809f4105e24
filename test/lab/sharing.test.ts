import { describeScenarios } from './guest.js';

const MACHINE = { cpus: 2, memoryMiB: 1024, timeoutMs: 900_000 };

await describeScenarios(['7.3', '7.2'], ['sharing.js', 'sharing-ends.js'], MACHINE);
await describeScenarios(['7.3', '7.2'], ['nic-sharing.js'], { ...MACHINE, nic: { port: 7000 } });
