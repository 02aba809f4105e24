// Why the kernel refused to register with a queue of a device.

import { constants } from 'node:os';
import type { Call, Device as CallDevice } from '../../src/verdict/call.js';
import { VerdictModel } from '../../src/verdict/model.js';
import { typedFindings } from '../../src/verdict/typed.js';
import { SyscallError } from '../errors.js';
import type { CallVerdict } from '../verdict/types.js';
import { bestOf, type Cause, causesOf, errnoOf, sentenceOf } from './causes.js';
import type { Device, DeviceUse, Places } from './facts.js';
import { whatThereIs } from './find.js';

/** Errors that tell of this process or its memory, whatever the device. */
const ELSEWHERE = ['EPERM', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSYS', 'EACCES', 'EFAULT', 'EBADF', 'EINTR'];
/** Errors that a driver may give as well when it restarts the queue. */
const ALSO_OF_DRIVERS = ['EINVAL', 'EOPNOTSUPP', 'EBUSY'];

/** The verdict on the call that failed, with this known of its device. */
function judged(call: Call, device: CallDevice, unknown: readonly string[]): CallVerdict {
  const supposed = { ...call, devices: [device] };
  const { errno, rule, field, findings: found } = new VerdictModel().judge(supposed);
  const findings = typedFindings(found);
  const fixes = findings.flatMap(({ fix }) => fix ?? []);
  return { errno, rule, field, findings, fixes, contradicted: false, unknown, call: supposed };
}

/** Without a cause that is sure nothing more is proved than before: the device is not known. */
const undecided = (
  { verdict }: SyscallError,
  unknown: readonly string[],
  field?: string,
): CallVerdict | undefined => verdict && { ...verdict, unknown, field: field ?? verdict.field };

interface Reason {
  readonly words: string;
  readonly verdict: CallVerdict | undefined;
}

function decided(
  error: SyscallError,
  device: Device,
  use: DeviceUse,
  cause: Cause,
  unknown: readonly string[],
): Reason {
  const call = error.verdict?.call;
  const words = sentenceOf(cause.problem);
  return { words, verdict: call && judged(call, { ...bestOf(device, use), ...cause.device }, unknown) };
}

/** Buffers larger than the pieces of which the area consists: about memory, of which a verdict knows nothing. */
function tooLarge(error: SyscallError, rxBufLen: number): Reason {
  const words = `rx_buf_len ${rxBufLen} is larger than the physically contiguous pieces of the area: take memory of huge pages for it (2 MiB or 1 GiB each), a smaller rx_buf_len, or leave it out`;
  return { words, verdict: undecided(error, [words], 'reg.rx_buf_len') };
}

const driverItself = ({ name, driver }: Device): string =>
  `the driver of ${name}${driver === 'unknown' ? '' : ` (${driver})`} could not restart the queue: see the kernel's log (dmesg)`;

/** Several things may be so, in the kernel's order. */
function several(error: SyscallError, device: Device, { queue }: DeviceUse, open: readonly string[]): Reason {
  const list = open.map((each, i) => `(${i + 1}) ${each}`).join('; ');
  return {
    words: `of queue ${queue} of ${device.name} one of these is so: ${list}`,
    verdict: undecided(error, open),
  };
}

function reasonOf(error: SyscallError, device: Device, use: DeviceUse, places: Places): Reason {
  const { errno } = error;
  const fitting = causesOf(device, use, places).filter(({ rule }) => errnoOf(rule) === errno);
  const sure = fitting.find(({ state }) => state === 'yes');
  if (sure) return decided(error, device, use, sure, []);
  if (errno === 'ERANGE' && use.rxBufLen) return tooLarge(error, use.rxBufLen);
  const open = fitting.filter(({ state }) => state === 'unknown');
  const driver = ALSO_OF_DRIVERS.includes(errno) || open.length === 0 ? [driverItself(device)] : [];
  const [only] = open;
  if (only && open.length === 1) {
    const reason = decided(error, device, use, only, driver);
    return driver.length > 0 ? { ...reason, words: `${reason.words}; or ${driver[0]}` } : reason;
  }
  return several(error, device, use, [...open.map(({ problem }) => sentenceOf(problem)), ...driver]);
}

const ENODEV = 'ENODEV';
const isErrno = (number: number) => Object.values(constants.errno).includes(number);

/** Whether the call's own bytes, or this process, account for it already. */
function isExplained({ errno, verdict }: SyscallError): boolean {
  return ELSEWHERE.includes(errno) || (verdict?.findings.some((each) => each.errno === errno) ?? false);
}

/**
 * A refused registration with what its errno means for the device: the cause where only one is possible, else all that
 * are, in the order in which the kernel looks. What the call's own structs or the process account for stays as it is.
 * @param device as `checkDevice` found it before the call
 */
export function explainDeviceRefusal(
  error: SyscallError,
  device: Device,
  queue: number,
  rxBufLen?: number,
  places: Places = {},
): SyscallError {
  if (error.errno === ENODEV) {
    return error.because(
      `there is no interface ${device.ifindex} (${device.name}) in this network namespace; ${whatThereIs(places)}`,
    );
  }
  if (isExplained(error) || !isErrno(error.number)) return error;
  const { words, verdict } = reasonOf(error, device, { name: device.name, queue, rxBufLen }, places);
  return new SyscallError(error.call, error.number, words, verdict);
}
