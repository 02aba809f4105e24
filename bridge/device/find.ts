import { BridgeError } from '../errors.js';
import type { Places } from './facts.js';
import { type Interface, interfaces, namesHere, sysfsOf } from './interfaces.js';

/** Text of a list of names, for errors. */
const listed = (all: readonly { name: string }[]): string =>
  all.length === 0 ? 'there are none' : `there are: ${all.map(({ name }) => name).join(', ')}`;

/** What interfaces there are, as the end of a sentence. */
export function whatThereIs(places: Places = {}): string {
  return listed(interfaces(places) ?? []);
}

function notReady(message: string, have: string, remedy: string): BridgeError {
  const problem = {
    what: 'device',
    have,
    want: 'an interface of this network namespace',
    remedy,
    rule: 'device-missing',
  };
  return new BridgeError('device-not-ready', message, { problems: [problem] });
}

/** Whether sysfs shows this process's namespace: of another one even an interface of the same name has another number. */
const sameNames = (shown: readonly Interface[], here: readonly string[]): boolean =>
  shown.length === here.length && shown.every(({ name }) => here.includes(name));

/**
 * The interface of a name.
 * @throws BridgeError `device-not-ready` with those that there are
 */
export function findInterface(name: string, places: Places): Interface {
  const all = interfaces(places);
  const folder = sysfsOf(places);
  if (!all) throw notReady(`${folder} cannot be read`, `${folder} cannot be read`, 'mount sysfs there');
  const here = namesHere(places);
  if (here && !sameNames(all, here)) {
    const what = `${folder} shows another network namespace than this process's, which has ${here.join(', ') || 'none'}`;
    throw notReady(what, what, 'mount sysfs anew in this namespace: mount -t sysfs sysfs /sys');
  }
  const found = all.find((each) => each.name === name);
  if (!found)
    throw notReady(`there is no device ${name}; ${listed(all)}`, `none called ${name}`, listed(all));
  return found;
}
