// Messages of the kernel's netlink sockets: how they are written, and how answers are read. Pure. The layouts are those of
// linux/netlink.h and linux/genetlink.h; all numbers are in the byte order of the machine, which the bridge has little-endian.

import { constants } from 'node:os';
import { alignUp } from '../check.js';
import { SyscallError } from '../errors.js';

export const NLM_F_REQUEST = 0x1;
/** The kernel ends its answer with an error message, of error 0 if all went well. */
export const NLM_F_ACK = 0x4;
/** NLM_F_ROOT and NLM_F_MATCH: all there are, in many messages. */
export const NLM_F_DUMP = 0x300;
/** Of an error message: of the request it repeats the header only. */
const NLM_F_CAPPED = 0x100;
/** Of an error message, and of the end of a dump: attributes follow. */
const NLM_F_ACK_TLVS = 0x200;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** Below are the messages that mean the same in every family. */
const NLMSG_MIN_TYPE = 16;

/** Of a message, and of the part of a family's message that names the command. */
const HEADER = 16;
const GENERIC_HEADER = 4;
const ATTRIBUTE_HEADER = 4;
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const ATTRIBUTE_TYPE = 0x3fff;
const NLMSGERR_ATTR_MSG = 1;

/** What is in an attribute, beside its number. */
export type AttributeValue = number | string;
/** Attributes by their number; of one that comes twice the last. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** One request to a generic netlink family. */
export interface Request {
  /** Number of the family. */
  readonly family: number;
  readonly command: number;
  /** NLM_F_*. */
  readonly flags: number;
  /** Comes back in every message of the answer. */
  readonly sequence: number;
  /** A number goes out as u32, a string with a zero behind it. */
  readonly attributes: readonly (readonly [number: number, value: AttributeValue])[];
}

/** What one message of an answer says. */
export type Answer =
  | { readonly kind: 'data'; readonly attributes: Attributes }
  /** The last; `errno` 0 if all went well, `words` are the kernel's own. */
  | { readonly kind: 'end'; readonly errno: number; readonly words: string | undefined };

const aligned = (length: number): number => alignUp(length, 4);
const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** An answer that is not as the kernel writes them. */
const damaged = (what: string): SyscallError =>
  new SyscallError('netlink', constants.errno.EBADMSG, `the kernel's answer is damaged: ${what}`);

function valueBytes(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(`${value}\0`);
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

/** A request as the kernel takes it. */
export function encodeRequest({ family, command, flags, sequence, attributes }: Request): Uint8Array {
  const values = attributes.map(([number, value]) => [number, valueBytes(value)] as const);
  const length = values.reduce(
    (sum, [, value]) => sum + aligned(ATTRIBUTE_HEADER + value.length),
    HEADER + GENERIC_HEADER,
  );
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint32(0, length, true);
  view.setUint16(4, family, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  // nlmsg_pid stays 0: the kernel knows the socket
  view.setUint8(HEADER, command);
  view.setUint8(HEADER + 1, 1); // the version of the family; the kernel does not look at it
  let at = HEADER + GENERIC_HEADER;
  for (const [number, value] of values) {
    view.setUint16(at, ATTRIBUTE_HEADER + value.length, true);
    view.setUint16(at + 2, number, true);
    bytes.set(value, at + ATTRIBUTE_HEADER);
    at += aligned(ATTRIBUTE_HEADER + value.length);
  }
  return bytes;
}

/**
 * The attributes in a part of a message, or in another attribute.
 * @throws SyscallError `EBADMSG`
 */
export function attributesOf(bytes: Uint8Array): Attributes {
  const view = viewOf(bytes);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    if (left < ATTRIBUTE_HEADER) throw damaged(`${left} bytes where an attribute of 4 or more should be`);
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || length > left) {
      throw damaged(`an attribute of ${length} bytes, expected 4 to ${left}`);
    }
    found.set(
      view.getUint16(at + 2, true) & ATTRIBUTE_TYPE,
      bytes.subarray(at + ATTRIBUTE_HEADER, at + length),
    );
    at += aligned(length);
  }
  return found;
}

/**
 * An unsigned number of 2, 4 or 8 bytes: the kernel writes a counter with 4 while that is enough.
 * @returns undefined where there is no such attribute
 * @throws SyscallError `EBADMSG`
 */
export function unsigned(attributes: Attributes, number: number): bigint | undefined {
  const value = attributes.get(number);
  if (value === undefined) return undefined;
  const view = viewOf(value);
  switch (value.length) {
    case 2:
      return BigInt(view.getUint16(0, true));
    case 4:
      return BigInt(view.getUint32(0, true));
    case 8:
      return view.getBigUint64(0, true);
    default:
      throw damaged(`attribute ${number} has ${value.length} bytes, expected a number of 2, 4 or 8`);
  }
}

/** The kernel's own words about an error, if it has any. */
function wordsOf(attributes: Attributes): string | undefined {
  const text = attributes.get(NLMSGERR_ATTR_MSG);
  return text && new TextDecoder().decode(text).replace(/\0.*$/s, '');
}

/** The end of an answer: an errno, negated, then perhaps the request or a part of it, then perhaps attributes. */
function endOf(type: number, flags: number, payload: Uint8Array): Answer {
  const view = viewOf(payload);
  if (payload.length < 4) throw damaged(`its end has ${payload.length} bytes, expected 4 or more`);
  const errno = -view.getInt32(0, true);
  if (errno < 0) throw damaged(`an error of number ${-errno}, expected 0 or less`);
  if (!(flags & NLM_F_ACK_TLVS)) return { kind: 'end', errno, words: undefined };
  let behind = 4;
  if (type === NLMSG_ERROR) {
    if (payload.length < 4 + HEADER) throw damaged('an error message without the header of the request');
    behind += flags & NLM_F_CAPPED ? HEADER : aligned(view.getUint32(4, true));
    const have = payload.length;
    if (behind > have) throw damaged(`an error message of ${have} bytes, expected ${behind} or more`);
  }
  return { kind: 'end', errno, words: wordsOf(attributesOf(payload.subarray(behind))) };
}

function answerOf(family: number, type: number, flags: number, payload: Uint8Array): Answer | undefined {
  if (type === NLMSG_ERROR || type === NLMSG_DONE) return endOf(type, flags, payload);
  // NLMSG_NOOP, NLMSG_OVERRUN
  if (type < NLMSG_MIN_TYPE) return undefined;
  if (type !== family) throw damaged(`a message of family ${type}, expected ${family}`);
  if (payload.length < GENERIC_HEADER) throw damaged('a message without a command');
  return { kind: 'data', attributes: attributesOf(payload.subarray(GENERIC_HEADER)) };
}

/**
 * What one datagram of the kernel's says to one request; messages to other requests are left out.
 * @throws SyscallError `EBADMSG` for what does not end where it says
 */
export function decodeAnswers(
  datagram: Uint8Array,
  { family, sequence }: Pick<Request, 'family' | 'sequence'>,
): Answer[] {
  const view = viewOf(datagram);
  const answers: Answer[] = [];
  for (let at = 0; at < datagram.length; ) {
    const left = datagram.length - at;
    if (left < HEADER) throw damaged(`${left} bytes where a message of ${HEADER} or more should be`);
    const length = view.getUint32(at, true);
    if (length < HEADER || length > left) {
      throw damaged(`a message of ${length} bytes, expected ${HEADER} to ${left}`);
    }
    if (view.getUint32(at + 8, true) === sequence) {
      const type = view.getUint16(at + 4, true);
      const flags = view.getUint16(at + 6, true);
      const answer = answerOf(family, type, flags, datagram.subarray(at + HEADER, at + length));
      if (answer) answers.push(answer);
    }
    at += aligned(length);
  }
  return answers;
}
