// The structs that a call is made of, found by following its pointers as the kernel does.

import { ZCRX_CTRL_ADD_AREA } from '../../src/generated/constants.js';
import { type CallStruct as Part, STRUCT_OF } from '../../src/layout/call-structs.js';
import { offsetIn, sizeOf } from '../../src/layout/description.js';
import { readProcess } from './read.js';
import type { Request } from './types.js';

/** A struct as it was before the call. Where it has fewer bytes than the struct, the rest cannot be read. */
export interface Piece {
  readonly part: Part;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** A stretch of memory that a call refers to. */
export interface Extent {
  readonly address: bigint;
  /** Bytes. */
  readonly length: bigint;
  /** The kernel is to pin it. */
  readonly isPinned: boolean;
}

const SIZE: Readonly<Record<Part, number>> = {
  reg: sizeOf(STRUCT_OF.reg),
  area: sizeOf(STRUCT_OF.area),
  region: sizeOf(STRUCT_OF.region),
  event_desc: sizeOf(STRUCT_OF.event_desc),
  ctrl: sizeOf(STRUCT_OF.ctrl),
  query: sizeOf(STRUCT_OF.query),
};

const field = (part: Part, name: string) => offsetIn(STRUCT_OF[part], name);

/** Bytes from the start of its struct to each field that is looked at here. */
export const AT = {
  if_idx: field('reg', 'if_idx'),
  rq_entries: field('reg', 'rq_entries'),
  reg_flags: field('reg', 'flags'),
  area_ptr: field('reg', 'area_ptr'),
  region_ptr: field('reg', 'region_ptr'),
  event_desc: field('reg', 'event_desc'),
  reg_id: field('reg', 'zcrx_id'),
  area_addr: field('area', 'addr'),
  area_len: field('area', 'len'),
  area_flags: field('area', 'flags'),
  dmabuf_fd: field('area', 'dmabuf_fd'),
  region_addr: field('region', 'user_addr'),
  region_size: field('region', 'size'),
  type_mask: field('event_desc', 'type_mask'),
  ctrl_id: field('ctrl', 'zcrx_id'),
  ctrl_op: field('ctrl', 'op'),
  exported_fd: field('ctrl', 'zc_export') + offsetIn('zcrx_ctrl_export', 'zcrx_fd'),
  event_type: field('ctrl', 'zc_arm_event') + offsetIn('zcrx_ctrl_arm_event', 'event_type'),
  added_area: field('ctrl', 'zc_area') + offsetIn('zcrx_ctrl_add_area', 'area_ptr'),
  next_entry: field('query', 'next_entry'),
  query_data: field('query', 'query_data'),
  query_size: field('query', 'size'),
} as const;

const view = ({ bytes }: { bytes: Uint8Array }) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A number of 32 bits; 0 where it could not be read. */
export function u32(piece: { bytes: Uint8Array } | undefined, offset: number): number {
  return piece && piece.bytes.length >= offset + 4 ? view(piece).getUint32(offset, true) : 0;
}

/** A number of 64 bits; 0 where it could not be read. */
export function u64(piece: { bytes: Uint8Array } | undefined, offset: number): bigint {
  return piece && piece.bytes.length >= offset + 8 ? view(piece).getBigUint64(offset, true) : 0n;
}

export const pieceOf = (pieces: readonly Piece[], part: Part): Piece | undefined =>
  pieces.find((each) => each.part === part);

/** IO_MAX_QUERY_ENTRIES: the kernel follows no more. */
const MOST_QUESTIONS = 1000;

const readPiece = (part: Part, address: bigint): Piece => ({
  part,
  address,
  bytes: readProcess(address, SIZE[part]),
});

/** The argument itself. Memory of JavaScript is copied, other memory read with care. */
function readArgument(part: Part, { address, bytes }: Request): Piece {
  return bytes ? { part, address, bytes: bytes.slice(0, SIZE[part]) } : readPiece(part, address);
}

function followQuestions(first: Piece): Piece[] {
  const questions = [first];
  const seen = new Set([first.address]);
  for (let next = u64(first, AT.next_entry); next !== 0n; ) {
    if (seen.has(next) || questions.length >= MOST_QUESTIONS) break;
    seen.add(next);
    const question = readPiece('query', next);
    questions.push(question);
    next = u64(question, AT.next_entry);
  }
  return questions;
}

function followRegistration(reg: Piece): Piece[] {
  const pieces = [reg];
  const follow = (part: Part, pointer: number) => {
    const address = u64(reg, pointer);
    if (address !== 0n) pieces.push(readPiece(part, address));
  };
  follow('region', AT.region_ptr);
  follow('area', AT.area_ptr);
  follow('event_desc', AT.event_desc);
  return pieces;
}

/**
 * All structs of a call as they are now, the argument first. To be taken before the call: the kernel writes into some of
 * them even where it refuses.
 * @throws SyscallError where memory cannot be looked at
 */
export function piecesOf(request: Request): Piece[] {
  if (request.address === 0n) return [];
  if (request.kind === 'query') return followQuestions(readArgument('query', request));
  if (request.kind === 'register_ifq') return followRegistration(readArgument('reg', request));
  const ctrl = readArgument('ctrl', request);
  const area = u32(ctrl, AT.ctrl_op) === ZCRX_CTRL_ADD_AREA ? u64(ctrl, AT.added_area) : 0n;
  return area === 0n ? [ctrl] : [ctrl, readPiece('area', area)];
}

/** The memory that a call refers to: its structs, and what they point to. */
export function extentsOf(pieces: readonly Piece[]): Extent[] {
  return pieces.flatMap((piece) => {
    const { part, address } = piece;
    const own = { address, length: BigInt(SIZE[part]), isPinned: false };
    if (part === 'area') {
      return [own, { address: u64(piece, AT.area_addr), length: u64(piece, AT.area_len), isPinned: true }];
    }
    if (part === 'region') {
      const length = u64(piece, AT.region_size);
      return [own, { address: u64(piece, AT.region_addr), length, isPinned: true }];
    }
    if (part === 'query') {
      const length = BigInt(u32(piece, AT.query_size));
      return [own, { address: u64(piece, AT.query_data), length, isPinned: false }];
    }
    return [own];
  });
}
