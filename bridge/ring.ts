import * as uapi from '../src/generated/constants.js';
import type {
  io_uring_params,
  io_uring_zcrx_area_reg,
  io_uring_zcrx_ifq_reg,
  Structs,
  zcrx_ctrl,
  zcrx_event_desc,
} from '../src/generated/structs.js';
import { decode } from '../src/layout/decode.js';
import { sizeOf } from '../src/layout/description.js';
import { encode, type Fields } from '../src/layout/encode.js';
import type { AbiRevision } from '../src/layout/revision.js';
import { wholeBigint, wholeNumber } from './check.js';
import { libc, O_CLOEXEC, O_NONBLOCK, SYS } from './libc.js';
import { JUDGED, judged } from './verdict/judge.js';
import { rings } from './verdict/known-rings.js';
import type { CheckOptions } from './verdict/types.js';

// The thin layer: each function is one system call on structs of the caller. The memory that a struct points to is the
// caller's to keep alive; `addressOf` tells where a buffer lies.

type io_uring_region_desc = Structs['io_uring_region_desc'];

const FD_LIMIT = 2 ** 31 - 1;

/** Address of the first byte of a view: valid as long as its buffer is neither collected, grown nor detached. */
export function addressOf(bytes: Uint8Array): bigint {
  return libc().address(bytes.buffer) + BigInt(bytes.byteOffset);
}

const opcodeNames = new Map(
  Object.entries(uapi).flatMap(([name, value]) =>
    /^IORING_(UN)?REGISTER_/.test(name) ? [[Number(value), name] as const] : [],
  ),
);

/** Bytes that the kernel reads, and mostly writes, at the argument: fewer would have it reach past them. */
const ARGUMENT_SIZES = new Map<number, number>([
  [uapi.IORING_REGISTER_EVENTFD, 4],
  [uapi.IORING_REGISTER_ZCRX_IFQ, sizeOf('io_uring_zcrx_ifq_reg')],
  [uapi.IORING_REGISTER_QUERY, sizeOf('io_uring_query_hdr')],
  [uapi.IORING_REGISTER_ZCRX_CTRL, sizeOf('zcrx_ctrl')],
]);
const PARAMS_SIZE = sizeOf('io_uring_params');
const LENGTH_LIMIT = 2 ** 40;

/**
 * io_uring_setup(2).
 * @param params 120 bytes of io_uring_params, updated in place
 * @returns the ring's descriptor, close-on-exec
 * @throws SyscallError
 */
export function io_uring_setup(entries: number, params: Uint8Array): number {
  wholeNumber('entries', entries, 1, 0xffff_ffff);
  wholeNumber('length of params', params.length, PARAMS_SIZE, PARAMS_SIZE);
  const fd = Number(
    libc().call('syscall', 'io_uring_setup', SYS.io_uring_setup, entries, addressOf(params), 0, 0, 0, 0),
  );
  const { flags } = decode('io_uring_params', params).fields;
  // With this flag it is the number of a registered ring, and no descriptor.
  if (!(flags & uapi.IORING_SETUP_REGISTERED_FD_ONLY)) rings.setUp(fd, flags);
  return fd;
}

/**
 * io_uring_enter(2) without a timeout.
 * @returns how many submissions were taken
 * @throws SyscallError
 */
export function io_uring_enter(fd: number, toSubmit: number, minComplete: number, flags: number): number {
  wholeNumber('fd', fd, 0, FD_LIMIT);
  wholeNumber('to_submit', toSubmit, 0, 0xffff_ffff);
  wholeNumber('min_complete', minComplete, 0, 0xffff_ffff);
  wholeNumber('flags', flags, 0, 0xffff_ffff);
  return Number(
    libc().call('syscall', 'io_uring_enter', SYS.io_uring_enter, fd, toSubmit, minComplete, flags, 0, 0),
  );
}

/**
 * io_uring_register(2).
 * @param fd the ring, or -1 for IORING_REGISTER_QUERY
 * @param arg the argument's bytes (updated in place), its address, or null
 * @throws SyscallError, of IORING_REGISTER_ZCRX_IFQ, _ZCRX_CTRL and _QUERY with all that is wrong in the call
 * @throws BridgeError `would-be-refused` where these three are checked before
 */
export function io_uring_register(
  fd: number,
  opcode: number,
  arg: Uint8Array | bigint | null,
  nrArgs: number,
  options: CheckOptions = {},
): number {
  wholeNumber('fd', fd, -1, FD_LIMIT);
  wholeNumber('opcode', opcode, 0, 0xffff_ffff);
  wholeNumber('nr_args', nrArgs, 0, 0xffff_ffff);
  if (arg instanceof Uint8Array)
    wholeNumber('length of arg', arg.length, ARGUMENT_SIZES.get(opcode) ?? 0, LENGTH_LIMIT);
  const address =
    arg === null
      ? 0n
      : typeof arg === 'bigint'
        ? wholeBigint('address', arg, 2n ** 64n - 1n)
        : addressOf(arg);
  const name = `io_uring_register(${opcodeNames.get(opcode) ?? opcode})`;
  const call = () =>
    Number(
      libc().call(
        'syscall',
        name,
        SYS.io_uring_register,
        fd,
        opcode,
        BigInt.asIntN(64, address),
        nrArgs,
        0,
        0,
      ),
    );
  const kind = JUDGED.get(opcode);
  if (!kind) return call();
  const bytes = arg instanceof Uint8Array ? arg : undefined;
  return judged({ kind, name, fd, nrArgs, address, bytes }, options, call);
}

/** A ring as `setup` returns it: its descriptor, and the params as the kernel completed them. */
export interface Setup {
  readonly fd: number;
  readonly params: io_uring_params;
}

/** {@link io_uring_setup} with the params as fields. */
export function setup(entries: number, fields: Fields<io_uring_params>): Setup {
  const bytes = encode('io_uring_params', fields);
  const fd = io_uring_setup(entries, bytes);
  return { fd, params: decode('io_uring_params', bytes).fields };
}

/** What a registration consists of; the pointers between the structs are filled in. */
export interface IfqRegistration {
  reg: Fields<io_uring_zcrx_ifq_reg>;
  area: Fields<io_uring_zcrx_area_reg>;
  region: Fields<io_uring_region_desc>;
  /** Without it the instance has neither events nor statistics. */
  event_desc?: Fields<zcrx_event_desc>;
}

/** The structs of a registration as the kernel completed them. */
export interface RegisteredIfq {
  readonly reg: io_uring_zcrx_ifq_reg;
  readonly area: io_uring_zcrx_area_reg;
  readonly region: io_uring_region_desc;
  /** The same, as bytes, with the event descriptor. */
  readonly bytes: {
    reg: Uint8Array;
    area: Uint8Array;
    region: Uint8Array;
    event_desc: Uint8Array | undefined;
  };
}

/**
 * Registers an instance of zero-copy receive with a ring (IORING_REGISTER_ZCRX_IFQ).
 * @throws LayoutError for a field that cannot be encoded, SyscallError for what the kernel refuses, with the cause
 * @throws BridgeError `would-be-refused` where it is checked before
 */
export function registerIfq(
  fd: number,
  { reg, area, region, event_desc }: IfqRegistration,
  options: CheckOptions = {},
): RegisteredIfq {
  const areaBytes = encode('io_uring_zcrx_area_reg', area);
  const regionBytes = encode('io_uring_region_desc', region);
  const descBytes = event_desc && encode('zcrx_event_desc', event_desc);
  const regBytes = encode('io_uring_zcrx_ifq_reg', {
    area_ptr: addressOf(areaBytes),
    region_ptr: addressOf(regionBytes),
    event_desc: descBytes ? addressOf(descBytes) : 0n,
    ...reg,
  });
  io_uring_register(fd, uapi.IORING_REGISTER_ZCRX_IFQ, regBytes, 1, options);
  return {
    reg: decode('io_uring_zcrx_ifq_reg', regBytes).fields,
    area: decode('io_uring_zcrx_area_reg', areaBytes).fields,
    region: decode('io_uring_region_desc', regionBytes).fields,
    bytes: { reg: regBytes, area: areaBytes, region: regionBytes, event_desc: descBytes },
  };
}

/**
 * Steers an instance (IORING_REGISTER_ZCRX_CTRL).
 * @returns the struct as the kernel completed it, as fields and as bytes
 * @throws LayoutError, SyscallError with the cause, BridgeError `would-be-refused` where it is checked before
 */
export function ctrl(
  fd: number,
  fields: Fields<zcrx_ctrl>,
  revision?: AbiRevision,
  options: CheckOptions = {},
): { fields: zcrx_ctrl; bytes: Uint8Array } {
  const inRevision = revision ? { revision } : {};
  const bytes = encode('zcrx_ctrl', fields, inRevision);
  io_uring_register(fd, uapi.IORING_REGISTER_ZCRX_CTRL, bytes, 0, options);
  return { fields: decode('zcrx_ctrl', bytes, inRevision).fields, bytes };
}

/** A non-blocking eventfd, close-on-exec. */
export function eventfd(): number {
  return Number(libc().call('eventfd', 'eventfd', 0, O_CLOEXEC | O_NONBLOCK));
}

/** Has an eventfd signalled for every completion of the ring. */
export function registerEventfd(fd: number, event: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, wholeNumber('event', event, 0, FD_LIMIT), true);
  io_uring_register(fd, uapi.IORING_REGISTER_EVENTFD, bytes, 1);
}
