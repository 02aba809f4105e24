import { LayoutError } from '../errors.js';
import { type Chosen, chooseBySize } from './choose.js';
import { structNumber } from './description.js';
import { explain, type Finding, readFindings } from './findings.js';
import { leavesOf, selectorOf } from './leaves.js';
import { type AbiRevision, revisionNumber } from './revision.js';
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

const isPowerOfTwo = (n: number) =>
  Number.isInteger(n) && n > 0 && n <= 2 ** 31 && Number.isInteger(Math.log2(n));

/** @throws LayoutError `out-of-range` unless a number that a caller gave is a power of two */
export function checkPowerOfTwo(what: string, value: number): number {
  if (isPowerOfTwo(value)) return value;
  const expected = 'a power of two up to 2^31';
  throw new LayoutError('out-of-range', `${what} is ${value}, expected ${expected}`, {
    field: what,
    got: value,
    expected,
  });
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
  return readFindings(area, count).map((raw) => explain(raw, chosen.name, chosen.revision, leaves));
}

/**
 * Checks the bytes of one struct: reserved fields, unknown bits and values, ranges, alignment, and fields that exclude
 * each other. All findings, in the order of the fields as far as they have one.
 *
 * @throws LayoutError if the bytes are no such struct at all
 */
export function validate(name: string, bytes: Uint8Array, options: ValidateOptions = {}): Finding[] {
  const chosen = chooseBySize(name, bytes.length, options.revision);
  return validateChosen(chosen, bytes, options.request ?? true, options);
}

/** The structs of one registration, as bytes. */
export interface Registration {
  readonly reg: Uint8Array;
  readonly area?: Uint8Array;
  readonly region: Uint8Array;
  readonly event_desc?: Uint8Array;
}

export interface RegistrationOptions extends Environment {
  revision?: AbiRevision;
  /** Where the refill entries begin: the header's size, rounded up to 64 bytes. 64 up to Linux 7.2, 128 in 7.3. */
  rqes: number;
  /** Bytes of the statistics, as IO_URING_QUERY_ZCRX_EVENT answers. Default 16. */
  statsSize?: number;
}

/**
 * Checks a whole registration: each struct on its own, then what holds between them, as that the statistics lie behind
 * the refill entries (their number rounded up, as the kernel does) and inside the region.
 *
 * @throws LayoutError if one of the structs has the wrong length
 */
export function validateRegistration(registration: Registration, options: RegistrationOptions): Finding[] {
  const { reg, area, region, event_desc: desc } = registration;
  const parts = [
    { name: 'io_uring_zcrx_ifq_reg', bytes: reg },
    { name: 'io_uring_zcrx_area_reg', bytes: area },
    { name: 'io_uring_region_desc', bytes: region },
    { name: 'zcrx_event_desc', bytes: desc },
  ].flatMap(({ name, bytes }) => {
    if (!bytes) return [];
    const chosen = { ...chooseBySize(name, bytes.length, undefined) };
    return [
      {
        chosen: options.revision
          ? { ...chosen, revision: options.revision, name: chosen.struct.names[options.revision][0] ?? name }
          : chosen,
        bytes,
      },
    ];
  });
  const single = parts.flatMap(({ chosen, bytes }) => validateChosen(chosen, bytes, true, options));
  return [...single, ...validateAcross(parts, options)];
}

function validateAcross(
  parts: readonly { chosen: Chosen; bytes: Uint8Array }[],
  options: RegistrationOptions,
): Finding[] {
  const area = scratch();
  const at = new Map<string, number>();
  parts.forEach(({ chosen, bytes }, i) => {
    at.set(chosen.struct.id, area.structs + i * 128);
    area.bytes.set(bytes, area.structs + i * 128);
  });
  const address = (id: string) => at.get(id) ?? 0;
  const count = area.exports.validate_registration(
    address('io_uring_zcrx_ifq_reg'),
    address('io_uring_region_desc'),
    address('zcrx_event_desc'),
    options.clamp ? 1 : 0,
    options.rqes,
    options.statsSize ?? 16,
    area.report,
    FINDINGS,
  );
  // `size` belongs to the region, everything else found here to the descriptor
  return readFindings(area, count).map((raw) => {
    const id = raw.code === 'too-small' ? 'io_uring_region_desc' : 'zcrx_event_desc';
    const { chosen } = parts.find((part) => part.chosen.struct.id === id) as { chosen: Chosen };
    return explain(raw, chosen.name, chosen.revision, leavesOf(chosen.struct, chosen.revision));
  });
}
