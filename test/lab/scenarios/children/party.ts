/**
 * One of several parties to an instance, in a process of its own: does what its parent asks for (see support/party.ts),
 * one thing after the other, except for what runs on by itself.
 */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { decode } from 'zcrx';
import {
  type Chunk,
  type ImportOptions,
  Mapping,
  type OpenOptions,
  type Receive,
  type Share,
  type Ticket,
  ZcrxInstance,
} from 'zcrx/bridge';
import { LockFile } from '../../../../dist/bridge/share/lock.js';
import { type Connection, payload, same, send } from '../support/traffic.js';
import { connectionOver, type Wire } from '../support/wire.js';
import { take } from './privileges.js';

let zcrx: ZcrxInstance | undefined;
let notified = 0;
const shares: Share[] = [];
const wires: Connection[] = [];
const held: Chunk[] = [];
/** Of what runs by itself: bytes that came whole, and what went wrong. */
const running = { rounds: 0, bytes: 0, error: undefined as string | undefined, stop: false };

function mine(): ZcrxInstance {
  if (!zcrx) throw new Error('neither opened nor imported');
  return zcrx;
}

function begin(instance: ZcrxInstance) {
  zcrx = instance;
  instance.on('notification', () => notified++);
  const { id, role, plan, registration, buffer_count } = instance;
  return { id, role, plan, registration, buffer_count };
}

async function exactly(receive: Receive, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let got = 0; got < length; ) {
    const { value, done } = await receive.next();
    if (done) throw new Error(`the receive ended after ${got} of ${length} bytes`);
    parts.push(Buffer.from(value.data));
    got += value.length;
  }
  return Buffer.concat(parts);
}

async function round(wire: Connection, receive: Receive, length: number, seed: number): Promise<void> {
  const bytes = payload(length, seed);
  const sent = send(wire.client, bytes);
  same(await exactly(receive, length), bytes);
  await sent;
}

async function connected(over: Wire): Promise<{ wire: Connection; receive: Receive }> {
  const wire = await connectionOver(over);
  wires.push(wire);
  return { wire, receive: mine().receive(wire.accepted) };
}

const VERBS = {
  open: (options: OpenOptions) => begin(ZcrxInstance.open(options)),

  import: (ticket: Ticket, options: ImportOptions) => begin(ZcrxInstance.import(ticket, options)),

  share() {
    const share = mine().share();
    shares.push(share);
    return share.ticket;
  },

  unshare() {
    for (const share of shares) share.close();
  },

  /** Sends and receives so many bytes over a connection of its own, so many times. */
  async receive(over: Wire, length: number, times: number) {
    const { wire, receive } = await connected(over);
    for (let i = 0; i < times; i++) await round(wire, receive, length, i + 1);
    await receive.return();
    wire.close();
    return length * times;
  },

  /** The same without end: see `progress`. */
  async run(over: Wire, length: number) {
    const { wire, receive } = await connected(over);
    void (async () => {
      for (let i = 0; !running.stop; i++) {
        await round(wire, receive, length, i + process.pid);
        running.rounds++;
        running.bytes += length;
      }
      await receive.return();
      wire.close();
    })().catch((error: unknown) => {
      running.error = (error as Error).stack ?? String(error);
    });
  },

  progress: () => ({ ...running }),

  async stop() {
    running.stop = true;
  },

  /** Takes chunks of one byte each and keeps them, until there are no more for a while. */
  async hold(over: Wire, most: number, patienceMs: number) {
    const { wire, receive } = await connected(over);
    let last = performance.now();
    let taking = true;
    void (async () => {
      while (taking && held.length < most) {
        const { value, done } = await receive.next();
        if (done) return;
        held.push(value.keep());
        last = performance.now();
      }
    })().catch(() => {});
    while (held.length < most && performance.now() - last < patienceMs) {
      // Each of them alone, so that each takes a buffer.
      wire.client.write('x');
      await wait(2);
    }
    taking = false;
    // What comes from now on takes no buffer.
    await receive.return();
    wire.close();
    return held.length;
  },

  release(count: number) {
    for (const chunk of held.splice(0, count)) chunk.release();
  },

  flush: () => mine().flush(),
  stats: () => mine().stats(),
  notified: () => notified,
  rearm: (type: 'copy' | 'alloc_fail') => mine().rearm(type),
  addArea: () => mine().addArea(),
  buffer_count: () => mine().buffer_count,
  has_creator: () => mine().has_creator,

  /** Takes the refill ring for itself, as a party does that is about to put buffers into it, and has written rubbish so far. */
  seize({ memory, region_size, registration }: Ticket, fd: number) {
    const { offsets, rq_entries } = decode(
      'io_uring_zcrx_ifq_reg',
      Buffer.from(registration.reg, 'hex'),
    ).fields;
    const lock = new LockFile(fd);
    if (!lock.tryTake('producer')) throw new Error('the lock is taken');
    const region = Mapping.shared(fd, memory.size);
    assert.ok(offsets.rqes + rq_entries * 16 <= region_size);
    region.write(offsets.rqes, new Uint8Array(rq_entries * 16).fill(0xff));
  },

  take: (steps: string) => take(steps),

  close() {
    mine().close();
    for (const wire of wires) wire.close();
  },
};

export type PartyVerbs = typeof VERBS;

interface Request {
  id: number;
  verb: keyof PartyVerbs;
  args: unknown[];
}

process.on('message', async ({ id, verb, args }: Request) => {
  try {
    const result = await (VERBS[verb] as (...args: unknown[]) => unknown)(...args);
    process.send?.({ id, result });
  } catch (error) {
    const { name, message, code, errno, explanation } = error as Error & Record<string, unknown>;
    process.send?.({ id, error: { name, message, code, errno, explanation } });
  }
});
process.once('disconnect', () => process.exit(0));
