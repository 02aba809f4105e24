import { problemsOf, type Report, ReportModel, readFiles, readStream } from '../../report/index.js';
import { OperationError, oneLine, UsageError } from '../errors.js';
import { openOutput } from '../output.js';
import type { Terminal } from '../terminal.js';
import { progressOn } from './progress.js';
import { csvStream, writeCsv } from './rows.js';

export interface ReportOptions {
  readonly output?: string;
  readonly text?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  /** Seconds. */
  readonly every?: number;
}

const STANDARD_INPUT = 'standard input';

/** @throws UsageError */
function checkOptions(files: readonly string[], { every, csv, output, text, json }: ReportOptions): void {
  if (every !== undefined && !csv) throw new UsageError('--every is for --csv');
  if (every !== undefined && output !== undefined)
    throw new UsageError('--every gives its lines while it reads, expected no --output beside it');
  if (files.includes('-') && files.length > 1)
    throw new UsageError('- is one recording from standard input, expected no other files beside it');
  if (output === '-' && (text || json || csv))
    throw new UsageError('--output - takes standard output, expected no --text, --json or --csv beside it');
}

/** Prints or writes what was asked for. */
async function show(report: Report, options: ReportOptions, terminal: Terminal): Promise<void> {
  const { output, json, csv, text } = options;
  if (json) {
    const { reportDocument } = await import('../../report/json.js');
    terminal.write(`${JSON.stringify(reportDocument(report), null, 2)}\n`);
  } else if (csv) {
    await writeCsv(report, terminal);
  } else if (text || output === undefined) {
    const { reportText } = await import('../../report/text.js');
    terminal.write(reportText(report));
  }
}

/** What is wrong with the files, for those who do not read the report: one line each. */
function complain(report: Report, terminal: Terminal): void {
  const isWrong = report.files.some(({ complete, damage }) => !complete || damage);
  if (!isWrong) return;
  for (const problem of problemsOf(report).slice(0, report.files.length))
    terminal.complain(`zcrx: ${oneLine(problem)}\n`);
}

/** `zcrx report`. @throws UsageError, OperationError and RecordingError */
export async function report(
  files: readonly string[],
  options: ReportOptions,
  terminal: Terminal,
): Promise<void> {
  checkOptions(files, options);
  const output = options.output === undefined ? undefined : await openOutput(options.output, files, terminal);
  const stream = options.every === undefined ? undefined : csvStream(options.every, terminal);
  const model = stream?.model ?? new ReportModel();
  const progress = progressOn(terminal);
  let result: Report;
  try {
    result =
      files[0] === '-'
        ? await readStream(model, STANDARD_INPUT, terminal.input(), progress.tell)
        : await readFiles(model, files, progress.tell);
  } finally {
    progress.end();
  }
  const damaged = result.files.find(({ damage }) => damage);
  const where = damaged?.damage
    ? `${damaged.name} is damaged at byte ${damaged.damage.offset}: ${damaged.damage.reason}`
    : '';
  if (result.origins.length === 0)
    throw new OperationError(`${where || 'the recording is empty'}; there is nothing to report`);
  if (!stream) await show(result, options, terminal);
  if (output) {
    const { pageAssets, reportPage } = await import('../../report/index.js');
    await output.write(reportPage(result, pageAssets()));
  }
  if (damaged) throw new OperationError(`${where}; the report ends there`);
  complain(result, terminal);
}
