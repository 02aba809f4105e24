/** Plots in which each kind of thing has a lane of its own, with its name: no colour is needed to tell them apart. */
import type UPlot from 'uplot';
import type { PageInstance } from '../page-data.js';
import { type ChartParts, makeChart, type Surroundings } from './chart.js';

const LANE = 26;
const AXIS_HEIGHT = 52;

/** The scale and axis of lanes, the first at the top. */
function laneParts(names: readonly string[]): Pick<ChartParts, 'height' | 'y' | 'yAxis'> {
  const count = names.length;
  const shorten = (name: string) => (name.length > 13 ? `${name.slice(0, 12)}…` : name);
  return {
    height: AXIS_HEIGHT + LANE * count,
    y: { range: () => [0, count] },
    yAxis: {
      splits: () => names.map((_, lane) => count - lane - 0.5),
      values: () => names.map(shorten),
      grid: { show: false },
    },
  };
}

/** Top and height of a lane in pixels of the canvas. */
function laneBox(chart: UPlot, lane: number, count: number): [top: number, height: number] {
  const top = chart.valToPos(count - lane, 'y', true);
  return [top, chart.valToPos(count - lane - 1, 'y', true) - top];
}

/** Calls back with the canvas cut to the plot, in pixels of the screen times `ratio`. */
function within(chart: UPlot, draw: (context: CanvasRenderingContext2D, ratio: number) => void): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, devicePixelRatio || 1);
  ctx.restore();
}

/** Events as marks; of many close together one mark, and their number where there is room. */
export function eventChart(
  parent: HTMLElement,
  instance: PageInstance,
  around: Surroundings,
): UPlot | undefined {
  const names = Object.keys(instance.events);
  if (names.length === 0) return undefined;
  const times = [...new Set(names.flatMap((name) => instance.events[name]!.map(([from]) => from)))].sort(
    (a, b) => a - b,
  );
  const place = new Map(times.map((time, at) => [time, at]));
  const columns = names.map((name) => {
    const counts = new Array<number | null>(times.length).fill(null);
    for (const [from, , count] of instance.events[name]!) counts[place.get(from)!] = count;
    return counts;
  });
  const draw = (chart: UPlot) =>
    within(chart, (context, ratio) => {
      for (const [lane, name] of names.entries()) {
        const [top, height] = laneBox(chart, lane, names.length);
        context.fillStyle = around.colors.of(`event-${name}`);
        for (const [from, to, count] of instance.events[name]!) {
          const left = chart.valToPos(from, 'x', true);
          const width = Math.max(3 * ratio, chart.valToPos(to, 'x', true) - left);
          context.fillRect(left - 1.5 * ratio, top + height * 0.2, width, height * 0.6);
          if (count > 1 && width > 30 * ratio) label(context, ratio, `${count}×`, left, width, top, height);
        }
      }
    });
  const parts: ChartParts = {
    ...laneParts(names),
    hasLegend: false,
    series: names.map((name) => ({ label: name, paths: () => null, points: { show: false } })),
    draw,
  };
  return makeChart(parent, parts, [times, ...columns], around);
}

/** States as bands, each in its lane; where several share a stretch of time, as high as their share in it. */
export function stateChart(
  parent: HTMLElement,
  instance: PageInstance,
  names: readonly string[],
  around: Surroundings,
): UPlot | undefined {
  const { states } = instance;
  if (states.length === 0) return undefined;
  const draw = (chart: UPlot) =>
    within(chart, (context, ratio) => {
      for (const [from, to, seconds] of states) {
        const left = chart.valToPos(from, 'x', true);
        const width = Math.max(ratio, chart.valToPos(to, 'x', true) - left);
        if (left > chart.bbox.left + chart.bbox.width || left + width < chart.bbox.left) continue;
        for (const [name, length] of Object.entries(seconds)) {
          const lane = names.indexOf(name);
          if (lane < 0) continue;
          const [top, height] = laneBox(chart, lane, names.length);
          const share = length / (to - from);
          const part = share > 0.999 ? 1 : Math.max(0.15, share);
          context.fillStyle = around.colors.of(`state-${name}`);
          context.fillRect(left, top + height * (1 - 0.84 * part - 0.08), width, height * 0.84 * part);
          if (part === 1) label(context, ratio, name, left, width, top, height);
        }
      }
    });
  const parts: ChartParts = {
    ...laneParts(names),
    hasLegend: false,
    series: [{ label: 'state', paths: () => null, points: { show: false } }],
    draw,
  };
  const data = [states.map(([from]) => from), states.map(() => 0)];
  return makeChart(parent, parts, data as UPlot.AlignedData, around);
}

/** Writes into a box, where there is room for it. */
function label(
  context: CanvasRenderingContext2D,
  ratio: number,
  text: string,
  left: number,
  width: number,
  top: number,
  height: number,
): void {
  const from = Math.max(left, 0);
  context.save();
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.fillStyle = '#fff';
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  if (context.measureText(text).width + 12 * ratio < width)
    context.fillText(text, from + 6 * ratio, top + height / 2);
  context.restore();
}

/** The state at a time. */
export function stateAt(instance: PageInstance, time: number): string | undefined {
  const found = instance.states.find(([from, to]) => from <= time && time <= to);
  return found && Object.keys(found[2]).join(' and ');
}
