import { ZCRX_REG_IMPORT } from '../../generated/constants.js';
import { decode } from '../../layout/decode.js';
import { sizeOf } from '../../layout/description.js';
import type { JsonFinding } from '../../verdict/call.js';
import type { Checked } from '../../verdict/check.js';
import { KNOWN_SERIES } from '../../verdict/series.js';
import { isAddress } from '../../verdict/words.js';
import type { Paint } from '../terminal.js';
import type { Traced } from './evidence.js';

const REG_SIZE = sizeOf('io_uring_zcrx_ifq_reg');

const CALLS: Readonly<Record<string, string>> = {
  register_ifq: 'IORING_REGISTER_ZCRX_IFQ',
  zcrx_ctrl: 'IORING_REGISTER_ZCRX_CTRL',
  query: 'IORING_REGISTER_QUERY',
};

/** What the verdict leaves open: an import before Linux 7.1, or all that depends on the device. */
function whatIsOpen({ bytes, arg }: Checked['call'], hasFindings: boolean): string {
  const reg = Buffer.from(bytes?.[String(arg)] ?? '', 'hex');
  const isImport =
    reg.length === REG_SIZE && (decode('io_uring_zcrx_ifq_reg', reg).fields.flags & ZCRX_REG_IMPORT) !== 0;
  if (isImport) return 'what an import leads to is not known of this kernel';
  const before = hasFindings ? '' : 'passes up to the network device; ';
  return `${before}what follows from the device is not known here`;
}

function headline({ verdict, call }: Checked, paint: Paint): string {
  const what = `${CALLS[call.call]} on Linux ${call.kernel}`;
  if (verdict.rule === 'unproved') {
    return `${paint('yellow', 'not known')}  ${what}: ${whatIsOpen(call, verdict.findings.length > 0)}`;
  }
  if (verdict.errno === null) return `${paint('green', 'succeeds')}  ${what}`;
  return `${paint('red', verdict.errno)}  ${what} is refused`;
}

const fixValue = ({ field, value }: NonNullable<JsonFinding['fix']>) =>
  isAddress(field) ? `0x${BigInt(value).toString(16)}` : value;

/** One finding; the kernel meets the first, and the others in this order once it is gone. */
function findingLines(finding: JsonFinding, isFirst: boolean, paint: Paint): string[] {
  const { rule, errno, message, fix, since } = finding;
  const mark = isFirst ? paint('red', '→') : ' ';
  const about = [errno, ...(since === KNOWN_SERIES[0] ? [] : [`since Linux ${since}`])].join(', ');
  return [
    `${mark} ${message}`,
    `    ${paint('dim', `${rule} (${about})`)}`,
    ...(fix ? [`    fix: ${paint('cyan', `${fix.field} = ${fixValue(fix)}`)}`] : []),
  ];
}

const EVENTS = ['ALLOC_FAIL', 'COPY'];

/** What a call that succeeds leads to. */
function outcomeLines({ verdict, call }: Checked): string[] {
  if (verdict.errno !== null || verdict.rule !== 'ok') return [];
  if (call.call !== 'register_ifq') return [];
  const made = verdict.instances.at(-1);
  if (!made) return [];
  const events = EVENTS.filter((_, type) => (made.event_mask >> type) & 1);
  const written = verdict.writes[String(call.arg)];
  const reg = written && decode('io_uring_zcrx_ifq_reg', Buffer.from(written, 'hex')).fields;
  return [
    `  instance ${made.id}: ${made.rq_entries} refill entries from ${reg ? reg.offsets.rqes : '?'} on`,
    `  events: ${events.length > 0 ? events.join(', ') : 'none'}`,
  ];
}

/** A verdict for people. */
export function checkedText(checked: Checked, paint: Paint, notes: readonly string[] = []): string {
  const { verdict, hints, assumed } = checked;
  // Where nothing is refused, what is wrong lies behind something that is not known, or in single questions.
  const first = verdict.findings.findIndex(({ rule, entry }) => rule === verdict.rule && entry === undefined);
  // One pointer that is none breaks several rules with the same words.
  const findings = verdict.findings.filter(({ message }, i, all) => message !== all[i - 1]?.message);
  const lines = [
    headline(checked, paint),
    ...outcomeLines(checked),
    ...hints.flatMap((hint) => [`${paint('yellow', '!')} ${hint}`]),
    ...findings.flatMap((finding) => findingLines(finding, finding === verdict.findings[first], paint)),
    ...assumed.map((each) => paint('dim', `  assumed: ${each}`)),
    ...notes.map((each) => paint('dim', `  note: ${each}`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is to be said where the kernel gave another answer than the verdict. */
export function contradiction({ checked, answered }: Traced, paint: Paint): string {
  const { errno, rule } = checked.verdict;
  if (answered === undefined || rule === 'unproved' || answered === errno) return '';
  const said = answered === null ? 'took the call' : `answered ${answered}`;
  const hint =
    'the verdict rests on what is shown and assumed above: another kernel (--kernel), ring or memory would explain it';
  return `${paint('yellow', '!')} the kernel ${said}, which this verdict does not explain; ${hint}\n`;
}
