import type { PageCounter, PageData, PageGauge, PageInstance } from './page-data.js';
import { COUNTERS, columnOf, GAUGES, type InstanceReport, type Report } from './report.js';
import { nameOf } from './words.js';

/** What the plots of a report are drawn from. */
export function pageData({ wallClock, to, instances }: Report): PageData {
  return {
    wallClock: Number(wallClock / 1000n) / 1000,
    to: seconds(to),
    instances: instances.map(pageInstance),
  };
}

const seconds = (nanoseconds: number) => Number((nanoseconds / 1e9).toFixed(9));
const orNull = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : null);

function pageInstance(instance: InstanceReport): PageInstance {
  const { buckets, identity, events, states, eventsKnown } = instance;
  const all = Array.from({ length: buckets.length }, (_, at) => at);
  const counters = COUNTERS.filter((name) => instance.counters[name]).map((name) => {
    const cells = all.map((at) => buckets.cell(columnOf(name), at));
    const counter: PageCounter = {
      sum: cells.map(({ sum, weight }) => (weight > 0 || sum > 0 ? sum : null)),
      seconds: cells.map(({ weight }) => seconds(weight)),
      min: cells.map(({ min }) => orNull(min)),
      max: cells.map(({ max }) => orNull(max)),
    };
    return [name, counter];
  });
  const gauges = GAUGES.filter((name) => instance.gauges[name]).map((name) => {
    const cells = all.map((at) => buckets.cell(columnOf(name), at));
    const gauge: PageGauge = {
      min: cells.map(({ min }) => orNull(min)),
      max: cells.map(({ max }) => orNull(max)),
    };
    return [name, gauge];
  });
  const marks = Object.entries(events.marks).map(([type, list]) => [
    type,
    list.map(({ from, to, count }) => [seconds(from), seconds(to), count]),
  ]);
  return {
    name: nameOf(identity),
    from: seconds(instance.from),
    to: seconds(instance.to),
    begins: all.map((at) => seconds(buckets.fromOf(at))),
    ends: all.map((at) => seconds(buckets.toOf(at))),
    counters: Object.fromEntries(counters),
    gauges: Object.fromEntries(gauges),
    eventsKnown,
    events: Object.fromEntries(marks),
    states: states.stretches.map(({ from, to, in: lengths }) => [
      seconds(from),
      seconds(to),
      Object.fromEntries(Object.entries(lengths).map(([state, length]) => [state, seconds(Number(length))])),
    ]),
  };
}
