import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { findProgram } from '../src/lab/command.js';
import { installPrerequisites, missingPrerequisites } from '../src/lab/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** What is missing for tests on real kernels, in one line; empty if nothing is. */
    labMissing: string;
  }
}

const canInstall = () => process.getuid?.() === 0 && findProgram('apt-get') !== undefined;

/** A C compiler: the headers are proved against the compiler's own idea of them. */
function installCompiler(): void {
  if (findProgram('gcc') && findProgram('readelf')) return;
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'gcc', 'libc6-dev', 'binutils'], {
    stdio: 'inherit',
  });
}

/**
 * Gets the machine ready for the tests that need a C compiler and real kernels: on Debian as root by installing, anywhere
 * else by finding out what is missing, so that those tests can say so. Under CI missing parts fail the run.
 */
export default async function prepare(project: TestProject): Promise<void> {
  if (canInstall()) {
    installCompiler();
    await installPrerequisites({ progress: (line) => console.log(line) });
  }
  const missing = missingPrerequisites().map(({ name, package: debian }) => `${name} (Debian: ${debian})`);
  if (!findProgram('gcc')) missing.push('gcc (Debian: gcc libc6-dev)');
  const text = missing.length > 0 ? `tests on real kernels need ${missing.join(', ')}` : '';
  if (text && process.env.CI) throw new Error(text);
  if (text) console.log(`skipped: ${text}`);
  project.provide('labMissing', text);
}
