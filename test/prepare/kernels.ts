import type { TestProject } from 'vitest/node';
import { findProgram } from '../../src/lab/command.js';
import { installPrerequisites, missingPrerequisites } from '../../src/lab/index.js';
import { canInstall, ensure, report } from './install.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** What is missing for tests on real kernels and their headers, in one line; empty if nothing is. */
    labMissing: string;
  }
}

/** Gets the machine ready for the tests that need real kernels and a C compiler. */
export default async function prepare(project: TestProject): Promise<void> {
  ensure('gcc', 'gcc', 'libc6-dev');
  if (canInstall()) await installPrerequisites({ progress: (line) => console.log(line) });
  const missing = missingPrerequisites().map(({ name, package: debian }) => `${name} (Debian: ${debian})`);
  if (!findProgram('gcc')) missing.push('gcc (Debian: gcc libc6-dev)');
  project.provide('labMissing', report('tests on real kernels', missing));
}
