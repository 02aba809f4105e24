import type { Health } from './health.js';

/** An instance whose counters are to be added to those of others. */
export interface Counted {
  /**
   * What tells its statistics block from others: the same for all that imported one instance, as the inode of the shared
   * memory or the creator's name. Rings that share a block count the same copies.
   */
  readonly block: string | number | bigint;
  readonly health: Pick<Health, 'copy_count' | 'copy_bytes' | 'received_bytes'>;
}

/** Counters of several instances together. */
export interface Totals {
  readonly instances: number;
  /** Statistics blocks among them. */
  readonly blocks: number;
  /** Of those whose counters are known. */
  readonly copy_count: bigint;
  readonly copy_bytes: bigint;
  /** Absent where that of any instance is unknown. */
  readonly received_bytes?: bigint;
}

/**
 * Adds up what several instances counted; a block that they share is counted once. Where its rings were watched for
 * differently long, the largest count is taken.
 */
export function totalsOf(instances: Iterable<Counted>): Totals {
  const blocks = new Map<Counted['block'], { copy_count: bigint; copy_bytes: bigint }>();
  let number = 0;
  let received: bigint | undefined = 0n;
  for (const { block, health } of instances) {
    number++;
    received =
      received === undefined || health.received_bytes === undefined
        ? undefined
        : received + health.received_bytes;
    const { copy_count = 0n, copy_bytes = 0n } = health;
    const other = blocks.get(block);
    blocks.set(block, {
      copy_count: larger(copy_count, other?.copy_count ?? 0n),
      copy_bytes: larger(copy_bytes, other?.copy_bytes ?? 0n),
    });
  }
  const sum = (name: 'copy_count' | 'copy_bytes') =>
    [...blocks.values()].reduce((total, counters) => total + counters[name], 0n);
  return {
    instances: number,
    blocks: blocks.size,
    copy_count: sum('copy_count'),
    copy_bytes: sum('copy_bytes'),
    ...(received !== undefined && { received_bytes: received }),
  };
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
