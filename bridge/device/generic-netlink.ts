// The kernel's generic netlink, by which its parts answer questions. Every answer is there when the question has been
// sent: nothing here waits.

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { adopt } from '../descriptor.js';
import { BridgeError, isSyscallError, SyscallError } from '../errors.js';
import { libc, O_CLOEXEC, O_NONBLOCK } from '../libc.js';
import {
  type Attributes,
  type AttributeValue,
  decodeAnswers,
  encodeRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  unsigned,
} from './netlink.js';

const { EBADMSG, EMSGSIZE } = constants.errno;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_GENERIC = 16;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
/** Makes `recv` tell how many bytes a datagram has, even if there was no room for all of them. */
const MSG_TRUNC = 0x20;
/** Bytes of struct sockaddr_nl; all zero but the family, it is the kernel's address. */
const ADDRESS = 12;
/** Bytes: the kernel makes no message of a dump longer, however much room there is (netlink_recvmsg). */
const ROOM = 32_768;
/** For an answer in parts; the largest of devices has thousands of queues, of some 200 bytes each. */
const MOST_DATAGRAMS = 1000;

/** The family that knows the others. */
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;

/** How errors call the search for a family; `ENOENT` is that the kernel has none of the name. */
export const FAMILY_LOOKUP = 'CTRL_CMD_GETFAMILY';

/** What is asked. */
export interface Question {
  /** As errors call it: `NETDEV_CMD_QSTATS_GET`. */
  readonly name: string;
  readonly command: number;
  readonly attributes: readonly (readonly [number: number, value: AttributeValue])[];
  /** All there are of something, instead of one. */
  readonly dump?: boolean;
}

function openSocket(): number {
  const { call } = libc();
  // The flags of a socket are those of a file (SOCK_NONBLOCK, SOCK_CLOEXEC).
  const type = SOCK_RAW | O_NONBLOCK | O_CLOEXEC;
  const fd = adopt(Number(call('socket', 'socket(AF_NETLINK)', AF_NETLINK, type, NETLINK_GENERIC)));
  try {
    const on = new Uint8Array([1, 0, 0, 0]);
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
      call('setsockopt', 'setsockopt(SOL_NETLINK)', fd, SOL_NETLINK, option, on, on.length);
    }
    const kernel = new Uint8Array(ADDRESS);
    kernel[0] = AF_NETLINK;
    // So that nobody but the kernel can send to this socket.
    call('connect', 'connect(AF_NETLINK)', fd, kernel, kernel.length);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A socket for one family of generic netlink. It belongs to the network namespace that the process was in when it was made. */
export class GenericNetlink {
  readonly family: string;
  private readonly id: number;
  private fd: number | undefined;
  private sequence = 0;
  private readonly room = new Uint8Array(ROOM);

  /**
   * @param family its name, as `netdev`
   * @throws SyscallError `ENOENT` where the kernel has no such family
   */
  constructor(family: string) {
    this.family = family;
    this.fd = openSocket();
    try {
      this.id = this.familyNumber();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private familyNumber(): number {
    const name = FAMILY_LOOKUP;
    const [found] = this.exchange(GENL_ID_CTRL, {
      name,
      command: CTRL_CMD_GETFAMILY,
      attributes: [[CTRL_ATTR_FAMILY_NAME, this.family]],
    });
    const id = found && unsigned(found, CTRL_ATTR_FAMILY_ID);
    if (id === undefined) throw new SyscallError(name, EBADMSG, 'the answer names no family');
    return Number(id);
  }

  /**
   * Asks the family. The call lasts as long as the kernel takes, which may have to wait for a driver that is being set up.
   * @returns the attributes of each message of the answer
   * @throws SyscallError by the name of the question, with the kernel's own words. The socket is closed then if the rest of
   * an answer may be in it, see `closed`
   * @throws BridgeError `closed`
   */
  ask(question: Question): Attributes[] {
    return this.exchange(this.id, question);
  }

  private exchange(family: number, { name, command, attributes, dump = false }: Question): Attributes[] {
    const fd = this.open();
    this.sequence = (this.sequence + 1) >>> 0;
    const { sequence } = this;
    const flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
    const request = encodeRequest({ family, command, flags, sequence, attributes });
    let end: { readonly errno: number; readonly words: string | undefined } | undefined;
    const found: Attributes[] = [];
    try {
      libc().call('send', `send(${name})`, fd, request, request.length, 0);
      for (let i = 0; end === undefined; i++) {
        if (i === MOST_DATAGRAMS) throw new SyscallError(name, EMSGSIZE, 'the answer has no end');
        for (const answer of decodeAnswers(this.receive(fd, name), { family, sequence })) {
          if (answer.kind === 'data') found.push(answer.attributes);
          else end = answer;
        }
      }
    } catch (error) {
      this.close();
      throw error;
    }
    const { errno, words } = end;
    if (errno !== 0) throw new SyscallError(name, errno, words && `the kernel says: ${words}`);
    return found;
  }

  /** The next datagram, a copy. */
  private receive(fd: number, name: string): Uint8Array {
    const { room } = this;
    const length = this.receiveInto(room, fd, name);
    if (length > room.length) {
      const words = `an answer of ${length} bytes, of which ${room.length} came`;
      throw new SyscallError(name, EMSGSIZE, words);
    }
    return room.slice(0, length);
  }

  /** @returns bytes of the datagram, of which there may be more than there is room for */
  private receiveInto(room: Uint8Array, fd: number, name: string): number {
    try {
      return Number(libc().call('recv', `recv(${name})`, fd, room, room.length, MSG_TRUNC));
    } catch (error) {
      if (!isSyscallError(error) || error.errno !== 'EAGAIN') throw error;
      throw error.because('the kernel gave no answer');
    }
  }

  private open(): number {
    if (this.fd === undefined) throw new BridgeError('closed', `the socket for ${this.family} is closed`);
    return this.fd;
  }

  get closed(): boolean {
    return this.fd === undefined;
  }

  /** More than once does no harm. */
  close(): void {
    const { fd } = this;
    this.fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}
