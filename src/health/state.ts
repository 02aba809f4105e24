/** All states, in the order in which they are listed. */
export const HEALTH_STATES = ['zero-copy', 'copying', 'starving', 'stalled', 'unknown'] as const;

/** How an instance fares. */
export type HealthState = (typeof HEALTH_STATES)[number];
