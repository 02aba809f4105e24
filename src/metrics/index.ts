/**
 * Instances as metrics for Prometheus, in its own form and in that of OpenMetrics, and a server of them.
 * What each metric means is described in docs/metrics.md.
 */
export type { MetricsErrorCode } from './error.js';
export { isMetricsError, MetricsError } from './error.js';
export type { InstanceLabels, MeteredHealth, MeteredInstance } from './instance.js';
export type { MetricsAddress } from './listen.js';
export { parseMetricsAddress } from './listen.js';
export type { MetricsOptions } from './metrics.js';
export { Metrics } from './metrics.js';
export type { MetricsServer, TextSource } from './server.js';
export { serveMetrics } from './server.js';
