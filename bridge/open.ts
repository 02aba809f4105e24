import { closeSync } from 'node:fs';
import { IORING_MEM_REGION_TYPE_USER } from '../src/generated/constants.js';
import type { AbiRevision } from '../src/layout/revision.js';
import type { RegionPlan } from '../src/plan.js';
import { openArea } from './areas/open.js';
import { adopt } from './descriptor.js';
import { checkDevice, type Device, explainDeviceRefusal } from './device/index.js';
import { explainRefusal } from './diagnose.js';
import { isSyscallError } from './errors.js';
import { LinearMemory } from './linear.js';
import { type OpenOptions, type Settings, settingsOf } from './options.js';
import { Payload } from './payload.js';
import type { Privileges } from './privileges.js';
import { type Probe, probe } from './probe.js';
import { patiently } from './queue.js';
import type { RefillRing } from './refill.js';
import {
  canAddAreas,
  checkKernel,
  planFor,
  registerWithin,
  revisionOf,
  statsSizeOf,
  structsFor,
} from './register.js';
import { type IfqRegistration, type RegisteredIfq, type Setup, setup } from './ring.js';
import { Rings, SETUP_FLAGS } from './rings.js';
import { sharedLayout } from './share/layout.js';
import { SharedMemory } from './share/memory.js';
import { linearStats, type StatsBlock } from './statistics.js';
import { Undo } from './undo.js';
import { type Waker, wakeFor } from './wait.js';

/** Submissions that the ring holds; the kernel wants no more of them than completions. */
export const SQ_ENTRIES = 64;

/** Who opened the instance, or who imported it from there. */
export type Role = 'creator' | 'importer';

/** All that a live instance consists of. */
export interface Opened {
  readonly probe: Probe;
  readonly settings: Settings;
  readonly revision: AbiRevision;
  readonly plan: RegionPlan;
  /** Of an imported instance: its creator's. */
  readonly registration: RegisteredIfq;
  /** The instance's number at this ring. */
  readonly id: number;
  /** The ring. */
  readonly fd: number;
  readonly memory: LinearMemory;
  readonly payload: Payload;
  /** Bytes of a buffer. */
  readonly bufferSize: number;
  readonly rings: Rings;
  readonly refill: RefillRing;
  readonly stats: StatsBlock | undefined;
  readonly waker: Waker;
  readonly role: Role;
  /** The memory of an instance that others can import. */
  readonly shared: SharedMemory | undefined;
}

export function setUpRing(
  memory: LinearMemory,
  sqEntries: number,
  cqEntries: number,
  can: Privileges,
): Setup {
  try {
    const made = setup(sqEntries, {
      cq_entries: cqEntries,
      flags: SETUP_FLAGS,
      sq_off: { user_addr: memory.addressOf(memory.sqes) },
      cq_off: { user_addr: memory.addressOf(memory.cq) },
    });
    return { ...made, fd: adopt(made.fd) };
  } catch (error) {
    throw isSyscallError(error) ? explainRefusal(error, can) : error;
  }
}

/** The device to receive from, found fit as far as that can be known. @throws BridgeError `device-not-ready` */
function deviceFor({ device, rxBufLen }: Settings, can: Privileges): Device | undefined {
  return device && checkDevice({ ...device, rxBufLen }, can);
}

/** Registers, and has what a device's queue may object to explained by what is known of the device. */
function registerOn(
  device: Device | undefined,
  { device: asked, rxBufLen }: Settings,
  register: () => RegisteredIfq,
): RegisteredIfq {
  if (!device || !asked) return register();
  try {
    return patiently(register);
  } catch (error) {
    throw isSyscallError(error) ? explainDeviceRefusal(error, device, asked.queue, rxBufLen) : error;
  }
}

/** Where refill ring and statistics lie: in the linear memory, or where others have them too. */
interface Place {
  readonly region: IfqRegistration['region'];
  readonly refill: RefillRing;
  readonly stats: StatsBlock;
  /** Tells where the kernel has the refill ring, once it has it. */
  attach(registered: RegisteredIfq): void;
}

function placeIn(memory: LinearMemory, rings: Rings, plan: RegionPlan): Place {
  const { region_size: size, stats_offset = 0 } = plan;
  return {
    region: { user_addr: memory.addressOf(memory.region), size, flags: IORING_MEM_REGION_TYPE_USER },
    refill: rings,
    stats: linearStats(memory, memory.region + stats_offset, statsSizeOf(plan) ?? 0),
    attach: ({ reg }) => rings.attachRefill(reg.offsets, reg.rq_entries),
  };
}

function placeInShared({ address, region }: SharedMemory, { region_size: size }: RegionPlan): Place {
  return {
    region: { user_addr: address, size, flags: IORING_MEM_REGION_TYPE_USER },
    refill: region,
    stats: region,
    attach({ reg }) {
      region.attachRefill(reg.offsets);
      region.areas = 1;
    },
  };
}

/**
 * Makes memory, ring, registration and waker, in this order; if one fails, what was made before is undone.
 * @param wake called on the event loop when the kernel has something for the ring
 * @throws BridgeError, SyscallError
 */
export function open(options: OpenOptions, wake: () => void): Opened {
  const found = probe();
  const settings = settingsOf(options, found.pageSize);
  checkKernel(settings, found);
  const device = deviceFor(settings, found.privileges);
  const plan = planFor(settings, found);
  const { area, areaSize, cqEntries, rxBufLen } = settings;
  const sqEntries = Math.min(SQ_ENTRIES, cqEntries);
  const areas = 1 + (canAddAreas(found) ? settings.spareAreas : 0);
  const undo = new Undo();
  try {
    const memory = new LinearMemory({
      sqEntries,
      cqEntries,
      region: area === 'shared' ? 0 : plan.region_size,
      area: area === 'linear' ? areaSize * areas : 0,
    });
    undo.push(() => memory.discard());
    const shared =
      area === 'shared'
        ? SharedMemory.create(sharedLayout(plan, found.pageSize, areaSize * areas))
        : undefined;
    const payload = new Payload(shared?.area ?? openArea(area, areaSize * areas, memory), areaSize, areas);
    undo.push(() => payload.close());
    const { fd, params } = setUpRing(memory, sqEntries, cqEntries, found.privileges);
    undo.push(() => closeSync(fd));
    const rings = new Rings(fd, memory, params);
    const place = shared ? placeInShared(shared, plan) : placeIn(memory, rings, plan);
    const structs = structsFor(settings, plan, {
      ifindex: device?.ifindex,
      area: payload.next,
      region: place.region,
    });
    const pinned = memory.ringBytes + areaSize + (shared ? plan.region_size : 0);
    const registration = registerOn(device, settings, () =>
      registerWithin(fd, structs, found, pinned, settings),
    );
    payload.taken();
    place.attach(registration);
    const waker = wakeFor(fd, wake, undo);
    return {
      probe: found,
      settings,
      revision: revisionOf(found),
      plan,
      registration,
      id: registration.reg.zcrx_id,
      fd,
      memory,
      payload,
      bufferSize: registration.reg.rx_buf_len || rxBufLen || found.pageSize,
      rings,
      refill: place.refill,
      stats: statsSizeOf(plan) === undefined ? undefined : place.stats,
      waker,
      role: 'creator',
      shared,
    };
  } catch (error) {
    undo.run();
    throw error;
  }
}
