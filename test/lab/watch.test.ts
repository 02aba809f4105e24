import { compileProgram } from './c/compile.js';
import { describeScenarios } from './guest.js';

await describeScenarios(['7.3', '7.2'], ['watch.js', 'own-health.js'], {
  cpus: 2,
  memoryMiB: 1024,
  timeoutMs: 900_000,
  extra: [{ from: await compileProgram('receiver'), to: '/receiver' }],
});
