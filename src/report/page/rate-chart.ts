/** Plots of amounts: rates of counters as steps with the span between least and most, and readings of gauges. */
import type UPlot from 'uplot';
import type { PageInstance } from '../page-data.js';
import { type ChartParts, makeChart, type Surroundings } from './chart.js';
import { amountLabel, BYTE_STEPS, type Unit } from './labels.js';

declare const uPlot: typeof UPlot;

/** One line of a plot. */
export interface Line {
  /** The counter or gauge. */
  readonly name: string;
  readonly label: string;
  /** Of a gauge: the extreme in which its trouble shows. */
  readonly shows?: 'min' | 'max';
  /** Of a line that must be told from another one without its colour. */
  readonly dash?: number[];
}

type Values = (number | null)[];

/** Each bucket stands from its begin to that of the next; the last value once more, where the last bucket ends. */
const stepped = (values: readonly (number | null)[]): Values => [...values, values.at(-1) ?? null];

function valuesOf(instance: PageInstance, { name, shows }: Line): [mean: Values, min: Values, max: Values] {
  const counter = instance.counters[name];
  if (counter) {
    const mean = counter.sum.map((sum, at) => {
      const seconds = counter.seconds[at] ?? 0;
      return sum === null || seconds === 0 ? null : sum / seconds;
    });
    return [stepped(mean), stepped(counter.min), stepped(counter.max)];
  }
  const gauge = instance.gauges[name];
  const least = stepped(gauge?.min ?? []);
  const most = stepped(gauge?.max ?? []);
  return [shows === 'max' ? most : least, least, most];
}

/** The alpha of the span between least and most, behind the colour. */
const SPAN = '40';

/** A plot of some lines; undefined where the instance has none of them. */
export function rateChart(
  parent: HTMLElement,
  instance: PageInstance,
  lines: readonly Line[],
  unit: Unit,
  perSecond: boolean,
  around: Surroundings,
): UPlot | undefined {
  const known = lines.filter(({ name }) => instance.counters[name] ?? instance.gauges[name]);
  if (known.length === 0 || instance.ends.length === 0) return undefined;
  const per = perSecond ? '/s' : '';
  const label = (value: number) => `${amountLabel(value, unit)}${per}`;
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const columns: Values[] = [];
  const series: UPlot.Series[] = [];
  const bands: UPlot.Band[] = [];
  for (const line of known) {
    const { name, label: text, dash } = line;
    const color = around.colors.of(name);
    const [mean, min, max] = valuesOf(instance, line);
    const first = series.length + 1;
    columns.push(mean, min, max);
    const readout = (at: number | null) => {
      if (at === null) return '–';
      const [here, low, high] = [mean[at], min[at], max[at]];
      if (here === null || here === undefined) return 'unknown';
      const span = low === high ? '' : ` (${label(low ?? here)} to ${label(high ?? here)})`;
      return `${label(here)}${span}`;
    };
    series.push(
      {
        label: text,
        stroke: color,
        width: 2,
        ...(dash && { dash }),
        ...(paths && { paths }),
        points: { show: false },
        value: (_chart, _value, _series, at) => readout(at),
      },
      ...['least', 'most'].map(
        (extreme): UPlot.Series => ({
          label: `${text}, ${extreme}`,
          class: 'extreme',
          width: 0,
          ...(paths && { paths }),
          points: { show: false },
        }),
      ),
    );
    bands.push({ series: [first + 2, first + 1], fill: `${color}${SPAN}` });
  }
  const parts: ChartParts = {
    height: 190,
    series,
    bands,
    hasLegend: true,
    y: { range: (_chart, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    yAxis: {
      values: (_chart, marks) => marks.map(label),
      ...(unit === 'bytes' && { incrs: BYTE_STEPS }),
    },
  };
  const last = instance.ends.at(-1) ?? 0;
  return makeChart(parent, parts, [[...instance.begins, last], ...columns], around);
}
