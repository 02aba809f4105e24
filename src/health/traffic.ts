import type { HealthOptions } from './health.js';
import type { Observation } from './observation.js';
import { exceeds, type Thresholds } from './thresholds.js';

/** The size of a page on most machines, which is what a buffer has. */
const PAGE = 4096;

/** What came, and how much of it was copied: in bytes where received bytes are known, else in buffers. */
interface Amount {
  readonly came: number;
  readonly copied: number;
}

/** Whether data that comes is copied. What was judged stays so until enough has come to judge anew, or nothing comes. */
export class Traffic {
  /** undefined: not enough has come. */
  verdict: 'copying' | 'zero-copy' | undefined;
  /** The last verdict that there was, however long ago. */
  last: 'copying' | 'zero-copy' | undefined;
  private readonly seen: Observation;
  private readonly options: HealthOptions;
  private readonly thresholds: Thresholds;
  /** Sums at the last verdict: what comes seldom is judged when enough has gathered. */
  private judged: Amount = { came: 0, copied: 0 };

  constructor(seen: Observation, options: HealthOptions, thresholds: Thresholds) {
    this.seen = seen;
    this.options = options;
    this.thresholds = thresholds;
  }

  /** Received bytes are known, and are all that the counters are about. */
  get countsBytes(): boolean {
    return this.options.shared !== true && this.seen.received_bytes.known;
  }

  judge(): void {
    const { seen, thresholds } = this;
    if (!seen.copy_count.known) return;
    if (seen.now - seen.moved >= thresholds.idleMs) {
      this.verdict = undefined;
      this.judged = this.sums;
      return;
    }
    const enough = this.countsBytes ? thresholds.enoughBytes : thresholds.enoughBuffers;
    const recent = this.recent;
    const all = this.sums;
    const gathered = { came: all.came - this.judged.came, copied: all.copied - this.judged.copied };
    const amount = recent.came >= enough ? recent : gathered;
    if (amount.came < enough) return;
    // What is counted may be received a moment later: more may be copied than came.
    const share = Math.min(1, amount.copied / amount.came);
    const copying = exceeds(share, thresholds.copiedShare, this.verdict === 'copying');
    this.verdict = copying ? 'copying' : 'zero-copy';
    this.last = this.verdict;
    this.judged = all;
  }

  private get recent(): Amount {
    const { window } = this.seen;
    return this.amount((name) => window.amount(name));
  }

  private get sums(): Amount {
    const { window } = this.seen;
    return this.amount((name) => window.sum(name));
  }

  private amount(of: (name: 'copies' | 'copied' | 'received' | 'buffers') => number): Amount {
    if (this.countsBytes) return { came: of('received'), copied: of('copied') };
    // At least: a copy takes a buffer, and of a large one no more than a page.
    const { rx_buf_len = PAGE } = this.options;
    const copied = Math.max(of('copies'), of('copied') / rx_buf_len);
    // What is copied comes before its buffers are given back, and of a program that gives none back it is all there is.
    const came = Math.max(of('buffers'), copied, this.options.shared ? of('received') / rx_buf_len : 0);
    return { came, copied };
  }
}
