import { COUNTERS, columnOf, GAUGES, type InstanceReport, type Report } from './report.js';
import { copiedShare, nameOf, notKnown, problemsOf } from './words.js';

/** A time or a sum as decimal text: JSON numbers need not hold it. */
const decimal = (value: number | bigint): string =>
  typeof value === 'bigint' ? value.toString() : BigInt(Math.round(value)).toString();

function countersDocument({ counters }: InstanceReport): object {
  const entries = Object.entries(counters).map(([name, counter]) => {
    const { increase, first, last, resets, mean, peak } = counter;
    return [
      name,
      {
        increase: decimal(increase),
        first: decimal(first),
        last: decimal(last),
        resets,
        per_second: mean ?? null,
        peak: peak ? { per_second: peak.rate, time_ns: decimal(peak.time) } : null,
      },
    ];
  });
  return Object.fromEntries(entries);
}

function gaugesDocument({ gauges }: InstanceReport): object {
  const entries = Object.entries(gauges).map(([name, { min, minTime, max, last }]) => [
    name,
    { min: decimal(min), min_time_ns: decimal(minTime), max: decimal(max), last: decimal(last) },
  ]);
  return Object.fromEntries(entries);
}

function statesDocument({ states, stalls }: InstanceReport): object {
  const figures = [...states.figures].map(([state, { count, total, longest, longestFrom }]) => [
    state,
    {
      count,
      total_ns: decimal(total),
      longest_ns: decimal(longest),
      longest_from_ns: decimal(longestFrom),
    },
  ]);
  const changes = states.changes.map(({ time, ...change }) => ({ time_ns: decimal(time), ...change }));
  return {
    figures: Object.fromEntries(figures),
    changes,
    more_changes: states.changeCount - changes.length,
    stalls: { count: stalls.count, total_ns: decimal(stalls.total), longest_ns: decimal(stalls.longest) },
  };
}

function eventsDocument({ events, eventsKnown }: InstanceReport): object {
  const list = events.first.map(({ time, ...event }) => ({ time_ns: decimal(time), ...event }));
  return {
    notifications: eventsKnown ? 'seen' : 'unknown',
    counts: Object.fromEntries(events.counts),
    list,
    more: events.total - list.length,
  };
}

/** The buckets, each with the columns of which something was seen in it. */
function bucketsDocument({ buckets }: InstanceReport): object[] {
  return Array.from({ length: buckets.length }, (_, at) => {
    const counters = COUNTERS.flatMap((name) => {
      const { sum, weight, min, max } = buckets.cell(columnOf(name), at);
      if (weight === 0 && sum === 0) return [];
      const rates = weight > 0 ? { per_second: sum / (weight / 1e9), min, max } : {};
      return [[name, { increase: decimal(sum), ...rates }] as const];
    });
    const gauges = GAUGES.flatMap((name) => {
      const { weight, min, max, last } = buckets.cell(columnOf(name), at);
      return weight > 0 ? [[name, { min, max, last }] as const] : [];
    });
    return {
      from_ns: decimal(buckets.fromOf(at)),
      to_ns: decimal(buckets.toOf(at)),
      samples: buckets.samplesOf(at),
      ...Object.fromEntries([...counters, ...gauges]),
    };
  });
}

function instanceDocument(instance: InstanceReport): object {
  const { number, how, region_size, area_size, ...known } = instance.identity;
  const { gone } = instance;
  return {
    name: nameOf(instance.identity),
    number,
    how,
    ...known,
    ...(region_size !== undefined && { region_size: decimal(region_size) }),
    ...(area_size !== undefined && { area_size: decimal(area_size) }),
    from_ns: decimal(instance.from),
    to_ns: decimal(instance.to),
    samples: instance.samples,
    gone: gone ? { time_ns: decimal(gone.time), reason: gone.reason } : null,
    copied_share: copiedShare(instance) ?? null,
    counters: countersDocument(instance),
    gauges: gaugesDocument(instance),
    states: statesDocument(instance),
    events: eventsDocument(instance),
    not_known: notKnown(instance),
    buckets: bucketsDocument(instance),
  };
}

/** A report as a JSON document. 64-bit numbers and times (nanoseconds since the start) are decimal text. */
export function reportDocument(report: Report): object {
  return {
    wall_clock_ns: decimal(report.wallClock),
    to_ns: decimal(report.to),
    recorded_by: report.origins,
    end_reason: report.reason ?? null,
    files: report.files.map(({ bytes, damage, ...file }) => ({
      ...file,
      bytes: decimal(bytes),
      damage: damage ? { offset: decimal(damage.offset), reason: damage.reason } : null,
    })),
    problems: problemsOf(report),
    more_instances: report.omitted,
    instances: report.instances.map(instanceDocument),
  };
}
