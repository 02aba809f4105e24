import { CommanderError } from 'commander';
import { isLayoutError } from '../errors.js';
import { isEvidenceError } from '../evidence/error.js';
import { oneLine } from '../quote.js';

export { oneLine, quote } from '../quote.js';

/** Exit statuses of the program. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Bad usage or bad input: exit status 2. The message is one sentence that says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that was asked for rightly but did not work: exit status 1. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

/** Errors of the package that carry a message for people. Known by name, so that no command loads what it does not use. */
const FORESEEN = new Set([
  'OperationError',
  'SyscallError',
  'BridgeError',
  'LabError',
  'RecordingError',
  'MetricsError',
  'ListenError',
]);

/** Codes of those errors that blame what the caller gave. */
const BLAMES_INPUT = new Set([
  'bad-input',
  'bad-option',
  'bad-address',
  'bad-socket',
  'not-a-recording',
  'unsupported-version',
  'overlap',
]);

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined);

/** Whether an error is a system call of Node's own that failed, as a file that is missing. */
const isSystemError = (error: Error) => 'syscall' in error && typeof codeOf(error) === 'string';

const isUsage = (error: Error) =>
  error instanceof UsageError ||
  error instanceof CommanderError ||
  isLayoutError(error) ||
  isEvidenceError(error) ||
  (FORESEEN.has(error.name) && BLAMES_INPUT.has(String(codeOf(error))));

/** The exit status for what a command threw. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  return error instanceof Error && isUsage(error) ? EXIT_USAGE : EXIT_FAILED;
}

/** Longest message that is shown: of an argument of a megabyte, the beginning says enough. */
const LONGEST = 1000;

/** What the program prints on stderr for an error, without a newline. */
export function errorLine(error: unknown, debug = false): string {
  if (debug && error instanceof Error && error.stack) return `zcrx: ${error.stack}`;
  const raw = error instanceof Error ? error.message : String(error);
  const flat = oneLine(raw.replace(/^error: /, ''));
  const message = flat.length > LONGEST ? `${flat.slice(0, LONGEST)}…` : flat;
  const foreseen =
    error instanceof Error && (isUsage(error) || FORESEEN.has(error.name) || isSystemError(error));
  return foreseen
    ? `zcrx: ${message}`
    : `zcrx: unexpected error: ${message} (ZCRX_DEBUG=1 shows where it came from)`;
}
