/**
 * The live side: real system calls on Linux, through koffi. Importing this loads no native code yet; the first use does.
 * @module
 */

export { Chunk } from './chunk.js';
export {
  BridgeError,
  type BridgeErrorCode,
  errnoName,
  isBridgeError,
  isSyscallError,
  SyscallError,
} from './errors.js';
export { EVENT_TYPES, type EventType, eventBit, eventNumber, eventOf, rearmFields } from './events.js';
export { type Interruption, type Notification, type Stats, ZcrxInstance } from './instance.js';
export { unsupportedHost } from './libc.js';
export { Mapping } from './memory.js';
export type { OpenOptions } from './options.js';
export type { Privileges } from './privileges.js';
export { type EventSupport, type Probe, probe } from './probe.js';
export { type QueryAnswer, query } from './query.js';
export { INTERRUPTIONS, type InterruptionReason, Receive } from './receive.js';
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
export type { CallVerdict, CheckOptions } from './verdict/types.js';
export { Waker } from './wait.js';
