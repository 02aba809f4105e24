export interface Stop {
  /** Aborts when the time is over, or at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Lets the time begin. */
  start(seconds: number): void;
  release(): void;
}

/** Ends what runs orderly: at Ctrl-C, at SIGTERM, or after a time. */
export function stopSignal(): Stop {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let timer: NodeJS.Timeout | undefined;
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    signal: controller.signal,
    start: (seconds) => {
      if (seconds > 0) timer = setTimeout(stop, seconds * 1000);
    },
    release: () => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}
