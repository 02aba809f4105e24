// The conformance cases on an instance of zcrx.wasm, in any host of JavaScript: numbers, and offsets in its memory.

import { runFuzz } from './fuzz.mjs';

const ROOM = 192 * 1024;
const PAGE = 64 * 1024;

/** Compiles the module, and makes its memory large enough before any view is taken: growing detaches them. */
export function openHost(bytes) {
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module);
  const base = exports.scratch();
  const missing = base + ROOM - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = exports.memory;
  return { exports, base, bytes: new Uint8Array(buffer), wide: wideParameters(module) };
}

/** Which parameters of each export are 64 bits, and so bigints here: the module describes itself. */
function wideParameters(module) {
  const [section] = WebAssembly.Module.customSections(module, 'zcrx.layout');
  const { exports } = JSON.parse(new TextDecoder().decode(section));
  return new Map(exports.map(({ name, parameters }) => [name, parameters.map(({ type }) => type === 'u64')]));
}

/** `@N` is N bytes behind `scratch()`; anything else is a number. */
const numberOf = (text, { base }) =>
  text.startsWith('@') ? BigInt(base) + BigInt(text.slice(1)) : BigInt(text);

/** Calls an export; the result's bits as an unsigned number. */
export function call(host, name, args) {
  const wide = host.wide.get(name);
  if (!wide) throw new Error(`zcrx.wasm exports no ${name}`);
  const values = args.map((text, i) => (wide[i] ? numberOf(text, host) : Number(numberOf(text, host))));
  const result = host.exports[name](...values);
  return typeof result === 'bigint' ? BigInt.asUintN(64, result) : BigInt((result ?? 0) >>> 0);
}

/** The text that an export's result stands for: its offset in the low half, its length in the high half. */
export function textOf({ bytes }, result) {
  const at = Number(result & 0xffff_ffffn);
  return new TextDecoder('latin1').decode(bytes.subarray(at, at + Number(result >> 32n)));
}

export function write(host, place, hex) {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  host.bytes.set(bytes, Number(numberOf(place, host)));
}

export function read(host, place, length) {
  const at = Number(numberOf(place, host));
  return Array.from(host.bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}

/** What a step shows where it should show something else, or undefined. */
function problemOf(host, step) {
  if (step.write) return write(host, step.write, step.hex);
  const got = step.read ? read(host, step.read, step.hex.length / 2) : call(host, step.call, step.args);
  if (step.text !== undefined) return textOf(host, got) === step.text ? undefined : textOf(host, got);
  const expected = step.read ? step.hex : step.returns;
  return expected === undefined || expected === String(got) ? undefined : String(got);
}

/** The first step of a case that does not hold, in words, or undefined; a trap is one too. */
function failureOf(host, steps) {
  for (const step of steps) {
    try {
      const got = problemOf(host, step);
      if (got !== undefined) return `${JSON.stringify(step)} gave ${got}`;
    } catch (error) {
      return `${JSON.stringify(step)} failed: ${error.message}`;
    }
  }
  return undefined;
}

/** Runs one file of the conformance data; `complain` hears of each case that fails. */
export function runFile(host, { abi_version, cases = [], digests, ...fuzz }, complain) {
  const version = host.exports.abi_version();
  if (version !== abi_version) throw new Error(`interface ${version}, expected ${abi_version}`);
  if (digests) return runFuzz(host, { digests, ...fuzz }, complain);
  let failed = 0;
  for (const { name, steps } of cases) {
    const failure = failureOf(host, steps);
    if (failure === undefined) continue;
    complain(`${name}: ${failure}`);
    failed++;
  }
  return { passed: cases.length - failed, failed };
}
