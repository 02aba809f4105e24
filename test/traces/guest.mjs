// Runs in a guest of the lab, started by record.mjs: situations that an instance can be in, one after the other, each
// sampled from its own side and from that of somebody who sees its memory alone.
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZcrxInstance } from 'zcrx/bridge';
import { watchHealth } from 'zcrx/health';

const [folder, ...names] = process.argv.slice(2);
const PORT = 7000;
const PAGE = 4096;
const SAMPLE_MS = 50;
const CARD = '/sys/module/zcrx_nic/parameters';

const card = (name) => BigInt(readFileSync(`${CARD}/${name}`, 'latin1').trim());
const steer = (port) => writeFileSync(`${CARD}/port`, String(port));

/** What waits in TCP sockets, by the column rx_queue. */
function waitingBytes() {
  let sum = 0n;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, , , state, queues] = line.trim().split(/\s+/);
    // A listener's rx_queue counts connections.
    if (queues !== undefined && state !== '0A') sum += BigInt(`0x${queues.split(':')[1]}`);
  }
  return sum;
}

/** The memory of this very process, as another process would read it. */
const memory = openSync('/proc/self/mem', 'r');
function read(address, size) {
  const bytes = Buffer.alloc(size);
  readSync(memory, bytes, 0, size, address);
  return bytes;
}

class Trace {
  lines = [];
  constructor(name, what, zcrx, device) {
    this.name = name;
    this.zcrx = zcrx;
    this.device = device;
    this.origin = process.hrtime.bigint();
    const { plan, registration } = zcrx;
    const { region, reg } = registration;
    this.base = region.user_addr;
    this.offsets = reg.offsets;
    this.stats = BigInt(plan.stats_offset);
    this.tell({
      what,
      kernel: zcrx.probe.kernel,
      device,
      rq_entries: plan.rq_entries,
      rx_buf_len: PAGE,
      buffers: zcrx.buffer_count,
    });
    zcrx.on('notification', ({ type, time }) => this.tell({ us: this.at(time), event: type }));
    zcrx.on('stalled', ({ time, reasons }) => this.tell({ us: this.at(time), stalled: reasons[0] }));
    zcrx.on('recovered', ({ time, ms }) => this.tell({ us: this.at(time + ms), recovered: true }));
    // What the library makes of it while it happens, for a program that watches its own instance.
    watchHealth(zcrx, {
      intervalMs: SAMPLE_MS,
      onChange: ({ state, reason }) => this.tell({ us: this.us, state, reason }),
    });
    // What a program that reads too slowly is held back by is no standstill of the instance's account.
    const heldBack = (us, stalled) => ({
      us,
      ...(stalled ? { stalled: 'slow-consumer' } : { recovered: true }),
    });
    zcrx.on('interrupted', ({ reason }) => reason === 'slow-consumer' && this.tell(heldBack(this.us, true)));
    zcrx.on('resumed', ({ reason }) => reason === 'slow-consumer' && this.tell(heldBack(this.us, false)));
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
  }
  /** Microseconds of the trace, of a time as performance.now() gives it. */
  at(ms) {
    const ago = performance.now() - ms;
    return this.us - Math.round(ago * 1000);
  }
  get us() {
    return Number((process.hrtime.bigint() - this.origin) / 1000n);
  }
  tell(line) {
    this.lines.push(line);
  }
  note(did) {
    console.log(this.us / 1e6, did);
    this.tell({ us: this.us, did });
  }
  sample() {
    const { zcrx, offsets, base } = this;
    const us = this.us;
    // the tail before the head: what is taken in between shows as an empty ring, never as a longer one
    const tail = read(base + BigInt(offsets.tail), 4).readUInt32LE();
    const head = read(base + BigInt(offsets.head), 4).readUInt32LE();
    const counters = read(base + this.stats, 16);
    this.tell({
      us,
      head,
      tail,
      copy_count: Number(counters.readBigUInt64LE(0)),
      copy_bytes: Number(counters.readBigUInt64LE(8)),
      received: Number(zcrx.received_bytes),
      waiting: Number(waitingBytes()),
      ...(this.device && { rx_alloc_fail: Number(card('no_buffer')) }),
    });
  }
  end() {
    clearInterval(this.timer);
    this.sample();
    const text = this.lines
      .sort((a, b) => (a.us ?? -1) - (b.us ?? -1))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    writeFileSync(`${folder}/${this.name}.ndjson`, text);
  }
}

async function wire(host, peer) {
  const server = createServer({ pauseOnConnect: true });
  server.listen(PORT, host);
  await once(server, 'listening');
  const client = connect({ port: PORT, host: peer, noDelay: true });
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  server.close();
  for (const end of [client, accepted]) end.on('error', () => {});
  return { client, accepted };
}

/** Sends `size` bytes every `every` ms, for so long. */
async function send(client, { size, every, ms }) {
  const bytes = Buffer.alloc(size, 7);
  const end = performance.now() + ms;
  while (performance.now() < end) {
    await new Promise((resolve) => client.write(bytes, resolve));
    await sleep(every);
  }
}

/** A consumer whose way with buffers can be changed while it runs. */
class Consumer {
  /** `release`, `hold` (all), `last` (each batch until the next one) or `pause` (takes nothing). */
  mode = 'release';
  held = [];
  gate = Promise.resolve();
  pause() {
    this.gate = new Promise((resolve) => {
      this.goOn = resolve;
    });
  }
  release() {
    this.mode = 'release';
    for (const chunk of this.held.splice(0)) chunk.release();
  }
  async run(receive) {
    for await (const batch of receive.batches()) {
      const before = this.mode === 'last' ? this.held.splice(0) : [];
      if (this.mode !== 'release') for (const chunk of batch) this.held.push(chunk.keep());
      for (const chunk of before) chunk.release();
      await this.gate;
    }
  }
}

const STEADY = { size: 32 * 1024, every: 20 };

const situations = {
  'device-flow': {
    what: 'nothing for 3 s, 8 s of a steady stream, nothing for 14 s',
    async run({ client, trace }) {
      await sleep(3000);
      trace.note('sends');
      await send(client, { ...STEADY, ms: 8000 });
      trace.note('idle');
      await sleep(14_000);
    },
  },
  'device-trickle': {
    what: 'a message of 1000 bytes every 100 ms for 12 s, nothing for 12 s',
    async run({ client, trace }) {
      await send(client, { size: 1000, every: 100, ms: 12_000 });
      trace.note('idle');
      await sleep(12_000);
    },
  },
  'device-holds-last': {
    what: 'bursts of 512 KiB every 4 s, of which the program keeps each batch until the next one comes; nothing for 10 s',
    async run({ client, trace, consumer }) {
      consumer.mode = 'last';
      for (let i = 0; i < 4; i++) {
        await send(client, { size: 512 * 1024, every: 4000, ms: 1 });
      }
      trace.note('idle');
      await sleep(10_000);
    },
  },
  'device-starving': {
    what: 'a steady stream for 6 s; then nothing is given back, for 6 s after the buffers have run out; a stream for 8 s; nothing for 12 s',
    async run({ client, zcrx, trace, consumer }) {
      await send(client, { ...STEADY, ms: 6000 });
      trace.note('holds');
      consumer.mode = 'hold';
      const filling = new AbortController();
      const filled = (async () => {
        const bytes = Buffer.alloc(256 * 1024, 7);
        while (!filling.signal.aborted) {
          await new Promise((resolve) => client.write(bytes, resolve));
          await sleep(20);
        }
      })();
      while (zcrx.held < zcrx.buffer_count) await sleep(10);
      trace.note('out of buffers');
      await sleep(6000);
      trace.note('releases');
      filling.abort();
      consumer.release();
      await filled;
      await send(client, { ...STEADY, ms: 8000 });
      trace.note('idle');
      await sleep(12_000);
    },
  },
  'device-copying': {
    what: 'a steady stream for 6 s, for 8 s to the wrong queue, for 8 s to the right one',
    async run({ client, trace }) {
      await send(client, { ...STEADY, ms: 6000 });
      trace.note('steering removed');
      steer(0);
      await send(client, { ...STEADY, ms: 8000 });
      trace.note('steering restored');
      steer(PORT);
      await send(client, { ...STEADY, ms: 8000 });
    },
  },
  'device-slow': {
    what: 'a steady stream for 6 s; for 8 s the program takes nothing and holds what it has; a stream for 5 s',
    options: { highWaterMark: 128 },
    async run({ client, trace, consumer }) {
      await send(client, { ...STEADY, ms: 6000 });
      trace.note('pauses');
      consumer.pause();
      await Promise.race([send(client, { ...STEADY, ms: 8000 }), sleep(8000)]);
      trace.note('goes on');
      consumer.goOn();
      await send(client, { ...STEADY, ms: 5000 });
    },
  },
  'nodev-flow': {
    nodev: true,
    what: 'a steady stream for 6 s; nothing for 14 s',
    async run({ client, trace }) {
      await send(client, { ...STEADY, ms: 6000 });
      trace.note('idle');
      await sleep(14_000);
    },
  },
  'nodev-exhausted': {
    nodev: true,
    what: 'a steady stream for 6 s; then nothing is given back for 8 s; a stream for 5 s',
    async run({ client, trace, consumer }) {
      await send(client, { ...STEADY, ms: 6000 });
      trace.note('holds');
      consumer.mode = 'hold';
      await Promise.race([send(client, { size: 256 * 1024, every: 20, ms: 8000 }), sleep(8000)]);
      trace.note('releases');
      consumer.release();
      await send(client, { ...STEADY, ms: 5000 });
    },
  },
};

mkdirSync(folder, { recursive: true });
for (const [name, { what, nodev = false, options = {}, run }] of Object.entries(situations)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(name);
  if (!nodev) steer(PORT);
  const zcrx = ZcrxInstance.open({
    areaSize: 512 * PAGE,
    highWaterMark: Number.POSITIVE_INFINITY,
    rearm: true,
    ...(!nodev && { device: 'zcrx0', queue: 1 }),
    ...options,
  });
  const { client, accepted } = await (nodev ? wire('127.0.0.1', '127.0.0.1') : wire('10.9.0.1', '10.9.0.2'));
  const consumer = new Consumer();
  const trace = new Trace(name, what, zcrx, !nodev);
  const consumed = consumer.run(zcrx.receive(accepted)).catch((error) => console.log(String(error)));
  await run({ client, zcrx, trace, consumer });
  trace.end();
  client.destroy();
  await Promise.race([consumed, sleep(2000)]);
  zcrx.close();
  accepted.destroy();
}
