import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts } from './facts.js';

/** Compiles a C program against the given header folders, looked at before the machine's own, and runs it. */
export async function runC(source: string, include: readonly string[], input = ''): Promise<string> {
  return await withCompiled(source, include, [], (program) => run(program, [], input));
}

/** The object file that the compiler makes of C source. */
export async function compileObject(
  source: string,
  include: readonly string[],
  options: readonly string[],
): Promise<Buffer> {
  return await withCompiled(source, include, ['-c', ...options], (file) => readFile(file));
}

async function withCompiled<T>(
  source: string,
  include: readonly string[],
  options: readonly string[],
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'zcrx-oracle-'));
  try {
    const file = join(folder, 'oracle.c');
    const made = join(folder, 'oracle');
    await writeFile(file, source);
    const system = include.flatMap((path) => ['-isystem', path]);
    await run(
      'gcc',
      ['-std=gnu11', '-Wall', '-Wextra', '-Werror', ...options, ...system, '-o', made, file],
      '',
    );
    return await use(made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The output of a program of {@link probeProgram}. A name that comes twice is an error. */
export function parseFacts(output: string): Facts {
  const facts: Facts = {};
  for (const line of output.trimEnd().split('\n')) {
    const { name, value } = JSON.parse(line) as { name: string; value: string };
    if (name in facts) throw new Error(`${name} is printed twice`);
    facts[name] = value;
  }
  return facts;
}

function run(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${program} ended with ${status}:\n${errors}`));
    });
    // A program that ends before it has read all says why by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
