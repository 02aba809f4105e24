/**
 * How an instance of zero-copy receive fares: from snapshots of its statistics and refill ring to rates and a state.
 * Nothing here reads anything; it runs wherever JavaScript does. docs/health.md says what the states mean.
 * @module
 */

export type { EventCount, Health, HealthOptions, HealthReason, StallFigures } from './health.js';
export { HealthMonitor } from './monitor.js';
export type { Counters, EventType, RefillIndices, Snapshot, StandstillReason } from './snapshot.js';
export { HEALTH_STATES, type HealthState } from './state.js';
export { DEFAULT_THRESHOLDS, type Hysteresis, type ThresholdOptions, type Thresholds } from './thresholds.js';
export { type Counted, type Totals, totalsOf } from './totals.js';
export { type HealthSource, type HealthWatch, type WatchOptions, watchHealth } from './watch.js';
