import { compileProgram } from './c/compile.js';
import { describeScenarios } from './guest.js';

const MACHINE = {
  cpus: 2,
  memoryMiB: 1024,
  timeoutMs: 900_000,
  extra: [{ from: await compileProgram('receiver'), to: '/receiver' }],
};

await describeScenarios(['7.3', '7.2'], ['attach.js', 'attach-ends.js', 'attach-odd.js'], MACHINE);
await describeScenarios(['7.3', '7.2'], ['attach-nic.js'], { ...MACHINE, nic: { port: 7000 } });
