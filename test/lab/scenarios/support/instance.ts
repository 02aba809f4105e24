import { type Notification, type OpenOptions, ZcrxInstance } from 'zcrx/bridge';

/** Opens, runs, and closes whatever happens. */
export async function withInstance<Result>(
  options: OpenOptions,
  run: (zcrx: ZcrxInstance) => Promise<Result> | Result,
): Promise<Result> {
  const zcrx = ZcrxInstance.open(options);
  try {
    return await run(zcrx);
  } finally {
    zcrx.close();
  }
}

/** Collects an instance's notifications from now on. */
export function notificationsOf(zcrx: ZcrxInstance): Notification[] {
  const seen: Notification[] = [];
  zcrx.on('notification', (notification) => seen.push(notification));
  return seen;
}
