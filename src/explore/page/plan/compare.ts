import { isLayoutError } from '../../../errors.js';
import { HEADERS, type Plan } from '../../../plan/planned.js';
import type { Bundle } from '../../../verdict/bundle.js';
import { checkBundle } from '../../../verdict/check.js';
import { NEWEST_SERIES } from '../../../verdict/series.js';
import { decidingFinding, headlineOf } from '../../../verdict/summary.js';
import { type Choice, kernelOf, planOf } from './choice.js';

export type KnownKernel = keyof typeof HEADERS;
export const KERNELS = Object.keys(HEADERS) as KnownKernel[];

/** Pages of the area in which the registration that is checked would receive. */
const AREA_PAGES = 256;
const RING = ['IORING_SETUP_CQE32', 'IORING_SETUP_SINGLE_ISSUER', 'IORING_SETUP_DEFER_TASKRUN'];

/** The registration, without a device, that a region is planned for. */
export function planBundle({ page, clamp, entries }: Choice, { region }: Plan, kernel: string): Bundle {
  const { stats_offset, region_size } = region;
  const events = 'ZCRX_EVENT_ALLOC_FAIL|ZCRX_EVENT_COPY';
  return {
    kernel,
    ...(page !== 4096 && { page_size: page }),
    ...(clamp && { setup_flags: [...RING, 'IORING_SETUP_CLAMP'] }),
    reg: { rq_entries: entries, flags: 'ZCRX_REG_NODEV' },
    area: { len: AREA_PAGES * page },
    region: { size: region_size, flags: 'IORING_MEM_REGION_TYPE_USER' },
    event_desc: {
      type_mask: events,
      ...(stats_offset !== undefined && { flags: 'ZCRX_EVENT_DESC_FLAG_STATS', stats_offset }),
    },
  };
}

/** The kernel that a plan is for: the one with its header, else the newest. */
export const kernelFor = ({ header }: Choice): string => kernelOf(header) ?? NEWEST_SERIES;

/** What a kernel says to a planned registration. */
export interface Said {
  readonly kind: 'succeeds' | 'refused' | 'open';
  readonly outcome: string;
  /** Why; empty for success. */
  readonly because: string;
}

/** The verdict on the registration that a choice leads to. */
export function verdictOn(choice: Choice, plan: Plan, kernel: string): Said {
  try {
    const checked = checkBundle(planBundle(choice, plan, kernel));
    const { kind, outcome } = headlineOf(checked);
    return { kind, outcome, because: decidingFinding(checked.verdict)?.message ?? '' };
  } catch (error) {
    if (!isLayoutError(error)) throw error;
    return { kind: 'open', outcome: 'not known', because: error.message };
  }
}

/** The same numbers with the header of one kernel. */
export interface Column {
  readonly kernel: KnownKernel;
  readonly plan: Plan;
  /** What each kernel says to a registration that was planned for this one. */
  readonly said: Readonly<Record<KnownKernel, Said>>;
}

/** What the same numbers give for each kernel whose header is known. */
export function compare(choice: Choice): Column[] {
  return KERNELS.map((kernel) => {
    const own = { ...choice, header: HEADERS[kernel] };
    const plan = planOf(own);
    const said = Object.fromEntries(KERNELS.map((on) => [on, verdictOn(own, plan, on)]));
    return { kernel, plan, said: said as Column['said'] };
  });
}
