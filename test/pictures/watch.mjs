// docs/images/watch.svg: the live view as it is drawn, of the recording that comes with the package and, beside it, of
// services as they may be. What is said of each is judged by the same health as always. Needs a build.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readRecordingFile } from '../../dist/src/capture/index.js';
import { abilitiesFor } from '../../dist/src/cli/watch/view/abilities.js';
import { rowsToLines } from '../../dist/src/cli/watch/view/picture.js';
import { FIRST_VIEW } from '../../dist/src/cli/watch/view/view-state.js';
import { HealthMonitor } from '../../dist/src/health/index.js';
import { svgOf } from './svg.mjs';

const root = resolve(import.meta.dirname, '../..');
const COLUMNS = 100;
const ROWS = 16;

/** A row as the command makes it: health is judged and a point of the curve taken every so often. */
function rowOf(identity, options, snapshots, every = 2_000_000_000n) {
  const monitor = new HealthMonitor(options);
  const history = [];
  let judged = 0n;
  for (const snapshot of snapshots) {
    monitor.push(snapshot);
    if (snapshot.time - judged < every) continue;
    judged = snapshot.time;
    const { received_bytes_per_second, buffers_per_second } = monitor.health();
    history.push(received_bytes_per_second ?? buffers_per_second ?? Number.NaN);
  }
  return { ring: 7, zcrx_id: 0, ...identity, history, health: monitor.health() };
}

async function recorded() {
  const snapshots = [];
  for await (const frame of readRecordingFile(resolve(root, 'src/recordings/linux-7.3.zcrx'))) {
    if (frame.type !== 'stats') continue;
    const block = new DataView(frame.block.buffer, frame.block.byteOffset, frame.block.byteLength);
    const counters = { copy_count: block.getBigUint64(0, true), copy_bytes: block.getBigUint64(8, true) };
    snapshots.push({ time: frame.time, received_bytes: frame.receivedBytes, counters });
  }
  return snapshots;
}

/** Ten samples a second; `at` says what a service does in each of them, as differences. */
function simulated(seconds, at) {
  const total = { received: 0n, count: 0n, bytes: 0n, head: 0, tail: 0 };
  return Array.from({ length: seconds * 10 }, (_, i) => {
    const { received, count = 0, bytes = 0, taken = 0, given = taken, ...more } = at(i / 10);
    if (received !== undefined) total.received += BigInt(Math.round(received));
    total.count += BigInt(count);
    total.bytes += BigInt(bytes);
    total.head = (total.head + taken) >>> 0;
    total.tail = (total.tail + given) >>> 0;
    return {
      time: BigInt(i) * 100_000_000n,
      counters: { copy_count: total.count, copy_bytes: total.bytes },
      refill: { head: total.head, tail: total.tail },
      ...(received !== undefined && { received_bytes: total.received }),
      ...more,
    };
  });
}

const wave = (time, period) => 1 + 0.6 * Math.sin((2 * Math.PI * time) / period);
const ring = { rq_entries: 4096, rx_buf_len: 4096 };
const rows = [
  rowOf({ name: 'zcrx', pid: 4242, how: 'own' }, { events: true }, await recorded(), 100_000_000n),
  rowOf(
    { name: 'edge-proxy', pid: 911, how: 'own' },
    { events: true, ...ring },
    simulated(725, (t) => ({ received: 1.2e8 * wave(t, 40), taken: Math.round(3e4 * wave(t, 40)) })),
  ),
  rowOf(
    { name: 'edge-proxy', pid: 911, ring: 9, zcrx_id: 1, how: 'own' },
    { events: true, ...ring },
    simulated(725, (t) => ({
      received: 9e7 * wave(t, 25),
      taken: Math.round(2e4 * wave(t, 25)),
      ...(t > 700 && { count: 40, bytes: 160_000 }),
    })),
  ),
  rowOf(
    { name: 'ingest-c', pid: 1808, ring: 5, how: 'mapped' },
    { events: false, ...ring },
    simulated(300, (t) =>
      t < 288
        ? { taken: Math.round(900 * wave(t, 31)), waiting_bytes: 0n }
        : { taken: 0, waiting_bytes: 4_194_304n },
    ),
  ),
  rowOf(
    { name: 'cache-rs', pid: 2077, ring: 12, how: 'remote' },
    { events: false, ...ring },
    simulated(300, (t) => ({ taken: Math.round(400 * wave(t, 12)) })),
  ),
];
const abilities = abilitiesFor(true, { TERM: 'xterm-256color', LANG: 'C.UTF-8' });
const heading = { source: '5 instances of 4 processes', time: new Date(2026, 7, 5, 12, 34, 56) };
const lines = rowsToLines(rows, FIRST_VIEW, { columns: COLUMNS, rows: ROWS }, abilities, heading);
const path = resolve(root, 'docs/images/watch.svg');
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, svgOf(lines, COLUMNS, 'zcrx watch: the live view'));
console.log(lines.join('\n'));
