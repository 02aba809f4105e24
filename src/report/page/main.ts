/** The plots of the page. */
import type UPlot from 'uplot';
import type { PageData, PageInstance } from '../page-data.js';
import { type Clock, type Surroundings, showRange, timeLabel } from './chart.js';
import { pageColors } from './colors.js';
import type { Unit } from './labels.js';
import { eventChart, stateAt, stateChart } from './lanes.js';
import { type Line, rateChart } from './rate-chart.js';
import { Zoom } from './zoom.js';

const STATE_LANES = ['zero-copy', 'copying', 'starving', 'stalled', 'unknown'];

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
};

const data = JSON.parse(byId('zcrx-data').textContent ?? '') as PageData;
const zoom = new Zoom([Math.min(0, ...data.instances.map(({ from }) => from)), data.to || 1]);
const clock: Clock = { isUtc: false, wallClock: data.wallClock };

/** The plots there are, by the id of their place. For those who look at the page with a program. */
const charts: { [place: string]: UPlot } = {};
Object.assign(globalThis, { zcrxReport: { data, charts, zoom } });

let chosen = 0;

/** Makes one plot in its place, or says there why there is none. */
function place(id: string, nothing: string, make: (parent: HTMLElement) => UPlot | undefined): void {
  charts[id]?.destroy();
  delete charts[id];
  const parent = byId(id);
  parent.replaceChildren();
  const chart = make(parent);
  if (chart) charts[id] = chart;
  else
    parent.append(Object.assign(document.createElement('p'), { textContent: nothing, className: 'nothing' }));
}

function readout(instance: PageInstance, time: number | undefined): void {
  const state = time === undefined ? undefined : stateAt(instance, time);
  byId('readout').textContent =
    time === undefined
      ? 'Drag over a plot to zoom in; a double click shows all again.'
      : `${timeLabel(time, 0.001, { ...clock, isUtc: false })} · ${timeLabel(time, 0.001, clock, true)}${state === undefined ? '' : ` · ${state}`}`;
}

/** A plot of a gauge, which is there only where the gauge is known. */
function optional(id: string, line: Line, unit: Unit, instance: PageInstance, around: Surroundings): void {
  const isKnown = instance.gauges[line.name] !== undefined;
  const figure = byId(id).closest('figure');
  if (figure) figure.hidden = !isKnown;
  place(id, '', (parent) => (isKnown ? rateChart(parent, instance, [line], unit, false, around) : undefined));
}

function draw(): void {
  const instance = data.instances[chosen];
  if (!instance) return;
  const around: Surroundings = {
    zoom,
    clock,
    colors: pageColors(),
    onCursor: (time) => readout(instance, time),
  };
  place('bytes', 'Neither received nor copied bytes are known.', (parent) =>
    rateChart(
      parent,
      instance,
      [
        { name: 'received_bytes', label: 'received' },
        { name: 'copy_bytes', label: 'copied', dash: [8, 4] },
      ],
      'bytes',
      true,
      around,
    ),
  );
  place('counts', 'Neither copies nor buffers were counted.', (parent) =>
    rateChart(
      parent,
      instance,
      [
        { name: 'copy_count', label: 'copies', dash: [8, 4] },
        { name: 'buffers', label: 'buffers taken' },
        { name: 'rx_alloc_fail', label: 'allocations that failed on the device', dash: [2, 3] },
      ],
      'count',
      true,
      around,
    ),
  );
  optional(
    'ring',
    { name: 'free_entries', label: 'free entries, fewest', shows: 'min' },
    'count',
    instance,
    around,
  );
  optional(
    'waiting',
    { name: 'waiting_bytes', label: 'waiting, most', shows: 'max' },
    'bytes',
    instance,
    around,
  );
  const noEvents = instance.eventsKnown
    ? 'There were no events.'
    : 'Events are unknown: the kernel notifies only the process that created the instance.';
  place('events', noEvents, (parent) => eventChart(parent, instance, around));
  place('states', 'No state could be judged: there are no samples.', (parent) =>
    stateChart(parent, instance, STATE_LANES, around),
  );
  readout(instance, undefined);
}

function redraw(): void {
  for (const chart of Object.values(charts)) showRange(chart, zoom.range);
}

zoom.onChange(redraw);

const onClick = (id: string, action: () => void) => byId(id).addEventListener('click', action);
onClick('reset', () => zoom.reset());
onClick('zoom-in', () => zoom.by(0.5));
onClick('zoom-out', () => zoom.by(2));
onClick('earlier', () => zoom.move(-0.5));
onClick('later', () => zoom.move(0.5));
onClick('utc', () => {
  clock.isUtc = !clock.isUtc;
  byId('utc').setAttribute('aria-pressed', String(clock.isUtc));
  for (const chart of Object.values(charts)) chart.redraw(false, true);
});

const choice = byId('instance') as HTMLSelectElement;
choice.addEventListener('change', () => {
  chosen = Number(choice.value);
  draw();
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
new ResizeObserver(() => {
  for (const [id, chart] of Object.entries(charts)) {
    const width = Math.max(200, byId(id).clientWidth);
    if (width !== chart.width) chart.setSize({ width, height: chart.height });
  }
}).observe(byId('plots'));

byId('plots').hidden = false;
draw();
