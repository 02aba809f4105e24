import { spawnSync } from 'node:child_process';
import { missingForLanguages } from '../prepare.mjs';

/** Whether to leave tests in these languages out, and says so; under CI they are to fail. */
export function skipWithout(...languages: string[]): boolean {
  const missing = missingForLanguages(...languages);
  if (missing !== '') console.log(`skipped: ${missing}`);
  return missing !== '' && !process.env.CI;
}

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
  /** What it complained of. */
  readonly errors: string;
}

/** Runs a program to its end. @throws Error if it cannot be started */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Ran {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  return { ok: status === 0, output: stdout, errors: stderr };
}
