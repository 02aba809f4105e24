// A verdict in words, wherever it is shown: the headline, what a call that succeeds leads to, and what stands by a finding.

import { ZCRX_REG_IMPORT } from '../generated/constants.js';
import type { io_uring_zcrx_ifq_reg } from '../generated/structs.js';
import { decode } from '../layout/decode.js';
import { sizeOf } from '../layout/description.js';
import type { JsonFinding, Verdict } from './call.js';
import type { Checked } from './check.js';
import { bytesOfHex } from './read.js';
import { KNOWN_SERIES } from './series.js';
import { isAddress } from './words.js';

const REG_SIZE = sizeOf('io_uring_zcrx_ifq_reg');

const CALLS: Readonly<Record<string, string>> = {
  register_ifq: 'IORING_REGISTER_ZCRX_IFQ',
  zcrx_ctrl: 'IORING_REGISTER_ZCRX_CTRL',
  query: 'IORING_REGISTER_QUERY',
};

/** The line over a verdict. */
export interface Headline {
  readonly kind: 'succeeds' | 'refused' | 'open';
  /** `succeeds`, the errno, or `not known`. */
  readonly outcome: string;
  /** Of what that is said, as `IORING_REGISTER_ZCRX_IFQ on Linux 7.3 is refused`. */
  readonly what: string;
}

/** The registration in bytes as hex, if that is what they are. */
function regOf(hex: string | undefined): io_uring_zcrx_ifq_reg | undefined {
  if (hex?.length !== 2 * REG_SIZE) return undefined;
  return decode('io_uring_zcrx_ifq_reg', bytesOfHex(hex)).fields;
}

/** What the verdict leaves open: an import before Linux 7.1, or all that depends on the device. */
function whatIsOpen({ bytes, arg }: Checked['call'], hasFindings: boolean): string {
  const isImport = ((regOf(bytes?.[String(arg)])?.flags ?? 0) & ZCRX_REG_IMPORT) !== 0;
  if (isImport) return 'what an import leads to is not known of this kernel';
  const before = hasFindings ? '' : 'passes up to the network device; ';
  return `${before}what follows from the device is not known here`;
}

export function headlineOf({ verdict, call }: Checked): Headline {
  const what = `${CALLS[call.call]} on Linux ${call.kernel}`;
  if (verdict.rule === 'unproved') {
    const open = whatIsOpen(call, verdict.findings.length > 0);
    return { kind: 'open', outcome: 'not known', what: `${what}: ${open}` };
  }
  if (verdict.errno === null) return { kind: 'succeeds', outcome: 'succeeds', what };
  return { kind: 'refused', outcome: verdict.errno, what: `${what} is refused` };
}

const EVENTS = ['ALLOC_FAIL', 'COPY'];

/** What a call that succeeds leads to, in lines. */
export function outcomeLines({ verdict, call }: Checked): string[] {
  if (verdict.errno !== null || verdict.rule !== 'ok') return [];
  if (call.call !== 'register_ifq') return [];
  const made = verdict.instances.at(-1);
  if (!made) return [];
  const events = EVENTS.filter((_, type) => (made.event_mask >> type) & 1);
  const reg = regOf(verdict.writes[String(call.arg)]);
  return [
    `instance ${made.id}: ${made.rq_entries} refill entries from ${reg ? reg.offsets.rqes : '?'} on`,
    `events: ${events.length > 0 ? events.join(', ') : 'none'}`,
  ];
}

/** Findings as they are told: one pointer that is none breaks several rules with the same words. */
export const toldFindings = ({ findings }: Verdict): JsonFinding[] =>
  findings.filter(({ message }, i, all) => message !== all[i - 1]?.message);

/**
 * The finding that the kernel meets first. Where nothing is refused there is none: what is wrong lies behind something
 * that is not known, or in single questions.
 */
export const decidingFinding = ({ rule, findings }: Verdict): JsonFinding | undefined =>
  findings.find((each) => each.rule === rule && each.entry === undefined);

/** `stats-overlap-ring (ERANGE, since Linux 7.2)`. */
export function ruleText({ rule, errno, since }: JsonFinding): string {
  const about = [errno, ...(since === KNOWN_SERIES[0] ? [] : [`since Linux ${since}`])];
  return `${rule} (${about.join(', ')})`;
}

/** `event_desc.stats_offset = 2176`. */
export function fixText({ field, value }: NonNullable<JsonFinding['fix']>): string {
  return `${field} = ${isAddress(field) ? `0x${BigInt(value).toString(16)}` : value}`;
}
