import { describeScenarios } from './guest.js';

await describeScenarios(['7.1', '7.0', '6.19', '6.18', '<6.18'], ['older.js', 'queue-stats.js'], {
  optional: true,
});
