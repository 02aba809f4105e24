import { release } from 'node:os';
import * as uapi from '../src/generated/constants.js';
import type { AbiRevision } from '../src/layout/revision.js';
import { planRegion, type RegionPlan } from '../src/plan.js';
import { whyNoResources } from './diagnose.js';
import { BridgeError, isSyscallError } from './errors.js';
import { eventBit } from './events.js';
import type { Settings } from './options.js';
import type { Probe } from './probe.js';
import { type IfqRegistration, type RegisteredIfq, registerIfq } from './ring.js';
import type { CheckOptions } from './verdict/types.js';

/** Whether the kernel takes areas after the registration. There is no feature bit for it. */
export const canAddAreas = (found: Probe): boolean =>
  (found.zcrx?.nr_ctrl_opcodes ?? 0) > uapi.ZCRX_CTRL_ADD_AREA;

/** What the kernel must be able to do for these settings. @throws BridgeError `unsupported-kernel` */
export function checkKernel(settings: Settings, found: Probe): void {
  const wantsEvents = settings.events.length > 0 || settings.stats;
  const needs = [
    { ok: found.privileges.ioUringRefusal === undefined, what: found.privileges.ioUringRefusal ?? '' },
    {
      ok: settings.device !== undefined || found.nodev,
      what: 'it has no zero-copy receive without a device (ZCRX_REG_NODEV, Linux 7.1 or later)',
    },
    {
      ok: settings.rxBufLen === 0 || ((found.zcrx?.features ?? 0) & uapi.ZCRX_FEATURE_RX_PAGE_SIZE) !== 0,
      what: 'it has no larger buffers (ZCRX_FEATURE_RX_PAGE_SIZE, Linux 7.0 or later): leave out rxBufLen',
    },
    {
      ok: !settings.sparesAsked || canAddAreas(found),
      what: 'it cannot add areas (ZCRX_CTRL_ADD_AREA, Linux 7.3 or later): leave out spareAreas',
    },
    {
      ok: !wantsEvents || found.event !== undefined,
      what: 'it has no zcrx events and statistics (ZCRX_FEATURE_EVENT, Linux 7.2 or later)',
    },
  ];
  const failed = needs.filter(({ ok }) => !ok).map(({ what }) => what);
  if (failed.length === 0) return;
  // A refusal to answer at all tells nothing about what the kernel could do: it goes first, alone.
  const [refusal] = found.privileges.ioUringRefusal || found.opcode === undefined ? found.missing : [];
  throw new BridgeError(
    'unsupported-kernel',
    `Linux ${release()} cannot open this instance: ${refusal ?? failed.join('; ')}`,
  );
}

/** The refill region for these settings, from what the kernel answered. */
export function planFor(settings: Settings, found: Probe): RegionPlan {
  return planRegion({
    entries: settings.entries,
    pageSize: found.pageSize,
    rqHeaderSize: found.zcrx?.rq_hdr_size || 64,
    // without events there are no statistics to place
    ...(found.event && {
      statsSize: found.event.stats_size,
      statsAlignment: found.event.stats_off_alignment,
    }),
    placement: settings.statsPlacement,
  });
}

/** Bytes of the statistics in a plan that has them. */
export function statsSizeOf({ stats_offset, stats_end }: RegionPlan): number | undefined {
  return stats_offset === undefined || stats_end === undefined ? undefined : stats_end - stats_offset;
}

/** Of what is registered: the device's number, if any, the memory for payload and, if it is ours, for the refill region. */
interface Pieces {
  readonly ifindex: number | undefined;
  readonly area: IfqRegistration['area'];
  readonly region: IfqRegistration['region'];
}

/** The structs of the registration. */
export function structsFor(settings: Settings, plan: RegionPlan, pieces: Pieces): IfqRegistration {
  const flags = settings.stats ? uapi.ZCRX_EVENT_DESC_FLAG_STATS : 0;
  const type_mask = settings.events.reduce((mask, type) => mask | eventBit(type), 0);
  const event_desc = { user_data: settings.userData, type_mask, flags, stats_offset: plan.stats_offset ?? 0 };
  const { ifindex, area, region } = pieces;
  const target =
    ifindex === undefined
      ? { flags: uapi.ZCRX_REG_NODEV }
      : { if_idx: ifindex, if_rxq: settings.device?.queue ?? 0 };
  return {
    reg: { rq_entries: plan.rq_entries, rx_buf_len: settings.rxBufLen, ...target },
    area,
    region,
    ...(type_mask || flags ? { event_desc } : {}),
  };
}

/**
 * Registers. Where there is not enough memory to be locked, the rings count too.
 * @param pinned bytes that the kernel has to pin for all of the instance
 * @throws SyscallError with the cause
 * @throws BridgeError `would-be-refused`
 */
export function registerWithin(
  fd: number,
  structs: IfqRegistration,
  { privileges }: Probe,
  pinned: number,
  options: CheckOptions,
): RegisteredIfq {
  try {
    return registerIfq(fd, structs, options);
  } catch (error) {
    if (!isSyscallError(error) || error.verdict?.errno === error.errno) throw error;
    const why = whyNoResources(error.errno, privileges, pinned);
    throw why ? error.because(why) : error;
  }
}

/** The revision to read events by; without events no one is needed. */
export const revisionOf = (found: Probe): AbiRevision => found.revision ?? 'event';
