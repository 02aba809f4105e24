import { closeSync } from 'node:fs';
import { release } from 'node:os';
import * as uapi from '../../src/generated/constants.js';
import type { io_uring_zcrx_offsets } from '../../src/generated/structs.js';
import { decode } from '../../src/layout/decode.js';
import { encode } from '../../src/layout/encode.js';
import type { RegionPlan } from '../../src/plan.js';
import { wholeNumber } from '../check.js';
import { BridgeError } from '../errors.js';
import { LinearMemory, REFILL_SIZE } from '../linear.js';
import { type Opened, SQ_ENTRIES, setUpRing } from '../open.js';
import { Payload } from '../payload.js';
import { type Probe, probe } from '../probe.js';
import { revisionOf } from '../register.js';
import { io_uring_register, type RegisteredIfq } from '../ring.js';
import { Rings } from '../rings.js';
import { Undo } from '../undo.js';
import type { CheckOptions } from '../verdict/types.js';
import { wakeFor } from '../wait.js';
import { descriptorsFor } from './descriptors.js';
import { sharedLayout } from './layout.js';
import { SharedMemory } from './memory.js';
import { givenIn, type ImportOptions, importSettings } from './options.js';
import { checkTicket, type Ticket } from './ticket.js';

/** What the kernel tells an importer. */
export interface Imported {
  /** The instance's number at the importing ring. */
  readonly zcrx_id: number;
  /** Where the refill ring lies in its region. */
  readonly offsets: io_uring_zcrx_offsets;
}

/**
 * Registers an exported instance with another ring (IORING_REGISTER_ZCRX_IFQ with ZCRX_REG_IMPORT).
 * @param fd the ring
 * @param box the descriptor that ZCRX_CTRL_EXPORT gave; it can be closed afterwards
 * @throws SyscallError with the cause, BridgeError `would-be-refused` where it is checked before
 */
export function importIfq(fd: number, box: number, options: CheckOptions = {}): Imported {
  const reg = encode('io_uring_zcrx_ifq_reg', {
    if_idx: wholeNumber('box', box, 0, 2 ** 31 - 1),
    flags: uapi.ZCRX_REG_IMPORT,
  });
  io_uring_register(fd, uapi.IORING_REGISTER_ZCRX_IFQ, reg, 1, options);
  const { zcrx_id, offsets } = decode('io_uring_zcrx_ifq_reg', reg).fields;
  return { zcrx_id, offsets };
}

function checkKernel(found: Probe): void {
  const flags = Number(found.zcrx?.register_flags ?? 0);
  if (!found.privileges.ioUringRefusal && flags & uapi.ZCRX_REG_IMPORT) return;
  const why =
    found.privileges.ioUringRefusal ?? 'it has no import of instances (ZCRX_REG_IMPORT, Linux 6.19 or later)';
  throw new BridgeError('unsupported-kernel', `Linux ${release()} cannot import this instance: ${why}`);
}

/** What the ticket says has to be so here too: it is of this very kernel. */
function checkHere({ page_size, revision }: Ticket, found: Probe): void {
  const refuse = (field: string, value: unknown, here: unknown) => {
    throw new BridgeError('bad-option', `ticket.${field} is ${value}, expected ${here} as on this machine`);
  };
  if (page_size !== found.pageSize) refuse('page_size', page_size, found.pageSize);
  if (revision !== revisionOf(found)) refuse('revision', revision, revisionOf(found));
}

function planOf({ rq_entries, region_size, stats }: Ticket, { rqes }: io_uring_zcrx_offsets): RegionPlan {
  return {
    rq_entries,
    rqes,
    entries_end: rqes + rq_entries * REFILL_SIZE,
    ...(stats && { stats_offset: stats.offset, stats_end: stats.offset + stats.size }),
    region_size,
  };
}

function registrationOf({ registration }: Ticket): RegisteredIfq {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const [reg, area, region] = [bytes(registration.reg), bytes(registration.area), bytes(registration.region)];
  return {
    reg: decode('io_uring_zcrx_ifq_reg', reg).fields,
    area: decode('io_uring_zcrx_area_reg', area).fields,
    region: decode('io_uring_region_desc', region).fields,
    bytes: {
      reg,
      area,
      region,
      event_desc: registration.event_desc === null ? undefined : bytes(registration.event_desc),
    },
  };
}

/** Room for the refill ring as the kernel says it lies. */
function checkOffsets(ticket: Ticket, plan: RegionPlan): void {
  const end = ticket.stats?.offset ?? ticket.region_size;
  if (plan.entries_end <= end) return;
  throw new BridgeError(
    'bad-option',
    `ticket.rq_entries is ${ticket.rq_entries}, expected at most ${(end - plan.rqes) / REFILL_SIZE}: the entries begin at ${plan.rqes}, and the region has room to ${end}`,
  );
}

/**
 * Makes memory, ring, registration and waker of an importer; if one fails, what was made before is undone.
 * @param wake called on the event loop when the kernel has something for the ring
 * @throws BridgeError, SyscallError
 */
export function importShared(value: unknown, options: ImportOptions, wake: () => void): Opened {
  const ticket = checkTicket(value);
  const settings = importSettings(options, ticket);
  const given = givenIn(options);
  const found = probe();
  checkKernel(found);
  checkHere(ticket, found);
  const { cqEntries } = settings;
  const sqEntries = Math.min(SQ_ENTRIES, cqEntries);
  const undo = new Undo();
  const descriptors = descriptorsFor(ticket, given);
  try {
    const memory = new LinearMemory({ sqEntries, cqEntries, region: 0, area: 0 });
    undo.push(() => memory.discard());
    const { fd, params } = setUpRing(memory, sqEntries, cqEntries, found.privileges);
    undo.push(() => closeSync(fd));
    const { zcrx_id, offsets } = importIfq(fd, descriptors.box, settings);
    const plan = planOf(ticket, offsets);
    checkOffsets(ticket, plan);
    const layout = sharedLayout(plan, ticket.page_size, ticket.area_size * ticket.areas);
    const shared = SharedMemory.attach(descriptors.memory, layout);
    undo.push(() => shared.close());
    shared.region.attachRefill(offsets);
    const waker = wakeFor(fd, wake, undo);
    return {
      probe: found,
      settings,
      revision: ticket.revision,
      plan,
      registration: registrationOf(ticket),
      id: zcrx_id,
      fd,
      memory,
      payload: new Payload(shared.area, ticket.area_size, ticket.areas, ticket.areas),
      bufferSize: ticket.buffer_size,
      rings: new Rings(fd, memory, params),
      refill: shared.region,
      stats: ticket.stats ? shared.region : undefined,
      waker,
      role: 'importer',
      shared,
    };
  } catch (error) {
    undo.run();
    throw error;
  } finally {
    closeSync(descriptors.box);
    closeSync(descriptors.memory);
  }
}
