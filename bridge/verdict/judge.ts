import * as uapi from '../../src/generated/constants.js';
import { BridgeError, isSyscallError, type SyscallError } from '../errors.js';
import { isKnownKernel, situationOf } from './call.js';
import { KNOWN_KERNELS } from './doubts.js';
import { explained, refuseForeseen } from './explain.js';
import { rings } from './known-rings.js';
import { AT, type Piece, pieceOf, piecesOf, u32 } from './pieces.js';
import { readProcess } from './read.js';
import type { CheckOptions, Request } from './types.js';

/** The operations whose outcome can be foretold. */
export const JUDGED: ReadonlyMap<number, Request['kind']> = new Map([
  [uapi.IORING_REGISTER_ZCRX_IFQ, 'register_ifq'],
  [uapi.IORING_REGISTER_ZCRX_CTRL, 'zcrx_ctrl'],
  [uapi.IORING_REGISTER_QUERY, 'query'],
]);

function checkOf(options: CheckOptions): boolean {
  const check: unknown = options.check;
  if (check === undefined || check === 'before') return check === 'before';
  throw new BridgeError('bad-option', `check is ${String(check)}, expected before, or nothing`);
}

/** The structs as they are before the call, or why they cannot be looked at. */
function look(request: Request): Piece[] | SyscallError {
  try {
    return piecesOf(request);
  } catch (error) {
    if (isSyscallError(error)) return error;
    throw error;
  }
}

/** The argument as the kernel left it. */
function written(request: Request, length: number): { bytes: Uint8Array } {
  return { bytes: request.bytes ?? readProcess(request.address, length) };
}

function noteRegistered(request: Request, pieces: readonly Piece[]): void {
  const reg = pieceOf(pieces, 'reg');
  if (!reg) return;
  const after = written(request, reg.bytes.length);
  const id = u32(after, AT.reg_id);
  const flags = u32(reg, AT.reg_flags);
  if (flags & uapi.ZCRX_REG_IMPORT) {
    rings.imported(request.fd, id, u32(reg, AT.if_idx));
    return;
  }
  rings.registered(request.fd, id, {
    nodev: (flags & uapi.ZCRX_REG_NODEV) !== 0,
    eventMask: u32(pieceOf(pieces, 'event_desc'), AT.type_mask),
    entries: u32(after, AT.rq_entries),
  });
}

function noteControlled(request: Request, [ctrl]: readonly Piece[]): void {
  const op = u32(ctrl, AT.ctrl_op);
  if (op === uapi.ZCRX_CTRL_FLUSH_RQ) return;
  const id = u32(ctrl, AT.ctrl_id);
  if (op === uapi.ZCRX_CTRL_ARM_EVENT) rings.armed(request.fd, id, u32(ctrl, AT.event_type));
  else if (op === uapi.ZCRX_CTRL_ADD_AREA) rings.areaAdded(request.fd, id);
  else if (op === uapi.ZCRX_CTRL_EXPORT) {
    const after = written(request, ctrl?.bytes.length ?? 0);
    rings.exportedFrom(request.fd, id, u32(after, AT.exported_fd));
  }
}

/** What a call that succeeded has changed. */
function note(request: Request, pieces: readonly Piece[]): void {
  if (request.kind === 'zcrx_ctrl') noteControlled(request, pieces);
  else if (request.kind === 'register_ifq') noteRegistered(request, pieces);
}

function explain(error: SyscallError, request: Request, pieces: Piece[] | SyscallError): SyscallError {
  if (!Array.isArray(pieces)) return error.because(`its structs cannot be looked at here: ${pieces.message}`);
  if (!isKnownKernel())
    return error.because(`the checks of this kernel are not known, only ${KNOWN_KERNELS}`);
  try {
    return explained(error, situationOf(request, pieces), pieces);
  } catch (failure) {
    // What the kernel said must not be lost over it.
    return error.because(`this could not be looked into: ${String(failure)}`);
  }
}

/**
 * Makes a call of io_uring_register whose outcome can be foretold: before it, if asked, whether the kernel would refuse,
 * and after a refusal why.
 * @throws BridgeError `would-be-refused`, `bad-option`
 * @throws SyscallError with the explanation
 */
export function judged(request: Request, options: CheckOptions, call: () => number): number {
  const isAsked = checkOf(options);
  const pieces = look(request);
  if (isAsked && Array.isArray(pieces) && isKnownKernel())
    refuseForeseen(request, situationOf(request, pieces));
  let result: number;
  try {
    result = call();
  } catch (error) {
    throw isSyscallError(error) ? explain(error, request, pieces) : error;
  }
  if (Array.isArray(pieces)) note(request, pieces);
  else rings.forget(request.fd);
  return result;
}
