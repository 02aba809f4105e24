import assert from 'node:assert/strict';
import * as uapi from 'zcrx';
import { encode } from 'zcrx';
import type { byHand } from './bench.js';
import { until } from './process.js';
import { type Connection, descriptorOf } from './traffic.js';

// Receiving with nothing but the rings.

type Rings = ReturnType<typeof byHand>;

/** Where received bytes lie in their area. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

export interface Received {
  readonly pieces: Piece[];
  /** What the request ended with, if it did. */
  readonly end: number | undefined;
  /** Other completions than those of the request. */
  readonly others: number;
}

const REQUEST = 5n;

/** Receives until so many bytes have arrived, or the request ends; no buffer is given back. */
export async function receive(
  rings: Rings,
  zcrx_ifq_idx: number,
  wire: Connection,
  length: number,
): Promise<Received> {
  rings.submit(
    encode('io_uring_sqe', {
      opcode: uapi.IORING_OP_RECV_ZC,
      ioprio: uapi.IORING_RECV_MULTISHOT,
      fd: descriptorOf(wire.accepted),
      zcrx_ifq_idx,
      user_data: REQUEST,
    }),
  );
  const pieces: Piece[] = [];
  let received = 0;
  let others = 0;
  let end: number | undefined;
  await until(`${length} bytes arrived`, () => {
    for (const { user_data, res, off } of rings.completions()) {
      if (user_data !== REQUEST) {
        others++;
      } else if (res > 0) {
        pieces.push({ offset: Number(off & ~uapi.IORING_ZCRX_AREA_MASK), length: res });
        received += res;
      } else end = res;
    }
    return received >= length || end !== undefined;
  });
  return { pieces, end, others };
}

/** The same, of all of it. */
export async function receivePieces(
  rings: Rings,
  zcrx_ifq_idx: number,
  wire: Connection,
  length: number,
): Promise<Piece[]> {
  const { pieces, end } = await receive(rings, zcrx_ifq_idx, wire, length);
  assert.equal(end, undefined, 'the receive ended');
  return pieces;
}
