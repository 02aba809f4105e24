import { createReadStream } from 'node:fs';
import { isLayoutError } from '../../errors.js';
import type { Evidence } from '../../evidence/evidence.js';
import type { Bundle } from '../../verdict/bundle.js';
import type { JsonFinding, Verdict } from '../../verdict/call.js';
import { type Checked, checkBundle } from '../../verdict/check.js';
import { fixBundle } from '../../verdict/fix.js';
import { OperationError, quote, UsageError } from '../errors.js';
import { fileAdvice, reasonOf } from '../input.js';
import { parseJson } from '../json.js';
import type { Terminal } from '../terminal.js';
import { checkedDocument } from './document.js';
import { checkCore, checkText, isEvidence, type Traced } from './evidence.js';
import { kernelOf, readBundle, readText } from './input.js';
import { checkLines } from './ndjson.js';
import { checkedText, contradiction } from './text.js';

export interface CheckOptions {
  readonly kernel?: string;
  readonly fix?: boolean;
  readonly core?: string;
  readonly address?: bigint;
  readonly call?: NonNullable<Evidence['call']>;
  readonly ndjson?: boolean;
  readonly stateful?: boolean;
  readonly json?: boolean;
}

function print(all: readonly Traced[], json: boolean, terminal: Terminal): void {
  if (json) {
    const documents = all.map(({ checked, answered, notes }) => ({
      ...checkedDocument(checked),
      ...(answered !== undefined && { answered }),
      ...(notes.length > 0 && { notes }),
    }));
    terminal.write(`${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2)}\n`);
    return;
  }
  const texts = all.map((traced) => {
    const where =
      all.length > 1 && traced.line !== undefined ? terminal.paint('dim', `line ${traced.line}\n`) : '';
    return (
      where +
      checkedText(traced.checked, terminal.paint, traced.notes) +
      contradiction(traced, terminal.paint)
    );
  });
  terminal.write(texts.join('\n'));
}

/** The rule for which a call is refused: also one that is met only if the device has nothing against it. */
function refusalIn({ rule, findings }: Verdict): JsonFinding | undefined {
  const broken = findings.filter(({ entry }) => entry === undefined);
  return rule === 'unproved' ? broken[0] : broken.find((each) => each.rule === rule);
}

/** @throws OperationError if the kernel refuses a call: the exit status is then 1 */
function refuse(all: readonly Checked[]): void {
  const refusals = all.map(({ verdict }) => refusalIn(verdict)).filter((each) => each !== undefined);
  const [first] = refusals;
  if (!first) return;
  const { errno, rule } = first;
  const count = refusals.length;
  const which = all.length === 1 ? 'the call' : `${count} of ${all.length} calls`;
  throw new OperationError(`${which} would be refused: ${errno} (${rule})`);
}

function fix(bundle: Bundle, terminal: Terminal): void {
  const { bundle: fixed, applied, checked } = fixBundle(bundle);
  for (const { field, to, rule } of applied) terminal.complain(`zcrx: ${field} = ${to} (${rule})\n`);
  terminal.write(`${JSON.stringify(fixed, null, 2)}\n`);
  const left = checked.verdict.findings.find(({ entry }) => entry === undefined);
  if (left) throw new OperationError(`what is left: ${left.message} (${left.errno})`);
}

/** `zcrx check`. */
export async function check(
  input: string | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<void> {
  const { ndjson, stateful = false, core, address, call, json = false } = options;
  if (stateful && !ndjson) throw new UsageError('--stateful goes with --ndjson');
  if (ndjson) return checkLines(await lines(input, terminal), stateful, terminal);
  if (core !== undefined) {
    if (address === undefined)
      throw new UsageError('--core needs --address, where the argument of the call lies');
    if (input !== undefined) throw new UsageError('--core is an input of its own, expected no other');
    const traced = await checkCore(core, call ?? 'register_ifq', address, await kernelOf(options.kernel));
    print([traced], json, terminal);
    return refuse([traced.checked]);
  }
  const text = await readText(input ?? '-', terminal);
  if (isEvidence(text)) {
    if (options.fix) throw new UsageError('--fix works on JSON');
    const all = await readEvidence(input ?? '-', text, options);
    print(all, json, terminal);
    return refuse(all.map(({ checked }) => checked));
  }
  const bundle = await readBundle(parseJson(text), options.kernel);
  if (options.fix) return fix(bundle, terminal);
  const checked = checkBundle(bundle);
  print([{ checked, answered: undefined, line: undefined, notes: [] }], json, terminal);
  refuse([checked]);
}

async function readEvidence(argument: string, text: string, options: CheckOptions): Promise<Traced[]> {
  const { call, address } = options;
  try {
    return await checkText(text, await kernelOf(options.kernel), {
      ...(call && { call }),
      ...(address !== undefined && { address }),
    });
  } catch (error) {
    const advice = fileAdvice(argument);
    if (!advice || isLayoutError(error)) throw error;
    throw new UsageError(`${(error as Error).message}${advice}`);
  }
}

async function lines(input: string | undefined, terminal: Terminal): Promise<AsyncIterable<Uint8Array>> {
  if (input === undefined || input === '-') return terminal.input();
  if (input.startsWith('@')) return linesOfFile(input.slice(1));
  throw new UsageError(`--ndjson reads standard input or @FILE${fileAdvice(input)}`);
}

async function* linesOfFile(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw new UsageError(`cannot read ${quote(path)}: ${reasonOf(error)}`);
  }
}
