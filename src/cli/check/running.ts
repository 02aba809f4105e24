import { release } from 'node:os';
import type { Bundle } from '../../verdict/bundle.js';
import { OperationError } from '../errors.js';

/**
 * A bundle with what this machine knows in place of `"kernel": "running"`; what it says itself goes first.
 * @throws OperationError where the bridge cannot ask
 */
export async function onThisMachine(bundle: Bundle): Promise<Bundle> {
  if (process.platform !== 'linux')
    throw new OperationError('"kernel": "running" asks Linux, and this is another system');
  const { probe } = await import('../../../bridge/index.js');
  const { forVerdict, interfaces } = await import('../../../bridge/device/interfaces.js');
  const { pageSize, privileges } = probe();
  const devices = interfaces()?.map(forVerdict);
  return {
    page_size: pageSize,
    capable: privileges.capNetAdmin,
    // Where sysfs does not tell, the interface of the call counts as one of which nothing is known.
    ...(devices && { devices }),
    ...bundle,
    kernel: release(),
  };
}
