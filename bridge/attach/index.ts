/** Instances of zero-copy receive in other processes, seen from outside. */

export type { Candidate } from './candidates.js';
export { AttachedInstance } from './instance.js';
export type { StatsPlace } from './locate.js';
export type { AddressedRegion, AttachOptions } from './options.js';
export type { ProcessIdentity } from './proc.js';
export { AttachedProcess, type Changes } from './process.js';
export { processesNamed } from './processes.js';
export { findRings, type RingFile } from './rings.js';
export { type Waiting, waitingBytes } from './waiting.js';
