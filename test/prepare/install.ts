import { spawnSync } from 'node:child_process';
import { findProgram } from '../../src/lab/command.js';

/** Whether this is root on a machine with apt: then what tests need is installed, as CI has to. */
export const canInstall = (): boolean => process.getuid?.() === 0 && findProgram('apt-get') !== undefined;

/** Installs Debian packages unless the program is there, where that is possible. */
export function ensure(program: string, ...packages: readonly string[]): void {
  if (findProgram(program) || !canInstall()) return;
  console.log(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

/** What is missing as one line, told to people; under CI that ends the run. */
export function report(what: string, missing: readonly string[]): string {
  if (missing.length === 0) return '';
  const text = `${what} need ${missing.join(', ')}`;
  if (process.env.CI) throw new Error(text);
  console.log(`skipped: ${text}`);
  return text;
}
