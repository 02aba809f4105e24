/**
 * The live side: real system calls on Linux, through koffi. Importing this loads no native code yet; the first use does.
 * @module
 */

export {
  type Area,
  type AreaKind,
  attachArea,
  dmabufArea,
  hugeArea,
  mappedArea,
  sharedArea,
  udmabufArea,
} from './areas/index.js';
export {
  type AddressedRegion,
  AttachedInstance,
  AttachedProcess,
  type AttachOptions,
  type Candidate,
  type Changes,
  findRings,
  type ProcessIdentity,
  processesNamed,
  type RingFile,
  type StatsPlace,
  type Waiting,
  waitingBytes,
} from './attach/index.js';
export { Chunk } from './chunk.js';
export {
  checkDevice,
  type Device,
  type DeviceFact,
  type DeviceProblem,
  type DeviceUse,
  devices,
  explainDeviceRefusal,
  type Interface,
  inspectDevice,
  type Places,
  type QueueCounters,
  type QueueProvider,
  QueueStats,
  queueHasProvider,
  queueStats,
  steeringAdvice,
  type XdpMode,
} from './device/index.js';
export {
  BridgeError,
  type BridgeErrorCode,
  errnoName,
  isBridgeError,
  isSyscallError,
  SyscallError,
} from './errors.js';
export { EVENT_TYPES, type EventType, eventBit, eventNumber, eventOf, rearmFields } from './events.js';
export type { UnreleasedChunk } from './guard.js';
export { ZcrxInstance } from './instance.js';
export { unsupportedHost } from './libc.js';
export { Mapping } from './memory.js';
export type { OpenOptions } from './options.js';
export type { Privileges } from './privileges.js';
export { type EventSupport, type Probe, probe } from './probe.js';
export { type QueryAnswer, query } from './query.js';
export { INTERRUPTIONS, type InterruptionReason, Receive } from './receive.js';
export type { RecoveryPolicy } from './recovery.js';
export {
  addressOf,
  ctrl,
  eventfd,
  type IfqRegistration,
  io_uring_enter,
  io_uring_register,
  io_uring_setup,
  type RegisteredIfq,
  registerEventfd,
  registerIfq,
  type Setup,
  setup,
} from './ring.js';
export { type Imported, type ImportOptions, importIfq, Share, type Ticket } from './share/index.js';
export type { Stall, StallAction, StallReason, StallSummary } from './stalls.js';
export type { Interruption, Notification, Stats } from './told.js';
export type { CallVerdict, CheckOptions } from './verdict/types.js';
export { Waker } from './wait.js';
