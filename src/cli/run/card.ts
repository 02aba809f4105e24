import { readFileSync, writeFileSync } from 'node:fs';
import { NIC } from '../../lab/index.js';
import { OperationError } from '../errors.js';

/** Buffers of a zcrx instance that the card filled, and bytes in them, since it was loaded. */
export interface CardCounters {
  readonly filled_buffers: bigint;
  readonly filled_bytes: bigint;
}

const read = (name: string): string => readFileSync(`${NIC.parameters}/${name}`, 'latin1').trim();

/** The simulated network card of the lab, from inside its kernel. */
export class SimulatedCard {
  /** @throws OperationError where there is no such card */
  constructor(device: string) {
    if (device === NIC.interface) {
      try {
        read('port');
        return;
      } catch {
        // told below
      }
    }
    throw new OperationError(
      'the tour needs the simulated network card, which only the lab has: zcrx run --nic',
    );
  }

  /** Sends what goes to a TCP port to the queue for zcrx; 0 for nothing. */
  steer(port: number): void {
    writeFileSync(`${NIC.parameters}/port`, String(port));
  }

  get counters(): CardCounters {
    return { filled_buffers: BigInt(read('filled_buffers')), filled_bytes: BigInt(read('filled_bytes')) };
  }
}
