import type { TestProject } from 'vitest/node';
import { findProgram } from '../../src/lab/command.js';
import { ensure, report } from './install.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** What is missing for tests in a browser, in one line; empty if nothing is. */
    browserMissing: string;
  }
}

/** Gets the machine ready for the tests in a browser. */
export default function prepare(project: TestProject): void {
  ensure('chromium', 'chromium');
  project.provide(
    'browserMissing',
    report('tests in a browser', findProgram('chromium') ? [] : ['chromium']),
  );
}
