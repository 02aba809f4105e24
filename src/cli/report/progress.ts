import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import type { Progress } from '../../report/index.js';
import { countText, durationText } from '../../units.js';
import type { Terminal } from '../terminal.js';

/** Milliseconds before which nothing is shown. */
const PATIENCE_MS = 1000;

/** Says on standard error how far a long recording was read, if somebody sees it; and waits for who reads the output. */
export function progressOn(terminal: Terminal): { readonly tell: Progress; end(): void } {
  const started = performance.now();
  let spinner: Spinner | undefined;
  return {
    tell: async ({ frames, time }) => {
      await terminal.drained();
      if (!process.stderr.isTTY || performance.now() - started < PATIENCE_MS) return;
      spinner ??= yoctoSpinner({ stream: process.stderr, handleSignals: false }).start();
      spinner.text = `${countText(frames)} frames read, ${durationText(time)} of the recording`;
    },
    end: () => void spinner?.stop(),
  };
}
