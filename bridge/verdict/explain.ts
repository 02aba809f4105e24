// What the kernel said, beside what was to be expected, in words.

import type { Call, JsonFinding, Verdict } from '../../src/verdict/call.js';
import { VerdictModel } from '../../src/verdict/model.js';
import { seriesOf } from '../../src/verdict/series.js';
import { typedFindings } from '../../src/verdict/typed.js';
import { whyNoResources, whyRefused } from '../diagnose.js';
import { BridgeError, SyscallError } from '../errors.js';
import { type Privileges, privileges } from '../privileges.js';
import type { Situation } from './call.js';
import { extentsOf, type Piece } from './pieces.js';
import type { CallVerdict, Request } from './types.js';

let model: VerdictModel | undefined;

function judge(call: Call): Verdict {
  model ??= new VerdictModel();
  return model.judge(call);
}

/** A call as it is assumed to be, what is expected of it, and what is assumed. */
interface Reading {
  readonly call: Call;
  readonly verdict: Verdict;
  readonly unknown: readonly string[];
}

const read = (call: Call, unknown: readonly string[] = []): Reading => ({
  call,
  verdict: judge(call),
  unknown,
});

/** What else may be the case. */
const otherReadings = ({ call, doubts }: Situation): Reading[] =>
  doubts.flatMap(({ words, instead }) => instead.map((each) => read({ ...call, ...each }, [words])));

function toCallVerdict({ call, verdict, unknown }: Reading, contradicted = false): CallVerdict {
  const findings = typedFindings(verdict.findings);
  return {
    errno: verdict.errno,
    rule: verdict.rule,
    field: verdict.field,
    findings,
    fixes: findings.flatMap(({ fix }) => fix ?? []),
    contradicted,
    unknown,
    call,
  };
}

/** The finding to be told first: the one that decided, else one that would give this errno. */
function chiefOf({ rule, findings }: Verdict, errno?: string): JsonFinding | undefined {
  return findings.find((each) => each.rule === rule) ?? findings.find((each) => each.errno === errno);
}

/** The findings beside one of them, in short. The kernel makes some checks twice. */
function others(all: readonly JsonFinding[], chief: JsonFinding | undefined): string[] {
  const names = all.map(({ field, rule }) => `${field} (${rule})`);
  return [...new Set(names)].filter((name) => name !== `${chief?.field} (${chief?.rule})`);
}

/** A finding at length, the others in short. */
function told(chief: JsonFinding | undefined, all: readonly JsonFinding[], instead?: string): string {
  const rest = others(all, chief);
  const first = instead ?? chief?.message ?? '';
  return rest.length === 0 ? first : `${first}; also wrong: ${rest.join(', ')}`;
}

const expected = ({ errno, findings, rule }: Verdict) =>
  errno === null ? 'success' : `${errno} (${findings.find((each) => each.rule === rule)?.message ?? rule})`;

/** Bytes that a registration, or an area to be added, has the kernel pin. */
function pinnedBy(pieces: readonly Piece[]): number {
  const lengths = extentsOf(pieces).map(({ isPinned, length }) => (isPinned ? Number(length) : 0));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Causes outside of the call and its rules. */
function whyOutside(
  errno: string,
  can: Privileges,
  pieces: readonly Piece[],
  { call, verdict }: Reading,
): string | undefined {
  const isFirst = call.call === 'register_ifq' && !call.instances?.length;
  if (errno === 'EOPNOTSUPP' && verdict.rule !== 'unproved' && isFirst)
    return 'a kernel that was built without CONFIG_IO_URING_ZCRX answers so';
  return whyRefused(errno, can) ?? whyNoResources(errno, can, pinnedBy(pieces) || undefined);
}

interface Outcome {
  readonly explanation: string;
  readonly verdict: CallVerdict;
}

/** Nothing that is known accounts for the errno. */
function contradiction(errno: string, reading: Reading): Outcome {
  const { call, verdict } = reading;
  const said = `the kernel says ${errno} where this library expected ${expected(verdict)}`;
  return {
    explanation: `${said}; please report this call: ${JSON.stringify(call)}`,
    verdict: toCallVerdict(reading, true),
  };
}

function unsure(errno: string, reading: Reading, open: readonly string[]): Outcome {
  const said = `the kernel says ${errno} where this library expected ${expected(reading.verdict)}`;
  return {
    explanation: `${said}, but does not know all: ${open.join('; ')}`,
    verdict: toCallVerdict({ ...reading, unknown: open }),
  };
}

/** A refusal that is one of the findings. */
const found = (errno: string, reading: Reading): Outcome => ({
  explanation: told(chiefOf(reading.verdict, errno), reading.verdict.findings),
  verdict: toCallVerdict(reading),
});

/** The kernel answered beyond what was proved of it. */
const unproved = (reading: Reading): Outcome => ({
  explanation:
    'the call passes all checks that come before those of the network device, about which nothing was proved',
  verdict: toCallVerdict(reading),
});

function outcomeOf(errno: string, situation: Situation, pieces: readonly Piece[]): Outcome {
  const can = privileges();
  const reading = read(situation.call);
  const { verdict } = reading;
  if (verdict.errno === errno) {
    const remedy = verdict.rule === 'not-capable' ? `it needs ${can.capNetAdminRemedy}` : undefined;
    return {
      explanation: told(chiefOf(verdict), verdict.findings, remedy),
      verdict: toCallVerdict(reading),
    };
  }
  const outside = whyOutside(errno, can, pieces, reading);
  if (outside) return { explanation: outside, verdict: toCallVerdict(reading) };
  const isUnproved = verdict.rule === 'unproved';
  if (isUnproved && chiefOf(verdict, errno)) return found(errno, reading);
  const other = otherReadings(situation).find((each) => each.verdict.errno === errno);
  if (other) return found(errno, other);
  if (isUnproved) return unproved(reading);
  const open = situation.doubts.filter(({ isOpen }) => isOpen).map(({ words }) => words);
  return open.length > 0 ? unsure(errno, reading, open) : contradiction(errno, reading);
}

/** A refusal with what can be said about it. */
export function explained(error: SyscallError, situation: Situation, pieces: readonly Piece[]): SyscallError {
  const { explanation, verdict } = outcomeOf(error.errno, situation, pieces);
  return new SyscallError(error.call, error.number, explanation, verdict);
}

const plural = (count: number) => `${count} other problem${count === 1 ? '' : 's'}`;

/**
 * Stops a call that the kernel would refuse for sure: whatever is not known, it would. Of a kernel that is newer than
 * those that are known nothing is sure.
 * @throws BridgeError `would-be-refused`
 */
export function refuseForeseen({ name }: Request, situation: Situation): void {
  if (seriesOf(situation.call.kernel).isNewer) return;
  const reading = read(situation.call);
  const { errno, findings } = reading.verdict;
  if (errno === null || otherReadings(situation).some(({ verdict }) => verdict.errno === null)) return;
  const chief = chiefOf(reading.verdict);
  const count = others(findings, chief).length;
  const more = count > 0 ? ` (and ${plural(count)})` : '';
  throw new BridgeError(
    'would-be-refused',
    `${name} was not called, for the kernel would refuse it with ${errno}: ${chief?.message}${more}`,
    { verdict: toCallVerdict(reading) },
  );
}
