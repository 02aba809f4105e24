import type { MeteredHealth, MeteredInstance } from '../../src/metrics/index.js';

/** A foreign instance of which only the counters are known, with what a test wants different. */
export const health = (more: Partial<MeteredHealth> = {}): MeteredHealth => ({
  state: 'zero-copy',
  inferred: false,
  counters: { copy_count: 0n, copy_bytes: 0n },
  resets: 0,
  stalls: { count: 0, total: 0n, longest: 0n },
  ...more,
});

export const instance = (
  process: string,
  more: Partial<MeteredHealth> = {},
  ring = '12',
): MeteredInstance => ({
  labels: { process, ring, zcrx_id: '0' },
  health: health(more),
});

/** One line of an exposition. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface ExposedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (match === null) throw new Error(`no labels: ${text}`);
    const [whole, name = '', value = ''] = match;
    if (name in labels) throw new Error(`twice the label ${name}: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, each) => (each === 'n' ? '\n' : each));
    rest = rest.slice(whole.length);
  }
  return labels;
}

/**
 * Reads an exposition as strictly as its form is defined: each family in one piece, described before its values, no series
 * twice; in OpenMetrics counters are named without `_total` and their values with, no line is empty, and the end is told.
 */
export function readExposition(text: string, openMetrics: boolean): readonly ExposedFamily[] {
  const end = openMetrics ? '# EOF\n' : '\n';
  if (!text.endsWith(end)) throw new Error(`the text ends with ${JSON.stringify(text.slice(-20))}`);
  const lines = text.slice(0, -end.length).split('\n');
  if (openMetrics && lines.pop() !== '') throw new Error('no line of its own for # EOF');
  const families: { name: string; type: string; help: string; series: Series[] }[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    if (line === '' && !openMetrics) continue;
    const [, kind, described = '', words = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    const family = families.at(-1);
    if (kind === 'HELP') {
      if (families.some(({ name }) => name === described)) throw new Error(`in two pieces: ${described}`);
      families.push({ name: described, type: '', help: words, series: [] });
    } else if (kind === 'TYPE') {
      if (family?.name !== described) throw new Error(`a type without a help: ${line}`);
      family.type = words;
    } else {
      const [, name = '', labels = '', value = ''] = /^(zcrx_\w+)(?:\{(.*)\})? ([^\s]+)$/.exec(line) ?? [];
      const suffixes =
        family?.type === 'counter' ? [openMetrics ? '_total' : ''] : SUFFIXES[family?.type ?? ''];
      if (!suffixes?.some((suffix) => name === `${family?.name}${suffix}`))
        throw new Error(`out of place: ${line}`);
      if (!/^(\d+(\.\d+)?(e[+-]\d+)?)$/.test(value)) throw new Error(`no number: ${line}`);
      const key = line.slice(0, line.length - value.length);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      family?.series.push({ name, labels: readLabels(labels), value });
    }
  }
  return families;
}

/** The values of a metric, by its labels written as `process ring zcrx_id more`. */
export function valuesOf(text: string, name: string, openMetrics = false): Record<string, number> {
  const series = readExposition(text, openMetrics).flatMap((family) => family.series);
  return Object.fromEntries(
    series
      .filter((each) => each.name === name)
      .map(({ labels: { process, ring, zcrx_id, ...more }, value }) => [
        [process, ring, zcrx_id, ...Object.values(more)].filter((each) => each !== undefined).join(' '),
        Number(value),
      ]),
  );
}
