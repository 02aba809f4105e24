import { describeScenarios } from './guest.js';

/** A minute, or as long as ZCRX_SOAK_SECONDS says (`npm run soak:nic`: ten minutes). */
const SECONDS = Number(process.env.ZCRX_SOAK_SECONDS ?? 60);
const SEED = process.env.ZCRX_SOAK_SEED ?? '1';

await describeScenarios(['7.3', '7.2'], ['nic-soak.js'], {
  nic: { port: 7000 },
  tellsFigures: true,
  env: { ZCRX_SOAK_SECONDS: String(SECONDS), ZCRX_SOAK_SEED: SEED },
  timeoutMs: SECONDS * 1000 + 300_000,
});
