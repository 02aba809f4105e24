/** Programs for the cases that need a process of their own: `node main.js VERB ARGUMENTS`. */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ZcrxInstance } from 'zcrx/bridge';
import { until } from '../support/process.js';
import { collect, connection, payload } from '../support/traffic.js';

type Verb = (...args: string[]) => unknown;

const tell = (value: unknown): void => console.log(JSON.stringify(value));

const VERBS: Record<string, Verb> = {
  async 'throwing-listener'() {
    const zcrx = ZcrxInstance.open({ areaSize: 1 << 20 });
    let thrown = 0;
    process.on('uncaughtException', (error) => {
      if (error.message !== 'of the listener') throw error;
      thrown++;
    });
    zcrx.on('notification', () => {
      throw new Error('of the listener');
    });
    const wire = await connection();
    const bytes = payload(200_000);
    wire.client.end(bytes);
    const received = await collect(zcrx.receive(wire.accepted));
    await until('the listener has thrown', () => thrown > 0);
    wire.close();
    zcrx.close();
    tell({ received: received.length, whole: received.equals(bytes), thrown });
  },

  /** Opens with 0, 1, 2 … descriptors to be had, and counts how many there are afterwards. */
  async 'without-descriptors'() {
    const small = { areaSize: 64 * 1024 };
    const wire = await connection();
    const first = ZcrxInstance.open(small);
    const taken: number[] = [];
    const takeAll = (): number => {
      for (let count = 0; ; count++) {
        try {
          taken.push(openSync('/dev/null', 'r'));
        } catch {
          return count;
        }
      }
    };
    const errors: string[] = [];
    const left: number[] = [];
    for (let room = 0; room < 9; room++) {
      takeAll();
      for (let i = 0; i < room; i++) closeSync(taken.pop() as number);
      try {
        ZcrxInstance.open(small).close();
      } catch (error) {
        errors.push(String(error));
      }
      await wait(20);
      left.push(takeAll());
    }
    for (const fd of taken) closeSync(fd);
    const bytes = payload(50_000);
    wire.client.end(bytes);
    const whole = (await collect(first.receive(wire.accepted))).equals(bytes);
    first.close();
    wire.close();
    tell({ errors, left, whole });
  },
};

const [verb = '', ...args] = process.argv.slice(2);
const run = VERBS[verb];
if (run === undefined) throw new Error(`no such verb: ${verb}`);
await run(...args);
