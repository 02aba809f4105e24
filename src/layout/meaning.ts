import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_ZCRX_AREA_SHIFT,
} from '../generated/constants.js';
import type { Decoded, DecodedLeaf, Names } from './decode.js';
import { setByName } from './description.js';
import { errnoName } from './errno.js';
import { UNKNOWN_ARM } from './leaves.js';
import { unknownName } from './sets.js';

function namesAt(names: Names, path: readonly string[]): string | string[] | undefined {
  let at: Names[string] | undefined = names;
  for (const key of path) at = (at as Names | undefined)?.[key];
  return at as string | string[] | undefined;
}

function errnoText(value: bigint): string {
  const name = errnoName(-value);
  return name ? `-${name}` : 'a negated errno';
}

/** An offset that carries the number of its area in the upper bits. */
function areaText(value: bigint): string {
  const shift = BigInt(IORING_ZCRX_AREA_SHIFT);
  return `area ${value >> shift}, byte ${value & ((1n << shift) - 1n)}`;
}

const AREA_OFFSETS = new Set(['io_uring_zcrx_rqe.off', 'io_uring_zcrx_cqe.off']);

/** Names of bits joined as in C; bits without a name as a number, marked as strace marks them. */
function bitsText(names: readonly string[], unknown: string): string {
  if (names.length === 0) return '';
  const isKnown = names.every((name) => !name.startsWith('0x'));
  return `${names.join('|')}${isKnown ? '' : ` /* ${unknown} */`}`;
}

/** In a completion's flags the upper bits are no flags, if a buffer was taken. */
function completionFlags(value: bigint, names: readonly string[], unknown: string): string {
  if ((value & BigInt(IORING_CQE_F_BUFFER)) === 0n) return bitsText(names, unknown);
  const rest = names.flatMap((name) => {
    const bits = name.startsWith('0x')
      ? BigInt(name) & ((1n << BigInt(IORING_CQE_BUFFER_SHIFT)) - 1n)
      : undefined;
    return bits === 0n ? [] : [bits === undefined ? name : `0x${bits.toString(16)}`];
  });
  return `${bitsText(rest, unknown)}, buffer ${value >> BigInt(IORING_CQE_BUFFER_SHIFT)}`;
}

/** What a number means beyond itself: names, an errno, a place in an area. Empty where there is nothing to say. */
export function meaningOf(decoded: Decoded, { leaf, value }: DecodedLeaf): string {
  const { field } = leaf;
  const isResult = field.signed && ['res', 'result'].includes(field.name);
  if (isResult && value < 0n) return errnoText(value);
  if (AREA_OFFSETS.has(`${decoded.struct}.${pathEnd(leaf.path)}`)) return areaText(value);
  if (!field.set || leaf.path.at(-1) === UNKNOWN_ARM) return '';
  const names = namesAt(decoded.names, leaf.path);
  const unknown = unknownName(setByName(field.set), decoded.revision);
  if (field.use === 'event')
    return names === undefined ? '' : `${[names].flat().join('|')}, if this reports an event`;
  if (names === undefined) return `/* ${unknown} */`;
  if (typeof names === 'string') return names;
  return field.set === 'io_uring_cqe_flags'
    ? completionFlags(value, names, unknown)
    : bitsText(names, unknown);
}

const pathEnd = (path: readonly string[]) => path.join('.');
