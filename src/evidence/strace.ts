import { IORING_REGISTER_USE_REGISTERED_RING } from '../generated/constants.js';
import { setByName } from '../layout/description.js';
import { EvidenceError, isEvidenceError } from './error.js';
import type { CallOutcome, Evidence } from './evidence.js';
import { kindOf, Notation, type Value } from './notation.js';
import { CALLS } from './parts.js';
import type { Source } from './source.js';
import { Argument } from './strace-argument.js';
import { type TracedCall, tracedCalls } from './strace-lines.js';

export { STAND_IN_ADDRESS } from './strace-argument.js';

const opcodes = new Map(
  setByName('io_uring_register_op').revisions.event.entries.map(({ name, value }) => [name, Number(value)]),
);

/**
 * Reads the calls of io_uring_register in output of strace, of any version, with any of its prefixes. Calls of other
 * operations are given too, with `opcode` and `outcome` but without `call`; of one that cannot be read, among others that
 * can, only `line` and the reason in `notes`.
 *
 * ```ts
 * const [{ structs, outcome }] = readStrace('io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, {if_idx=2, …}, 1) = -1 EINVAL (Invalid argument)');
 * structs?.reg?.if_idx; // 2n
 * outcome?.errno; // 'EINVAL'
 * ```
 *
 * @throws EvidenceError `syntax` with line and column, `nothing-found` if there is no such call, `too-large`
 */
export function readStrace(text: string): Evidence[] {
  const calls = tracedCalls(text);
  if (calls.length === 0) {
    throw new EvidenceError(
      'nothing-found',
      'the strace input has no io_uring_register(…), expected a line as strace -f -e trace=io_uring_register writes it',
    );
  }
  let failure: unknown;
  const read = calls.map((call): Evidence => {
    try {
      return readCall(call);
    } catch (error) {
      if (!isEvidenceError(error)) throw error;
      failure ??= error;
      // A line that was cut off in copying does not make the others useless.
      return { source: 'strace', line: call.line, notes: [error.message] };
    }
  });
  if (read.every(({ opcode }) => opcode === undefined)) throw failure;
  return read;
}

function readCall(traced: TracedCall): Evidence {
  const { source, complete } = traced;
  const notation = new Notation(source, 0, !complete);
  const fd = argument(notation, source, 'the descriptor');
  expectComma(notation, source);
  const operation = argument(notation, source, 'the operation');
  const { opcode, registered } = operationOf(source, operation);
  const call = CALLS.find((each) => each.opcode === opcode);
  const common: Evidence = {
    source: 'strace',
    ...(call ? { call: call.name } : {}),
    opcode,
    registered_ring: registered,
    ...fdOf(source, fd),
    line: traced.line,
    ...(traced.pid === undefined ? {} : { pid: traced.pid }),
    outcome: outcomeOf(source),
    notes: [],
  };
  const notes = complete ? [] : ['the trace does not tell how the call ended'];
  if (!call) return { ...common, notes: [...notes, `operation ${opcode} is none of zero-copy receive`] };
  if (!notation.accept(',')) {
    if (complete) throw unexpected(notation, source, '"," and the argument');
    return { ...common, notes: [...notes, 'the trace breaks off before the argument'] };
  }
  const given = argument(notation, source, 'the argument');
  const nrArgs = notation.accept(',') ? argument(notation, source, 'nr_args') : undefined;
  if (complete && !notation.accept(')')) throw unexpected(notation, source, '")" behind four arguments');
  if (complete && nrArgs?.kind !== 'number') throw unexpected(notation, source, 'nr_args as a number');
  const counted = nrArgs?.kind === 'number' ? { nr_args: Number(nrArgs.value) } : {};
  const read = new Argument(source, call, counted.nr_args).read(given);
  return { ...common, ...counted, ...read, notes: [...notes, ...read.notes] };
}

/** One of the four arguments; `-N` writes its name before it. */
function argument(notation: Notation, source: Source, what: string): Value {
  notation.name();
  const { position } = notation;
  if (source.text.slice(position).trim() === '') throw unexpected(notation, source, what);
  return notation.value();
}

function expectComma(notation: Notation, source: Source): void {
  if (!notation.accept(',')) throw unexpected(notation, source, '","');
}

function unexpected(notation: Notation, source: Source, expected: string): EvidenceError {
  const at = notation.position;
  const found =
    at >= source.text.length ? 'the line ends' : `found ${JSON.stringify(source.text.slice(at, at + 16))}`;
  return source.errorAt(at, `${found}, expected ${expected}`);
}

function fdOf(source: Source, fd: Value): { fd: number; fd_target?: string } {
  if (fd.kind !== 'number') throw source.errorAt(fd.at, `the descriptor is ${kindOf(fd)}, expected a number`);
  const target = /^-?\w+<((?:[^<>]|->)*)>/.exec(source.text.slice(fd.at))?.[1];
  return { fd: Number(BigInt.asIntN(32, fd.value)), ...(target === undefined ? {} : { fd_target: target }) };
}

/** `IORING_REGISTER_ZCRX_IFQ`, `0x20`, either with the flag for registered rings by name or in the number. */
function operationOf(source: Source, value: Value): { opcode: number; registered: boolean } {
  const terms =
    value.kind === 'names' ? value.text.split('|') : value.kind === 'number' ? [`${value.value}`] : [];
  let number = 0n;
  for (const term of terms) {
    if (term === 'IORING_REGISTER_USE_REGISTERED_RING') number |= BigInt(IORING_REGISTER_USE_REGISTERED_RING);
    else if (/^\d/.test(term)) number |= BigInt(term);
    else {
      const known = opcodes.get(term);
      if (known === undefined)
        throw source.errorAt(value.at, `no operation of io_uring_register is called ${term}`);
      number |= BigInt(known);
    }
  }
  if (terms.length === 0 || number < 0n || number > 0xffff_ffffn)
    throw source.errorAt(value.at, 'no operation, expected a name or a number of 32 bits');
  const flag = BigInt(IORING_REGISTER_USE_REGISTERED_RING);
  return { opcode: Number(number & ~flag), registered: (number & flag) !== 0n };
}

/** `= -1 EINVAL (Invalid argument)`, `= 0`, `= 5<anon_inode:[zcrx]>`; of what was interrupted neither is known. */
function outcomeOf({ text }: Source): CallOutcome {
  const [, value = '', errno] = /\)\s+= (-?\d+|0x[\da-f]+|\?)(?:\s+(E[A-Z\d]+)\b)?/.exec(text) ?? [];
  if (errno !== undefined) return { errno };
  return value === '' || value === '?' ? {} : { value: BigInt(value) };
}
