import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Bundle } from '../../verdict/bundle.js';
import type { Device } from '../../verdict/call.js';
import { OperationError } from '../errors.js';

const NETWORK = '/sys/class/net';

/** The interfaces of this machine; what their queues can do the kernel does not say here. */
function devices(): Device[] {
  try {
    return readdirSync(NETWORK).map((name) => ({
      if_idx: Number(readFileSync(`${NETWORK}/${name}/ifindex`, 'utf8')),
      name,
      ...(name === 'lo' ? {} : { unknown: true }),
    }));
  } catch {
    return [];
  }
}

/**
 * A bundle with what this machine knows in place of `"kernel": "running"`; what it says itself goes first.
 * @throws OperationError where the bridge cannot ask
 */
export async function onThisMachine(bundle: Bundle): Promise<Bundle> {
  if (process.platform !== 'linux')
    throw new OperationError('"kernel": "running" asks Linux, and this is another system');
  const { probe } = await import('../../../bridge/index.js');
  const { pageSize, privileges } = probe();
  return {
    page_size: pageSize,
    capable: privileges.capNetAdmin,
    devices: devices(),
    ...bundle,
    kernel: release(),
  };
}
