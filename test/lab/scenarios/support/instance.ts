import assert from 'node:assert/strict';
import { type Notification, type OpenOptions, ZcrxInstance } from 'zcrx/bridge';

/** How often the receives of an instance paused. */
const pauses = new WeakMap<ZcrxInstance, number>();

/** Opens, runs, and closes whatever happens. */
export async function withInstance<Result>(
  options: OpenOptions,
  run: (zcrx: ZcrxInstance) => Promise<Result> | Result,
): Promise<Result> {
  const zcrx = ZcrxInstance.open(options);
  pauses.set(zcrx, 0);
  zcrx.on('interrupted', () => pauses.set(zcrx, (pauses.get(zcrx) ?? 0) + 1));
  try {
    return await run(zcrx);
  } finally {
    zcrx.close();
  }
}

/**
 * Asserts that the kernel counted so many bytes as copied. A receive that is ended by an exhausted area leaves out of the
 * count, now and then, a part of the fragment at which it ended: dozens of bytes were seen, on 7.3.
 */
export function assertCopied(zcrx: ZcrxInstance, length: number | bigint, when?: string): void {
  const { copy_bytes } = zcrx.stats();
  const paused = pauses.get(zcrx) ?? 0;
  if (paused === 0) assert.equal(copy_bytes, BigInt(length), when);
  const uncounted = Number(BigInt(length) - copy_bytes);
  const most = paused * zcrx.probe.pageSize;
  assert.ok(uncounted >= 0 && uncounted <= most, `${uncounted} bytes not counted in ${paused} pauses`);
}

/** Collects an instance's notifications from now on. */
export function notificationsOf(zcrx: ZcrxInstance): Notification[] {
  const seen: Notification[] = [];
  zcrx.on('notification', (notification) => seen.push(notification));
  return seen;
}
