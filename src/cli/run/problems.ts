import { isBridgeError } from '../../../bridge/index.js';
import { OperationError } from '../errors.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/**
 * Shows people what is wrong with a device as a list, instead of a long line; other errors stay as they are.
 * @returns the error to be told behind it
 */
export function showProblems(error: unknown, terminal: Terminal): unknown {
  if (!isBridgeError(error) || error.code !== 'device-not-ready' || error.problems.length === 0) return error;
  const rows = error.problems.map(({ what, have, want, remedy }) => [
    `  ${what}`,
    `${have}, expected ${want}`,
    remedy,
  ]);
  terminal.complain(`${table(rows, terminal.paint).join('\n')}\n`);
  const count = error.problems.length === 1 ? 'one thing' : `${error.problems.length} things`;
  return new OperationError(
    `the device is not ready for zero-copy receive: ${count} to be mended, see above`,
  );
}
