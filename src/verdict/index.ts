/**
 * What the kernel will say to a call of io_uring_register, before it is made.
 * @module
 */

export { RULES } from '../generated/rules.js';
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
export { VerdictModel } from './model.js';
export type { Rule } from './rules.js';
export { KNOWN_SERIES, NEWEST_SERIES } from './series.js';
