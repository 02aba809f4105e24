import { describeScenarios } from './guest.js';

await describeScenarios(['7.3', '7.2'], ['verify.js']);
await describeScenarios(['7.1', '6.18'], ['verify.js'], { optional: true });
