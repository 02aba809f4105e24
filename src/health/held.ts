import { type HealthReason, REASONS } from './health.js';
import type { HealthState } from './state.js';
import type { Thresholds } from './thresholds.js';

/** From the one that can wait to the one that cannot. */
const URGENCY: Readonly<Record<HealthState, number>> = {
  unknown: 0,
  'zero-copy': 0,
  copying: 1,
  stalled: 2,
  starving: 3,
};

/**
 * The state that holds, which does not follow every whim of what seems right: another one is entered once it has seemed
 * right for its `enterMs`; and one that is no more urgent, once the present one has not seemed right for its `leaveMs`.
 */
export class Held {
  reason: HealthReason = 'not-read-yet';
  private readonly thresholds: Thresholds;
  /** Since when something else has seemed right than what holds; and since when that has been the same state. */
  private otherSince: number | undefined;
  private candidate: HealthState | undefined;
  private candidateSince = 0;

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds;
  }

  get state(): HealthState {
    return REASONS[this.reason];
  }

  /** What seems right at a time in milliseconds; returns whether the state has changed. */
  seems(reason: HealthReason, time: number): boolean {
    const state = REASONS[reason];
    if (state === this.state) {
      this.reason = reason;
      this.forget();
      return false;
    }
    this.otherSince ??= time;
    if (state !== this.candidate) {
      this.candidate = state;
      this.candidateSince = time;
    }
    const { enterMs, leaveMs } = this.thresholds;
    // Why it was unknown no longer holds; what it is has yet to last.
    if (this.state === 'unknown') this.reason = 'settling';
    const canWait = URGENCY[state] <= URGENCY[this.state];
    if (canWait && time - this.otherSince < leaveMs[this.state]) return false;
    if (time - this.candidateSince < enterMs[state]) return false;
    this.reason = reason;
    this.forget();
    return true;
  }

  /** What seemed right so far may not have done so all the time. */
  forget(): void {
    this.otherSince = undefined;
    this.candidate = undefined;
  }
}
