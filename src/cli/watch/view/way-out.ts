/** Signals that end a process which does not care for them. */
const DEADLY = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Calls `restore` on each way out of the process that can be seen: a signal, an exception that nobody caught (before its
 * message is printed), and the exit itself. A signal that nobody else listens to ends the process as it would have.
 * @returns ends the guard
 */
export function guardWaysOut(restore: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    restore();
    release();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of DEADLY) process.off(signal, onSignal);
    process.off('uncaughtExceptionMonitor', restore);
    process.off('exit', restore);
  };
  // Before others, that what they print is seen.
  for (const signal of DEADLY) process.prependListener(signal, onSignal);
  process.prependListener('uncaughtExceptionMonitor', restore);
  process.prependListener('exit', restore);
  return release;
}
