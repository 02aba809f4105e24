/**
 * What the kernel will say to a call of io_uring_register, before it is made.
 * @module
 */

export { RULES } from '../generated/rules.js';
export { type Bundle, type BundleFields, type LaidOut, layOutBundle } from './bundle.js';
export type {
  Call,
  CallKind,
  Device,
  Instance,
  JsonFinding,
  Rights,
  Verdict,
  Wide,
} from './call.js';
export { type Checked, checkBundle, checkCall } from './check.js';
export type { Broken } from './finding.js';
export { type Applied, type Fixed, fixBundle } from './fix.js';
export { VerdictModel } from './model.js';
export {
  RegistrationCheck,
  type RegistrationStructs,
  type RegistrationSurroundings,
} from './registration.js';
export type { Rule } from './rules.js';
export { KNOWN_SERIES, NEWEST_SERIES } from './series.js';
