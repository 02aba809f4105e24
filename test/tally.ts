import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one line that any reader of logs understands. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      for (const state of states) count[state]++;
      // a file that could not be loaded has no tests to fail, and where a preparation failed they are skipped
      if (module.state() === 'failed' && !states.includes('failed')) count.failed++;
    }
    const skipped = count.skipped + count.pending;
    console.log(
      `\n${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    );
  }
}
