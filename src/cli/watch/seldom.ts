/** Milliseconds between two looks into what costs more than memory: tables of sockets, counters of the driver. */
const COSTLY_EVERY = 1000;

/** Calls at most every so often, and gives what it last had in between. What fails counts as not known. */
export function seldom<Value>(read: () => Value | undefined): () => Value | undefined {
  let value: Value | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - readAt < COSTLY_EVERY) return value;
    readAt = now;
    try {
      value = read();
    } catch {
      value = undefined;
    }
    return value;
  };
}
