// What `ethtool` prints. Its text, not its JSON: the text says the same in all versions (6.1 has no JSON for these, and
// what is not known it leaves out there), and of a setting that is listed twice the last is the current one.

/** The last value of a setting; undefined where it is not listed, or `n/a`. */
function last(text: string, setting: string): string | undefined {
  const all = [...text.matchAll(new RegExp(`^${setting}:[ \\t]*(\\S+)[ \\t]*$`, 'gm'))];
  const value = all.at(-1)?.[1];
  return value === 'n/a' ? undefined : value;
}

function first(text: string, setting: string): string | undefined {
  const value = new RegExp(`^${setting}:[ \\t]*(\\S+)[ \\t]*$`, 'm').exec(text)?.[1];
  return value === 'n/a' ? undefined : value;
}

const numberOf = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined;

/** Of `ethtool -g`. */
export interface RingSettings {
  readonly tcpDataSplit: 'on' | 'off' | undefined;
  readonly hdsThresh: number | undefined;
}

export function ringSettings(text: string): RingSettings {
  const split = last(text, 'TCP data split');
  return {
    tcpDataSplit: split === 'on' || split === 'off' ? split : undefined,
    hdsThresh: numberOf(last(text, 'HDS thresh')),
  };
}

/** Of `ethtool -l`: how queues are counted, and how many there can be. */
export interface Channels {
  readonly kind: 'combined' | 'rx';
  readonly most: number;
}

export function channels(text: string): Channels | undefined {
  for (const [kind, setting] of [
    ['combined', 'Combined'],
    ['rx', 'RX'],
  ] as const) {
    const most = numberOf(first(text, setting));
    if (most) return { kind, most };
  }
  return undefined;
}
