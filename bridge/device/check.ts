import { wholeNumber } from '../check.js';
import { BridgeError } from '../errors.js';
import type { Privileges } from '../privileges.js';
import { causesOf, sentenceOf } from './causes.js';
import type { Device, DeviceProblem, DeviceUse, Places } from './facts.js';
import { inspectDevice } from './inspect.js';

/** The largest number is none (-1). */
const LAST_QUEUE = 2 ** 32 - 2;
/** The one check of the device that the kernel makes before it looks at the area. */
const BEFORE_AREA = 'device-no-dma';

function capability({
  capNetAdmin,
  capNetAdminRemedy,
}: Pick<Privileges, 'capNetAdmin' | 'capNetAdminRemedy'>): DeviceProblem[] {
  if (capNetAdmin) return [];
  return [
    {
      what: 'CAP_NET_ADMIN',
      have: 'missing',
      want: 'the capability, in the initial user namespace',
      remedy: capNetAdminRemedy,
      rule: 'not-capable',
    },
  ];
}

function bufferLength({ rxBufLen, pageSize }: DeviceUse): DeviceProblem[] {
  if (!rxBufLen || pageSize === undefined) return [];
  if (Number.isInteger(Math.log2(rxBufLen)) && rxBufLen >= pageSize) return [];
  const want = `a power of two of at least a page (${pageSize})`;
  return [{ what: 'rx_buf_len', have: String(rxBufLen), want, remedy: 'leave it out', rule: 'area-buf-len' }];
}

/**
 * Looks whether a queue of a device is ready for zero-copy receive, as far as it can be known without registering.
 * @returns what is known of the device
 * @throws BridgeError `device-not-ready` with `problems`: all that is known to be wrong, as the kernel would meet it
 * @throws BridgeError `bad-option`
 */
export function checkDevice(
  use: DeviceUse,
  privileges: Pick<Privileges, 'capNetAdmin' | 'capNetAdminRemedy'>,
  places: Places = {},
): Device {
  wholeNumber('queue', use.queue, 0, LAST_QUEUE);
  const device = inspectDevice(use.name, places);
  const known = causesOf(device, use, places).flatMap(({ rule, state, problem }) =>
    state === 'yes' ? { ...problem, rule } : [],
  );
  const isFirst = ({ rule }: DeviceProblem) => rule === BEFORE_AREA;
  const problems = [
    ...capability(privileges),
    ...known.filter(isFirst),
    ...bufferLength(use),
    ...known.filter((each) => !isFirst(each)),
  ];
  if (problems.length === 0) return device;
  throw new BridgeError(
    'device-not-ready',
    `queue ${use.queue} of ${device.name} is not ready for zero-copy receive: ${problems.map(sentenceOf).join('; ')}`,
    { problems },
  );
}
