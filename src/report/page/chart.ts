/** What all plots have in common: the time axis, its zoom, the cursor. */
import type UPlot from 'uplot';
import type { Colors } from './colors.js';
import { clockLabel, elapsedLabel, TIME_STEPS } from './labels.js';
import type { Zoom } from './zoom.js';

declare const uPlot: typeof UPlot;

/** Pixels left of each plot, the same for all, so that one moment is in one place. */
const AXIS_WIDTH = 86;
const FONT = '12px system-ui, sans-serif';
const SYNC = 'zcrx';

export interface Clock {
  /** Whether times are told in UTC instead of since the start. */
  isUtc: boolean;
  /** Milliseconds since 1970 at time 0. */
  readonly wallClock: number;
}

export interface Surroundings {
  readonly zoom: Zoom;
  readonly colors: Colors;
  readonly clock: Clock;
  /** Is told the time under the cursor, undefined where there is none. */
  readonly onCursor: (time: number | undefined) => void;
}

export interface ChartParts {
  readonly height: number;
  readonly series: UPlot.Series[];
  readonly y: UPlot.Scale;
  readonly yAxis: UPlot.Axis;
  readonly bands?: UPlot.Band[];
  readonly hasLegend: boolean;
  readonly draw?: (chart: UPlot) => void;
}

/** A moment as the axis or the cursor tells it. */
export function timeLabel(seconds: number, step: number, clock: Clock, full = false): string {
  return clock.isUtc || full
    ? clockLabel(clock.wallClock + seconds * 1000, step, full)
    : elapsedLabel(seconds, step);
}

/** Marks of the time axis, on whole steps of the clock that is shown. */
function timeMarks(from: number, to: number, step: number, clock: Clock): number[] {
  const shift = clock.isUtc ? (clock.wallClock / 1000) % step : 0;
  const marks: number[] = [];
  for (let n = Math.ceil((from + shift) / step); n * step - shift <= to && marks.length < 100; n++)
    marks.push(n * step - shift);
  return marks;
}

function timeAxis({ colors, clock }: Surroundings): UPlot.Axis {
  return {
    stroke: colors.text,
    grid: { stroke: colors.grid, width: 1 },
    ticks: { stroke: colors.grid, width: 1 },
    font: FONT,
    space: 90,
    incrs: TIME_STEPS,
    splits: (_chart, _axis, from, to, step) => timeMarks(from, to, step, clock),
    values: (_chart, marks, _axis, _space, step) => marks.map((mark) => timeLabel(mark, step, clock)),
  };
}

/** Makes a plot in `parent`, as wide as that. */
export function makeChart(
  parent: HTMLElement,
  parts: ChartParts,
  data: UPlot.AlignedData,
  around: Surroundings,
): UPlot {
  const { zoom, colors } = around;
  const chart = new uPlot(
    {
      width: Math.max(200, parent.clientWidth),
      height: parts.height,
      legend: { show: parts.hasLegend, live: true },
      padding: [8, 28, 0, 0],
      cursor: {
        y: false,
        // Values stand from their time to the next: under the cursor is the one that began before it.
        dataIdx: (self, _series, nearest, time) =>
          nearest > 0 && (self.data[0][nearest] ?? 0) > time ? nearest - 1 : nearest,
        // The selection is turned into a zoom of all plots below.
        drag: { x: true, y: false, setScale: false },
        // Only the place is shared: a drag in one plot is no drag in the others.
        sync: {
          key: SYNC,
          scales: ['x', null],
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        bind: {
          dblclick: () => () => {
            zoom.reset();
            return null;
          },
        },
      },
      scales: { x: { time: false, auto: false, range: () => [...zoom.range] }, y: parts.y },
      axes: [
        timeAxis(around),
        {
          stroke: colors.text,
          grid: { stroke: colors.grid, width: 1 },
          ticks: { show: false },
          font: FONT,
          size: AXIS_WIDTH,
          ...parts.yAxis,
        },
      ],
      // The time stands in the page's own readout.
      series: [{ class: 'extreme' }, ...parts.series],
      ...(parts.bands && { bands: parts.bands }),
      hooks: {
        ...(parts.draw && { draw: [parts.draw] }),
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width <= 0) return;
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoom.set(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
          },
        ],
        setCursor: [
          (self) => {
            const { left } = self.cursor;
            around.onCursor(left === undefined || left < 0 ? undefined : self.posToVal(left, 'x'));
          },
        ],
      },
    },
    data,
    parent,
  );
  return chart;
}

/** Shows a stretch of time. */
export function showRange(chart: UPlot, [min, max]: readonly [number, number]): void {
  chart.setScale('x', { min, max });
}
