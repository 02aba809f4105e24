/**
 * Layouts, checks and plans of io_uring's zero-copy receive. No native code: works in Node and in a browser.
 * @module
 */

export { isLayoutError, LayoutError, type LayoutErrorCode, type LayoutErrorDetails } from './errors.js';
export * from './generated/constants.js';
export type * from './generated/structs.js';
export { type Decoded, type DecodeOptions, decode, type Names } from './layout/decode.js';
export {
  type ConstantDescription,
  type Description,
  type FieldDescription,
  type FieldRule,
  layouts,
  type NamedValue,
  type SetDescription,
  type StructDescription,
  structNames,
} from './layout/description.js';
export { type EncodeOptions, encode, type Fields, type StructName } from './layout/encode.js';
export type { Finding, FindingCode } from './layout/findings.js';
export { toJson } from './layout/json.js';
export type { FieldInput } from './layout/numbers.js';
export { ABI_REVISIONS, type AbiRevision } from './layout/revision.js';
export {
  type Environment,
  type Registration,
  type RegistrationOptions,
  type ValidateOptions,
  validate,
  validateRegistration,
} from './layout/validate.js';
export { type PlanOptions, planRegion, type RegionPlan, type StatsPlacement } from './plan.js';
