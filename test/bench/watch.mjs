// What it costs to watch many instances: processor time and memory of a watch of simulated ones, shown as lines, served as
// metrics and recorded, against the same with none. Processor time is that of the process, so other load does not count.
//   node test/bench/watch.mjs [--instances 1000] [--rate 10] [--seconds 60] [--parts lines,record,metrics] [--json]
// Without --parts each of them is measured.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PlainDisplay } from '../../dist/src/cli/watch/display/plain.js';
import { MetricsListener } from '../../dist/src/cli/watch/metrics.js';
import { openRecording } from '../../dist/src/cli/watch/recording.js';
import { Watcher } from '../../dist/src/cli/watch/watcher.js';

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    parts: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [instances, rate, seconds] = [values.instances, values.rate, values.seconds].map(Number);

/** Without --parts: what each part costs, in a process of its own, and how many times that of watching alone. */
const SETS = ['', 'lines', 'lines,record', 'lines,metrics', 'lines,record,metrics'];
if (values.parts === undefined) {
  let alone;
  for (const set of SETS) {
    const sizes = ['--instances', instances, '--rate', rate, '--seconds', seconds].map(String);
    const args = [fileURLToPath(import.meta.url), ...sizes, '--parts', set, '--json'];
    const { core_percent, used_mib_after } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    );
    alone ??= core_percent;
    const ratio = (core_percent / alone).toFixed(2);
    console.log(
      `${(set || 'watched alone').padEnd(24)} ${core_percent.toFixed(2)} % of a core, ${ratio} times, ${used_mib_after} MiB`,
    );
  }
  process.exit(0);
}

/** Until code is compiled and buffers have the size that they keep. */
const WARM_UP = Math.min(10, seconds / 3);
const JUDGE_EVERY = 1000; // as src/cli/watch has it

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

let second = 0;
setInterval(() => second++, 1000);

/** An instance with traffic, of which some is copied in some of the seconds. */
class Simulated {
  constructor(number) {
    Object.assign(this, {
      process: `service-${number % 20}`,
      pid: 1000 + number,
      start_time: 1n,
      ring: 7,
      zcrx_id: 0,
      how: 'mapped',
      region_size: 73_728,
      stats_offset: 69_632,
      rq_entries: 4096,
      rx_buf_len: 4096,
    });
    this.number = number;
    this.taken = 0;
    this.copy_count = 0n;
    this.copy_bytes = 0n;
  }

  snapshot() {
    const time = process.hrtime.bigint();
    this.taken += 100 + (this.number % 50);
    if ((second + this.number) % 10 === 0) {
      this.copy_count += 3n;
      this.copy_bytes += 12_288n;
    }
    const head = this.taken >>> 0;
    return {
      time,
      counters: { copy_count: this.copy_count, copy_bytes: this.copy_bytes },
      refill: { head, tail: (head + 2000) >>> 0 },
      waiting_bytes: 0n,
    };
  }
}

class SimulatedSource {
  title = `${instances} simulated instances`;
  recorded = undefined;
  over = false;
  appeared = Array.from({ length: instances }, (_, i) => new Simulated(i));

  look() {
    const { appeared } = this;
    this.appeared = [];
    return { appeared, gone: [], notes: [] };
  }

  close() {}
}

const folder = mkdtempSync(join(tmpdir(), 'zcrx-bench-'));
const recording = await openRecording(
  { path: join(folder, 'watch.zcrx'), rotateSize: 16 << 20, rotateSeconds: undefined, keep: 2 },
  'benchmark',
);
const metrics = new MetricsListener();
const url = await metrics.serve({ port: 0 });
const SCRAPE = `fetch('${url}').then((response) => response.text())`;
const scrape = () => parts.includes('metrics') && execFile(process.execPath, ['-e', SCRAPE]);
const source = new SimulatedSource();
let written = 0;
const nowhere = { write: (data) => (written += data.length), complain() {}, isTerminal: false };
const display = new PlainDisplay(source, nowhere, 10_000);
const listeners = { lines: display, record: recording.listener, metrics };
const parts = values.parts.split(',').filter(Boolean);
const watcher = new Watcher(
  source,
  parts.map((part) => listeners[part]),
);
watcher.look();
let samples = 0;
const timers = [
  setInterval(() => {
    watcher.sample();
    samples += instances;
  }, 1000 / rate),
  setInterval(() => watcher.judge(), JUDGE_EVERY),
  // From another process, as Prometheus does: what asking costs is not ours.
  setInterval(scrape, 15_000),
];
// What a scrape leaves is no growth: it is kept until the next one.
setTimeout(scrape, WARM_UP * 500);

const memory = () => {
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
};

await sleep(WARM_UP * 1000);
const before = memory();
const points = [];
samples = 0;
const cpu = process.cpuUsage();
const began = performance.now();
while (performance.now() - began < seconds * 1000) {
  await sleep(Math.min(10_000, seconds * 100));
  points.push(process.memoryUsage().rss);
}
const { user, system } = process.cpuUsage(cpu);
const elapsed = (performance.now() - began) / 1000;
const after = memory();
for (const timer of timers) clearInterval(timer);
await metrics.close();
await recording.close();
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
rmSync(folder, { recursive: true });

const figures = {
  instances,
  samples_per_second: Math.round(samples / elapsed),
  seconds: Math.round(elapsed),
  core_percent: Number(((user + system) / 1e4 / elapsed).toFixed(2)),
  microseconds_per_sample: Number(((user + system) / samples).toFixed(2)),
  used_mib_before: Number((before.used / 2 ** 20).toFixed(1)),
  used_mib_after: Number((after.used / 2 ** 20).toFixed(1)),
  rss_mib_most: Number((Math.max(...points) / 2 ** 20).toFixed(1)),
  rss_mib_after: Number((after.rss / 2 ** 20).toFixed(1)),
  recorded_mib_kept: Number((bytes / 2 ** 20).toFixed(1)),
};
if (values.json) console.log(JSON.stringify(figures));
else for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(26)} ${value}`);
process.exit(0);
