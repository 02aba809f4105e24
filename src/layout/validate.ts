import { type Chosen, chooseForBytes } from './choose.js';
import { nameIn, structById, structNumber } from './description.js';
import { explain, type Finding, readFindings } from './findings.js';
import { leavesOf, selectorOf } from './leaves.js';
import { checkOptions, checkPowerOfTwo, checkWhole } from './options.js';
import { type AbiRevision, parseRevision, revisionNumber } from './revision.js';
import { FINDINGS, scratch } from './scratch.js';

/** What the checks need to know of the machine and the ring. All in bytes. */
export interface Environment {
  /** Default 4096. */
  pageSize?: number;
  /** Alignment of the statistics, as IO_URING_QUERY_ZCRX_EVENT answers. Default 8. */
  statsAlignment?: number;
  /** The ring was set up with IORING_SETUP_CLAMP. Default false. */
  clamp?: boolean;
}

export interface ValidateOptions extends Environment {
  revision?: AbiRevision;
  /** Check as something that the kernel is about to be given (default), or only what holds before and after a call. */
  request?: boolean;
}

/** The number that selects the arm of a struct's union, read from its bytes. */
export function selectorIn({ struct }: Chosen, bytes: Uint8Array): bigint {
  const selector = selectorOf(struct);
  if (!selector) return 0n;
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(selector.offset, true));
}

/** Checks bytes whose struct and revision are settled. */
export function validateChosen(
  chosen: Chosen,
  bytes: Uint8Array,
  request: boolean,
  environment: Environment,
): Finding[] {
  const pageSize = checkPowerOfTwo('pageSize', environment.pageSize ?? 4096);
  const alignment = checkPowerOfTwo('statsAlignment', environment.statsAlignment ?? 8);
  const area = scratch();
  area.bytes.set(bytes, area.structs);
  const count = area.exports.validate(
    structNumber(chosen.struct),
    revisionNumber(chosen.revision),
    area.structs,
    request ? 1 : 0,
    pageSize,
    alignment,
    environment.clamp ? 1 : 0,
    area.report,
    FINDINGS,
  );
  const leaves = leavesOf(chosen.struct, chosen.revision, selectorIn(chosen, bytes));
  const found = readFindings(area, count).sort((a, b) => a.offset - b.offset);
  return found.map((raw) => explain(raw, chosen.name, chosen.revision, leaves));
}

/**
 * Checks the bytes of one struct: reserved fields, unknown bits and values, ranges, alignment, and fields that exclude
 * each other. All findings, in the order of the fields.
 *
 * @throws LayoutError if the bytes are no such struct at all
 */
export function validate(name: string, bytes: Uint8Array, options: ValidateOptions = {}): Finding[] {
  const { chosen, bytes: own } = chooseForBytes(name, bytes, checkOptions(options).revision);
  return validateChosen(chosen, own, options.request ?? true, options);
}

/** The structs of one registration, as bytes. */
export interface Registration {
  readonly reg: Uint8Array;
  readonly area?: Uint8Array;
  /** An import has none. */
  readonly region?: Uint8Array;
  readonly event_desc?: Uint8Array;
}

export interface RegistrationOptions extends Environment {
  revision?: AbiRevision;
  /** Where the refill entries begin: the header's size, rounded up to 64 bytes. 64 up to Linux 7.2, 128 in 7.3. */
  rqes: number;
  /** Bytes of the statistics, as IO_URING_QUERY_ZCRX_EVENT answers. Default 16. */
  statsSize?: number;
}

/** Ids of the structs of a registration, in the order in which the kernel reads them. */
const PARTS = {
  reg: 'io_uring_zcrx_ifq_reg',
  region: 'io_uring_region_desc',
  area: 'io_uring_zcrx_area_reg',
  event_desc: 'zcrx_event_desc',
} as const;

type Part = keyof typeof PARTS;
type Taken = { readonly chosen: Chosen; readonly bytes: Uint8Array };

/**
 * Checks a whole registration: each struct on its own, then what holds between them, as that the statistics lie behind
 * the refill entries (their number rounded up, as the kernel does) and inside the region. Nothing holds between the
 * structs of an import (ZCRX_REG_IMPORT): its region is the exporter's.
 *
 * @throws LayoutError if one of the structs has the wrong length, `out-of-range` naming the option
 */
export function validateRegistration(registration: Registration, options: RegistrationOptions): Finding[] {
  const given = checkOptions(registration);
  const revision = parseRevision(checkOptions(options).revision ?? 'event');
  const taken: Partial<Record<Part, Taken>> = {};
  for (const part of Object.keys(PARTS) as Part[]) {
    const bytes = given[part];
    if (bytes === undefined && part !== 'reg') continue;
    taken[part] = chooseForBytes(nameIn(structById(PARTS[part]), revision), bytes as Uint8Array, revision);
  }
  const across = validateAcross(taken, options);
  const single = Object.values(taken).flatMap(({ chosen, bytes }) =>
    validateChosen(chosen, bytes, true, options),
  );
  return [...single, ...across];
}

function validateAcross(
  { reg, region, event_desc }: Partial<Record<Part, Taken>>,
  options: RegistrationOptions,
) {
  const rqes = checkWhole('rqes', options.rqes, 1, 0xffff_ffff);
  const statsSize = checkWhole('statsSize', options.statsSize ?? 16, 1, 1 << 20);
  if (!reg || !region) return [];
  const area = scratch();
  const place = ({ bytes }: Taken, position: number) => {
    const at = area.structs + position * 128;
    area.bytes.set(bytes, at);
    return at;
  };
  const count = area.exports.validate_registration(
    place(reg, 0),
    place(region, 1),
    event_desc ? place(event_desc, 2) : 0,
    options.clamp ? 1 : 0,
    rqes,
    statsSize,
    area.report,
    FINDINGS,
  );
  // `size` belongs to the region, everything else found here to the descriptor
  return readFindings(area, count).map((raw) => {
    const { chosen } = (raw.code === 'too-small' ? region : event_desc) as Taken;
    return explain(raw, chosen.name, chosen.revision, leavesOf(chosen.struct, chosen.revision));
  });
}
