import { closeSync } from 'node:fs';
import type { AbiRevision } from '../src/layout/revision.js';
import type { RegionPlan } from '../src/plan.js';
import { type Area, linearArea, mappedArea } from './area.js';
import { adopt } from './descriptor.js';
import { explainRefusal } from './diagnose.js';
import { isSyscallError } from './errors.js';
import { LinearMemory } from './linear.js';
import { type OpenOptions, type Settings, settingsOf } from './options.js';
import type { Privileges } from './privileges.js';
import { type Probe, probe } from './probe.js';
import { checkKernel, planFor, registerWithin, revisionOf, structsFor } from './register.js';
import { type RegisteredIfq, registerEventfd, type Setup, setup } from './ring.js';
import { Rings, SETUP_FLAGS } from './rings.js';
import { Waker } from './wait.js';

/** Submissions that the ring holds; the kernel wants no more of them than completions. */
const SQ_ENTRIES = 64;

/** All that a live instance consists of. */
export interface Opened {
  readonly probe: Probe;
  readonly settings: Settings;
  readonly revision: AbiRevision;
  readonly plan: RegionPlan;
  readonly registration: RegisteredIfq;
  /** The ring. */
  readonly fd: number;
  readonly memory: LinearMemory;
  readonly area: Area;
  readonly rings: Rings;
  readonly waker: Waker;
}

function setUpRing(memory: LinearMemory, sqEntries: number, cqEntries: number, can: Privileges): Setup {
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

/**
 * Makes memory, ring, registration and waker, in this order; if one fails, what was made before is undone.
 * @param wake called on the event loop when the kernel has something for the ring
 * @throws BridgeError, SyscallError
 */
export function open(options: OpenOptions, wake: () => void): Opened {
  const found = probe();
  const settings = settingsOf(options, found.pageSize);
  checkKernel(settings, found);
  const plan = planFor(settings, found);
  const { areaSize, linear, cqEntries } = settings;
  const sqEntries = Math.min(SQ_ENTRIES, cqEntries);
  const memory = new LinearMemory({
    sqEntries,
    cqEntries,
    region: plan.region_size,
    area: linear ? areaSize : 0,
  });
  const undo: (() => void)[] = [() => memory.discard()];
  try {
    const area = linear ? linearArea(memory, areaSize) : mappedArea(areaSize);
    undo.push(() => area.close());
    const { fd, params } = setUpRing(memory, sqEntries, cqEntries, found.privileges);
    undo.push(() => closeSync(fd));
    const rings = new Rings(fd, memory, params);
    const structs = structsFor(settings, plan, memory.addressOf(memory.region), area.address);
    const pinned = memory.pinned + (linear ? 0 : areaSize);
    const registration = registerWithin(fd, structs, found, pinned, settings);
    rings.attachRefill(registration.reg.offsets, registration.reg.rq_entries);
    const waker = new Waker(wake);
    undo.push(() => waker.close());
    registerEventfd(fd, waker.fd);
    return {
      probe: found,
      settings,
      revision: revisionOf(found),
      plan,
      registration,
      fd,
      memory,
      area,
      rings,
      waker,
    };
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}
