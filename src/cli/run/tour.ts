import { setTimeout as sleep } from 'node:timers/promises';
import { type Chunk, probe, type Receive } from '../../../bridge/index.js';
import { ZCRX_CTRL_ADD_AREA } from '../../generated/constants.js';
import { NIC } from '../../lab/index.js';
import { OperationError } from '../errors.js';
import { ACTS, figuresOf, type Moment } from './acts.js';
import { SimulatedCard } from './card.js';
import type { ActFigures, ActName, LiveSummary, Output, RunSettings, TourStep } from './events.js';
import { LiveInstance, openOptions } from './live.js';
import { Traffic } from './traffic.js';

const PORT = 7000;
const WIRE = { address: NIC.address, port: PORT, peer: NIC.peer };
/** How long nothing is given back once the buffers have run out: long enough to be seen. */
const STANDSTILL_MS = 800;
/** An emulated machine is slow, and TCP waits longer from one retransmission to the next. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 10;

type TourSettings = RunSettings & { readonly device: NonNullable<RunSettings['device']> };

/** Takes what comes, compares it, and gives the buffers back: or, for a while, does not. */
class Consumer {
  holds = false;
  failure: Error | undefined;
  readonly done: Promise<void>;
  private readonly held: Chunk[] = [];

  constructor(receive: Receive, traffic: Traffic) {
    this.done = this.consume(receive, traffic).catch((error: Error) => {
      this.failure = error;
    });
  }

  private async consume(receive: Receive, traffic: Traffic): Promise<void> {
    for await (const chunk of receive) {
      traffic.check(chunk.data);
      if (this.holds) this.held.push(chunk.keep());
    }
  }

  /** Gives back all that it holds. */
  release(): void {
    this.holds = false;
    for (const chunk of this.held.splice(0)) chunk.release();
  }
}

/** What of the kernel's notifications was told so far. */
class Told {
  copy = 0;
  alloc_fail = 0;

  constructor({ zcrx }: LiveInstance) {
    zcrx.on('notification', ({ type }) => {
      if (type !== 'unknown') this[type]++;
    });
  }
}

class Tour {
  readonly acts: ActFigures[] = [];
  private readonly card: SimulatedCard;
  private readonly live: LiveInstance;
  private readonly traffic: Traffic;
  private readonly consumer: Consumer;
  private readonly told: Told;
  private readonly settings: TourSettings;
  private readonly output: Output;
  private readonly signal: AbortSignal;

  constructor(
    card: SimulatedCard,
    live: LiveInstance,
    traffic: Traffic,
    settings: TourSettings,
    output: Output,
    signal: AbortSignal,
  ) {
    this.card = card;
    this.live = live;
    this.traffic = traffic;
    this.settings = settings;
    this.output = output;
    this.signal = signal;
    this.told = new Told(live);
    this.consumer = new Consumer(live.zcrx.receive(traffic.receiver), traffic);
  }

  async play(): Promise<void> {
    // The first two take a third of the time each; how long the third takes is TCP's affair.
    const third = (this.settings.seconds * 1000) / 3;
    await this.act('zero-copy', () => this.zeroCopy(third));
    await this.act('copying', () => this.copying(third));
    await this.act('out-of-buffers', () => this.outOfBuffers(third));
    this.traffic.sender.end();
    await this.consumer.done;
    if (this.consumer.failure) throw this.consumer.failure;
  }

  private async zeroCopy(ms: number): Promise<Partial<ActFigures>> {
    await this.pass(ms);
    return {};
  }

  private async copying(ms: number): Promise<Partial<ActFigures>> {
    this.card.steer(0);
    this.step('copying', 'steering-removed');
    await this.pass(ms / 2);
    await this.until('the kernel tells of copies', () => this.told.copy > 0);
    this.card.steer(PORT);
    this.live.zcrx.rearm('copy');
    this.step('copying', 'steering-restored');
    const { received_bytes, copy_bytes } = this.now();
    await this.pass(ms / 2);
    const now = this.now();
    return {
      restored: {
        received_bytes: String(now.received_bytes - received_bytes),
        copy_bytes: String(now.copy_bytes - copy_bytes),
      },
    };
  }

  private async outOfBuffers(ms: number): Promise<Partial<ActFigures>> {
    const { zcrx } = this.live;
    const before = zcrx.buffer_count;
    this.consumer.holds = true;
    this.step('out-of-buffers', 'consumer-stops');
    const filling = this.sending(0);
    // A stall in which the kernel got another area goes by itself; the one without ends when the consumer goes on.
    await this.until('the buffers run out (they do sooner with a smaller --area)', () => {
      const { current } = zcrx.stalls;
      return (
        current !== undefined &&
        current.ms >= STANDSTILL_MS &&
        !current.actions.some(({ buffers = 0 }) => buffers > 0)
      );
    });
    this.consumer.release();
    this.step('out-of-buffers', 'consumer-releases');
    await this.until('receiving goes on', () => zcrx.stalls.current === undefined);
    await filling.stop();
    await this.pass(ms / 2);
    // Areas are all of one size.
    return { areas_added: (zcrx.buffer_count - before) / before };
  }

  private async act(name: ActName, body: () => Promise<Partial<ActFigures>>): Promise<void> {
    this.goesOn();
    const before = this.now();
    const { time_ms } = this.time;
    this.output.event({ type: 'act', time_ms, act: ACTS.indexOf(name) + 1, name });
    const more = await body();
    const figures = { ...figuresOf(name, before, this.now()), ...more };
    this.acts.push(figures);
    this.output.event({ type: 'act_end', ...this.time, ...figures });
  }

  private step(name: ActName, step: TourStep): void {
    this.output.event({ type: 'step', ...this.time, act: ACTS.indexOf(name) + 1, step });
  }

  private get time(): { time_ms: number } {
    return { time_ms: this.live.timeMs };
  }

  private now(): Moment {
    const { zcrx } = this.live;
    const { received_bytes, copy_count, copy_bytes } = zcrx.stats();
    return {
      timeMs: this.live.timeMs,
      received_bytes,
      copy_count,
      copy_bytes,
      ...this.card.counters,
      copy_notifications: this.told.copy,
      alloc_fail_notifications: this.told.alloc_fail,
      stalls: zcrx.stalls.count,
      stalled_ms: zcrx.stalls.ms,
    };
  }

  /** Begins to send, at a rate in bytes a second or (0) as fast as it goes. */
  private sending(rate: number): { stop(): Promise<void> } {
    // Not AbortSignal.any() and timeout(): these may be collected as garbage before they abort.
    const controller = new AbortController();
    const abort = () => controller.abort();
    this.signal.addEventListener('abort', abort, { once: true });
    const sent = this.traffic.sender.send(rate, controller.signal);
    return {
      stop: () => {
        abort();
        this.signal.removeEventListener('abort', abort);
        return sent;
      },
    };
  }

  /** Sends for a while, and waits until all of it has arrived. */
  private async pass(ms: number): Promise<void> {
    const sending = this.sending(this.settings.rate);
    await sleep(ms, undefined, { signal: this.signal }).catch(() => {});
    await sending.stop();
    await this.arrived();
  }

  private arrived(): Promise<void> {
    return this.until('all that was sent arrives', () => this.traffic.received === this.traffic.sender.sent);
  }

  private goesOn(): void {
    if (this.consumer.failure) throw this.consumer.failure;
    if (this.signal.aborted) throw new OperationError('the tour was interrupted');
  }

  private async until(what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!condition()) {
      this.goesOn();
      if (performance.now() > end)
        throw new OperationError(`waited ${PATIENCE_MS / 1000} s in vain until ${what}`);
      await sleep(LOOK_MS);
    }
  }
}

/**
 * The tour: one connection over the simulated card, through the three situations that an instance on a device can be in.
 * @throws OperationError where the card is not there, or what was to be shown could not be seen
 */
export async function runTour(
  settings: TourSettings,
  output: Output,
  signal: AbortSignal,
): Promise<LiveSummary> {
  const card = new SimulatedCard(settings.device.name);
  card.steer(PORT);
  const { zcrx } = probe();
  const canAddAreas = (zcrx?.nr_ctrl_opcodes ?? 0) > ZCRX_CTRL_ADD_AREA;
  const options = {
    ...openOptions(settings),
    recovery: true,
    // One, so that both ways out are seen: another area, and after that a consumer that gives back.
    spareAreas: canAddAreas && settings.areaKind !== 'udmabuf' ? 1 : 0,
    // The buffers are to run out; otherwise receives would be held back before.
    highWaterMark: Number.POSITIVE_INFINITY,
  };
  const note = `zcrx run --nic: TCP over the simulated network card ${settings.device.name}, in three acts`;
  const live = new LiveInstance(options, note, output);
  let traffic: Traffic | undefined;
  try {
    traffic = await Traffic.open(WIRE);
    live.sampleEvery(settings.intervalMs);
    const tour = new Tour(card, live, traffic, settings, output, signal);
    await tour.play();
    live.end('the tour was over');
    return { ...live.summary, intact: traffic.intact, acts: tour.acts };
  } finally {
    traffic?.close();
    live.close();
  }
}
