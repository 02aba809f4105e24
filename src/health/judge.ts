import type { HealthOptions, HealthReason } from './health.js';
import type { Observation } from './observation.js';
import { exceeds, type Thresholds } from './thresholds.js';
import type { Traffic } from './traffic.js';

/** What a page pool takes from the refill ring at once: PP_ALLOC_CACHE_REFILL of net/core/page_pool.c. */
const POOL_REFILL = 64;

/** What an instance is judged by. */
export interface Evidence {
  readonly seen: Observation;
  readonly traffic: Traffic;
  readonly options: HealthOptions;
  readonly thresholds: Thresholds;
}

/**
 * What seems right at this moment, of all reasons the one that matters most: a standstill before copies, what is told
 * before what is inferred. `held` is the reason that holds so far, as it takes less to stay than to begin.
 */
export function judge(evidence: Evidence, held: HealthReason): HealthReason {
  const { seen, traffic, thresholds, options } = evidence;
  if (seen.read === undefined || seen.now - seen.read >= thresholds.unreadableMs) return 'not-readable';
  const standstill = told(evidence, held) ?? inferred(evidence);
  if (standstill) return standstill;
  if (seen.now - seen.moved >= thresholds.idleMs) return idle(evidence);
  if (!seen.hasMoved) return idle(evidence);
  if (!seen.copy_count.known) return 'no-statistics';
  if (traffic.verdict === undefined) return 'little-data';
  if (traffic.verdict === 'copying') return options.nodev ? 'copied-without-device' : 'copied';
  return 'not-copied';
}

const STARVED: readonly HealthReason[] = ['alloc-fail', 'area-exhausted', 'alloc-fail-counted'];

/** Standstills that the kernel, the program or the device's driver told of, by the time that they took lately. */
function told({ seen, thresholds }: Evidence, held: HealthReason): HealthReason | undefined {
  const { window } = seen;
  if (window.ms > 0) {
    const share = (name: 'starved' | 'stalled') => window.amount(name) / window.ms;
    const enough = thresholds.standstillShare;
    if (exceeds(share('starved'), enough, STARVED.includes(held))) return seen.starvedBy;
    if (exceeds(share('stalled'), enough, held === 'completions-full')) return 'completions-full';
  }
  // Held back for a slow consumer data still comes, if slowly: it stands still only when none does.
  const paused = seen.pausedSince !== undefined && seen.now - seen.pausedSince >= thresholds.standstillMs;
  return paused ? 'slow-consumer' : undefined;
}

/** Standstills that nobody tells of. */
function inferred({ seen, traffic, options, thresholds }: Evidence): HealthReason | undefined {
  const { now, moved, waits, everMoved } = seen;
  if (options.events || !everMoved || now - moved < thresholds.standstillMs) return undefined;
  const isEmpty = seen.free_entries === 0;
  if (waits !== undefined && now - waits >= thresholds.standstillMs) {
    // What a device has delivered needs no buffer any more to be received; what is to be copied does.
    const needsBuffers = options.nodev === true || traffic.last === 'copying';
    return isEmpty && needsBuffers ? 'ring-empty-data-waits' : 'data-waits';
  }
  // Less than that many, and the pool may just have taken the last ones before it became quiet.
  return mayStarve({ seen, options }) && seen.load > POOL_REFILL ? 'ring-empty' : undefined;
}

/** An empty ring is all that is known. */
function mayStarve({ seen, options }: Pick<Evidence, 'seen' | 'options'>): boolean {
  if (options.events || options.nodev || seen.countsFailures) return false;
  return seen.everMoved && seen.free_entries === 0;
}

function idle(evidence: Evidence): HealthReason {
  const { seen } = evidence;
  if (seen.free_entries === undefined && !seen.received_bytes.known) return 'traffic-unknown';
  if (mayStarve(evidence)) return 'idle-or-starving';
  return seen.hasMoved ? 'idle' : 'no-data-yet';
}
