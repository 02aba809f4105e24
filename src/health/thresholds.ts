import type { HealthState } from './state.js';

/** A share at which something begins, and a lower one below which it is over. 0 to 1. */
export interface Hysteresis {
  readonly enter: number;
  readonly leave: number;
}

/** What the states are judged by. docs/health.md gives the reasons for the defaults. */
export interface Thresholds {
  /** Milliseconds over which rates and shares are taken. Default 5000. */
  readonly windowMs: number;
  /** Copied bytes among received ones (or, where these are unknown, copies among buffers). Default 0.01 and 0.005. */
  readonly copiedShare: Hysteresis;
  /** Bytes from which a share is judged: a few packets prove nothing. Default 65,536. */
  readonly enoughBytes: number;
  /** The same in buffers, where received bytes are unknown. Default 16. */
  readonly enoughBuffers: number;
  /** The time of standstills that were told, in the window. Default 0.1 and 0.02. */
  readonly standstillShare: Hysteresis;
  /** Milliseconds without any movement from which a standstill is inferred that nobody tells of. Default 2000. */
  readonly standstillMs: number;
  /** Milliseconds without data from which an instance is idle. Default 10,000. */
  readonly idleMs: number;
  /** Milliseconds without anything readable from which that is the state. Default 2000. */
  readonly unreadableMs: number;
  /** Milliseconds between two snapshots from which nothing is concluded about the time between. Default 15,000. */
  readonly gapMs: number;
  /** Milliseconds that a state must seem right before it is entered. Default 1000, starving and stalled 500, unknown 0. */
  readonly enterMs: Readonly<Record<HealthState, number>>;
  /** Milliseconds that others must seem right before a state is left for one that is no more urgent. Default 2000, zero-copy 500, unknown 0. */
  readonly leaveMs: Readonly<Record<HealthState, number>>;
}

/** Some of the thresholds; the others keep their defaults. */
export type ThresholdOptions = {
  readonly [Name in keyof Thresholds]?: Thresholds[Name] extends number ? number : Partial<Thresholds[Name]>;
};

export const DEFAULT_THRESHOLDS: Thresholds = {
  windowMs: 5000,
  copiedShare: { enter: 0.01, leave: 0.005 },
  enoughBytes: 64 * 1024,
  enoughBuffers: 16,
  standstillShare: { enter: 0.1, leave: 0.02 },
  standstillMs: 2000,
  idleMs: 10_000,
  unreadableMs: 2000,
  gapMs: 15_000,
  enterMs: { 'zero-copy': 1000, copying: 1000, starving: 500, stalled: 500, unknown: 0 },
  leaveMs: { 'zero-copy': 500, copying: 2000, starving: 2000, stalled: 2000, unknown: 0 },
};

/** Whether a share is enough, seen from whether it was so far. */
export const exceeds = (share: number, { enter, leave }: Hysteresis, was: boolean): boolean =>
  share >= (was ? leave : enter);

/**
 * The thresholds with those of an options object in place.
 * @throws RangeError naming the threshold, its value and what was expected
 */
export function thresholds(options: ThresholdOptions = {}): Thresholds {
  const merged: Record<string, unknown> = {};
  for (const [name, standard] of Object.entries(DEFAULT_THRESHOLDS)) {
    const given = options[name as keyof Thresholds];
    merged[name] = typeof standard === 'number' ? (given ?? standard) : { ...standard, ...(given as object) };
    if (typeof standard === 'number') checkNumber(name, merged[name], 1);
    else for (const [key, value] of Object.entries(merged[name] as object)) checkPart(name, key, value);
  }
  const checked = merged as unknown as Thresholds;
  checkOrder('copiedShare', checked.copiedShare);
  checkOrder('standstillShare', checked.standstillShare);
  if (checked.gapMs < checked.windowMs) {
    throw new RangeError(`gapMs ${checked.gapMs}: expected windowMs (${checked.windowMs}) or more`);
  }
  return checked;
}

function checkPart(name: string, key: string, value: unknown): void {
  checkNumber(`${name}.${key}`, value, 0, name.endsWith('Share') ? 1 : undefined);
}

function checkNumber(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw new RangeError(`${name} ${String(value)}: expected a number from ${least} to ${most}`);
}

function checkOrder(name: string, { enter, leave }: Hysteresis): void {
  // With both alike, noise around the threshold would be a change each time.
  if (leave < enter) return;
  throw new RangeError(`${name}.leave ${leave}: expected less than ${name}.enter (${enter})`);
}
