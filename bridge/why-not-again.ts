import { constants } from 'node:os';
import type { Opened } from './open.js';

/** Attempts in a row that may end for want of room, where nobody else can take what becomes free. */
const PATIENCE = 64;

const NO_COPY =
  'data came in ordinary pages, and the kernel cannot copy into a dma-buf: have the flow steered to the queue before its first data, and the headers split off by the device';

const TOO_SMALL = 'the area or the completion ring is too small';
const WITH_THE_POOL =
  'data came in ordinary pages, and the buffers to copy it to are all held by the device (its page pool keeps some 1024 that are free): have the flow steered to the queue, take a larger area, or spare ones (spareAreas and recovery: true, Linux 7.3)';

/**
 * Why a receive that has ended with an errno, for the so manieth time before any data came, is not to be submitted again;
 * undefined if it is.
 */
export function whyNotAgain(
  { payload, settings, shared }: Pick<Opened, 'payload' | 'settings' | 'shared'>,
  errno: number,
  attempts: number,
): string | undefined {
  // Only the copy path ends a receive with ENOMEM, and into a dma-buf it can never copy.
  if (errno === constants.errno.ENOMEM && !payload.copyFallback) return NO_COPY;
  // Of a shared area others may take, time and again, what becomes free.
  if (shared || attempts <= PATIENCE) return undefined;
  return `no data came in ${PATIENCE} attempts: ${settings.device ? WITH_THE_POOL : TOO_SMALL}`;
}
