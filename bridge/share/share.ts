import { closeSync } from 'node:fs';
import type { zcrx_ctrl_export } from '../../src/generated/structs.js';
import { adopt } from '../descriptor.js';
import { BridgeError } from '../errors.js';
import { duplicate } from '../files.js';
import type { Opened } from '../open.js';
import { statsSizeOf } from '../register.js';
import { ctrl, type RegisteredIfq } from '../ring.js';
import { handleOf } from './descriptors.js';
import type { SharedMemory } from './memory.js';
import { FORMAT, type Ticket, VERSION } from './ticket.js';

/**
 * An instance as others can import it. As long as it is not closed the instance lives, even after all rings that had it
 * are gone: with a device, its queue is not given back before.
 */
export class Share {
  /** For {@link ZcrxInstance.import}: plain data, to be sent in any way. */
  readonly ticket: Ticket;
  /** The exported descriptor (`anon_inode:[zcrx]`), close-on-exec. To hand over to a child process, name it in its `stdio`. */
  readonly box: number;
  /** The memfd of refill region and areas, the same. */
  readonly area: number;
  private open = true;

  constructor(ticket: Ticket, box: number, area: number) {
    this.ticket = ticket;
    this.box = box;
    this.area = area;
  }

  get closed(): boolean {
    return !this.open;
  }

  /** Closes the descriptors: nobody can import by this ticket any more. Who has imported keeps the instance. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.box);
    closeSync(this.area);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function registrationOf({ bytes }: RegisteredIfq): Ticket['registration'] {
  const { reg, area, region, event_desc } = bytes;
  return {
    reg: hex(reg),
    area: hex(area),
    region: hex(region),
    event_desc: event_desc ? hex(event_desc) : null,
  };
}

function ticketFor(opened: Opened, { layout }: SharedMemory, box: number, area: number): Ticket {
  const { revision, plan, probe, bufferSize, payload, settings, registration } = opened;
  const statsSize = statsSizeOf(plan);
  return {
    format: FORMAT,
    version: VERSION,
    revision,
    pid: process.pid,
    box: handleOf(box),
    memory: { ...handleOf(area), size: layout.length },
    page_size: probe.pageSize,
    rq_entries: plan.rq_entries,
    region_size: plan.region_size,
    stats: statsSize === undefined ? null : { offset: plan.stats_offset ?? 0, size: statsSize },
    buffer_size: bufferSize,
    area_size: payload.areaSize,
    areas: payload.most,
    device: settings.device ?? null,
    events: [...settings.events],
    user_data: `${settings.userData}`,
    registration: registrationOf(registration),
  };
}

/**
 * Exports an instance (ZCRX_CTRL_EXPORT).
 * @throws BridgeError `bad-option` of memory that cannot be shared
 * @throws SyscallError
 */
export function share(opened: Opened): Share {
  const { shared, fd, id, settings } = opened;
  if (!shared) {
    const area = typeof settings.area === 'string' ? `'${settings.area}'` : 'a dma-buf';
    throw new BridgeError(
      'bad-option',
      `the instance was opened with area: ${area}, and nobody else has its refill ring: to share one, open it with area: 'shared'`,
    );
  }
  const { zc_export } = ctrl(fd, { zcrx_id: id, zc_export: {} }, undefined, settings).fields;
  const box = adopt((zc_export as zcrx_ctrl_export).zcrx_fd);
  let memory: number | undefined;
  try {
    memory = duplicate(shared.fd);
    const ticket = ticketFor(opened, shared, box, memory);
    shared.region.markShared();
    return new Share(ticket, box, memory);
  } catch (error) {
    closeSync(box);
    if (memory !== undefined) closeSync(memory);
    throw error;
  }
}
