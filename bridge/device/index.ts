/** Network devices: whether one can be received from without copies, and what is to be done if not. */

export { checkDevice } from './check.js';
export { explainDeviceRefusal } from './explain.js';
export type { Device, DeviceFact, DeviceProblem, DeviceUse, Places, XdpMode } from './facts.js';
export { devices, inspectDevice } from './inspect.js';
export type { Interface } from './interfaces.js';
export type { QueueCounters, QueueProvider } from './netdev.js';
export { QueueStats, queueHasProvider, queueStats } from './queue-stats.js';
export { steeringAdvice } from './steering.js';
