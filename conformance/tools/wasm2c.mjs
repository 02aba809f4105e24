// The program that runs the conformance data in C, with the module made C by wasm2c.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../dist/src/lab/command.js';
import { fetchHeaders } from '../../dist/src/lab/index.js';

const SOURCE = fileURLToPath(new URL('../hosts/wasm2c/', import.meta.url));
/** The kernel whose headers the structs are compared with. */
const SERIES = '7.3';
const RUNTIME = '/usr/share/wabt/wasm2c';
const OWN_FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'];

/** A line for each export of the header that wasm2c wrote: how it is called with arguments from an array. */
function exportsTable(header) {
  const declared = [...header.matchAll(/^(\w+) Z_zcrxZ_(\w+)\(Z_zcrx_instance_t\*([^)]*)\);$/gm)];
  const count = [...header.matchAll(/^\/\* export: /gm)].length;
  // All but the memory are functions.
  if (declared.length === 0 || declared.length !== count - 1) {
    throw new Error('wasm2c wrote a header of another kind than that of wabt 1.0.32');
  }
  const lines = declared.map(([, result, name, parameters]) => {
    const args = parameters.split(',').slice(1);
    const words = [name, ...args.map((_, i) => `a[${i}]`)].join(', ');
    return `${result === 'void' ? 'RETURNS_NOTHING' : 'RETURNS'}(${words})\n`;
  });
  return lines.join('');
}

/** Compiles the program into `folder`, an empty one, and gives its path. */
export async function buildWasm2c(folder, wasm, progress) {
  const { include } = await fetchHeaders(SERIES, { progress });
  progress('compiling with wasm2c and gcc');
  const made = join(folder, 'zcrx');
  await runCommand('wasm2c', [wasm, '--module-name', 'zcrx', '-o', `${made}.c`]);
  writeFileSync(join(folder, 'exports.h'), exportsTable(readFileSync(`${made}.h`, 'utf8')));

  // What wabt wrote has warnings of its own.
  const system = [folder, RUNTIME, ...include].flatMap((path) => ['-isystem', path]);
  const others = [`${made}.c`, join(RUNTIME, 'wasm-rt-impl.c')];
  const objects = others.map((_, i) => join(folder, `${i}.o`));
  for (const [i, file] of others.entries()) {
    await runCommand('gcc', ['-O2', '-w', ...system, '-c', file, '-o', objects[i]]);
  }
  const own = readdirSync(SOURCE).filter((name) => name.endsWith('.c'));
  const program = join(folder, 'wasm2c');
  const files = [...own.map((name) => join(SOURCE, name)), ...objects];
  await runCommand('gcc', [...OWN_FLAGS, ...system, '-o', program, ...files, '-lcjson', '-lm']);
  return program;
}
