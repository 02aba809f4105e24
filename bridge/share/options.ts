import { BridgeError } from '../errors.js';
import { type OpenOptions, type Settings, settingsOf } from '../options.js';
import type { Given } from './descriptors.js';
import type { Ticket } from './ticket.js';

/** How an instance is imported. What is not here is the creator's to choose. */
export interface ImportOptions
  extends Pick<OpenOptions, 'cqEntries' | 'highWaterMark' | 'recovery' | 'guard' | 'check'> {
  /** The exported descriptor, if it came by another way than from `ticket.pid`. Needs `area` too. It stays yours. */
  box?: number;
  /** The memfd, which came with it. */
  area?: number;
}

const KNOWN = ['box', 'area', 'cqEntries', 'highWaterMark', 'recovery', 'guard', 'check'];

const OF_THE_EVENTS =
  "events go to the creator's ring only: the creator chooses them with its own options, and an importer can re-arm one with rearm(type)";
const OF_THE_INSTANCE = 'it is of the instance, which the creator has opened: all parties have the same';

/** Why an option of `open` is none of `import`. */
const REFUSED: { readonly [option: string]: string } = {
  device: OF_THE_INSTANCE,
  queue: OF_THE_INSTANCE,
  rxBufLen: OF_THE_INSTANCE,
  areaSize: OF_THE_INSTANCE,
  spareAreas: `${OF_THE_INSTANCE}; the creator alone adds areas`,
  entries: OF_THE_INSTANCE,
  events: OF_THE_EVENTS,
  rearm: OF_THE_EVENTS,
  userData: OF_THE_EVENTS,
  stats: 'the statistics are common to all parties, and the creator has chosen them',
  statsPlacement: 'the statistics are common to all parties, and the creator has chosen them',
};

/** The descriptors among the options, both or none. @throws BridgeError `bad-option` */
export function givenIn({ box, area }: ImportOptions): Given | undefined {
  if (box === undefined && area === undefined) return undefined;
  if (box !== undefined && area !== undefined) return { box, area };
  const [there, missing] = box === undefined ? ['area', 'box'] : ['box', 'area'];
  throw new BridgeError('bad-option', `${there} is given without ${missing}: give both descriptors, or none`);
}

/** The settings of an importer. @throws BridgeError `bad-option` */
export function importSettings(options: ImportOptions, ticket: Ticket): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new BridgeError('bad-option', `the options are ${String(options)}, expected an object`);
  }
  for (const name of Object.keys(options)) {
    if (REFUSED[name])
      throw new BridgeError('bad-option', `${name} is no option of an import: ${REFUSED[name]}`);
    if (!KNOWN.includes(name))
      throw new BridgeError('bad-option', `there is no option ${name}, expected ${KNOWN.join(', ')}`);
  }
  const { box: _box, area: _area, ...own } = options;
  const { device, buffer_size, page_size, area_size, rq_entries, events, stats, user_data } = ticket;
  const { name, queue } = device ?? {};
  return {
    ...settingsOf(
      {
        ...own,
        area: 'shared',
        areaSize: area_size,
        spareAreas: 0,
        entries: rq_entries,
        events,
        stats: stats !== null,
        ...(device && { device: name, queue }),
        ...(buffer_size > page_size && { rxBufLen: buffer_size }),
      },
      page_size,
    ),
    userData: BigInt(user_data),
  };
}
