/**
 * Runs the cases of one scenario file inside the guest: `node runner.js FILE STATE STATUS`. A case may take
 * the whole process down, so STATE records how far it came; a shell loop starts the runner again with the
 * status that the last one ended with until it ends with 0, and each start goes on behind the case that was
 * to blame.
 */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import { type Context, DEFAULT_TIMEOUT_MS, OUTCOME_MARK, type Outcome, type Scenarios } from './harness.js';

const START_AGAIN = 75;

class Skip extends Error {}

const [file = '', state = '', lastStatus = ''] = process.argv.slice(2);
const history = readFileSync(state, 'utf8').split('\n').filter(Boolean);
const lastStep = history.at(-1) ?? '';

function note(step: string): void {
  appendFileSync(state, `${step}\n`);
}

function tell(outcome: Omit<Outcome, 'file'>): void {
  const json = JSON.stringify({ file, ...outcome }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  // The newline in front: a case may have printed half a line.
  const bytes = Buffer.from(`\n${OUTCOME_MARK}${json}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describeStatus(status: string): string {
  const number = Number(status);
  return number > 128 ? `signal ${number - 128}` : `exit status ${number}`;
}

if (lastStep === 'load') {
  tell({ name: '', ok: false, ms: 0, error: `loading ended the process with ${describeStatus(lastStatus)}` });
  process.exit(0);
}
note('load');
const loaded = (await import(new URL(file, import.meta.url).href)) as { default: Scenarios };
const cases = Object.entries(loaded.default);

const [step, index] = lastStep.split(' ');
let next = 0;
if (step === 'start') {
  const error = `the process ended with ${describeStatus(lastStatus)}`;
  tell({ name: cases[Number(index)]?.[0] ?? '', ok: false, ms: 0, error });
}
if (step === 'start' || step === 'end') next = Number(index) + 1;

const uname = release();
const context: Context = {
  release: uname,
  series: /^\d+\.\d+/.exec(uname)?.[0] ?? uname,
  skip(reason) {
    throw new Skip(reason);
  },
};

for (; next < cases.length; next++) {
  const current = next;
  const [name, scenario] = cases[current]!;
  const run = typeof scenario === 'function' ? scenario : scenario.run;
  const timeoutMs = typeof scenario === 'function' ? DEFAULT_TIMEOUT_MS : scenario.timeoutMs;
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  /** Ends a case that cannot be trusted to have stopped: what it left must not disturb the next. */
  const giveUp = (error: string): void => {
    tell({ name, ok: false, ms: ms(), error });
    note(`end ${current}`);
    process.exit(START_AGAIN);
  };
  const fatal = (error: unknown): void => giveUp(words(error));
  const timer = setTimeout(() => giveUp(`the case took longer than ${timeoutMs} ms`), timeoutMs);
  process.once('uncaughtException', fatal);
  note(`start ${current}`);
  try {
    const data = await run(context);
    tell({ name, ok: true, ms: ms(), ...(data === undefined ? {} : { data }) });
  } catch (error) {
    if (error instanceof Skip) tell({ name, ok: true, ms: ms(), skipped: error.message });
    else tell({ name, ok: false, ms: ms(), error: words(error) });
  }
  note(`end ${current}`);
  clearTimeout(timer);
  process.off('uncaughtException', fatal);
}
process.exit(0);
