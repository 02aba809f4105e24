import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fetchHeaders } from '../../../src/lab/index.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const BUILD = fileURLToPath(new URL('../../../build/c', import.meta.url));
/** Whose headers are used; what the programs use of them is the same in 7.2. */
const SERIES = '7.3';

/** Compiles a program of this folder over the kernel's headers, linked statically; once for each state of its source. */
export async function compileProgram(name: string): Promise<string> {
  const source = join(FOLDER, `${name}.c`);
  const { include } = await fetchHeaders(SERIES);
  const key = [await readFile(source), ...include].join('\0');
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const program = join(BUILD, `${name}-${digest}`);
  if (existsSync(program)) return program;
  await mkdir(BUILD, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  const options = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-pthread'];
  const system = include.flatMap((folder) => ['-isystem', folder]);
  await promisify(execFile)('gcc', [...options, ...system, '-o', fresh, source]);
  await rename(fresh, program);
  return program;
}
