import assert from 'node:assert/strict';
import type { Scenarios } from '../harness.js';

/** Cases that fail in every way there is, for the test that none of them takes its neighbours along. */
export default {
  'well behaved, first'() {},

  throws() {
    assert.equal(1, 2, 'one is not two');
  },

  'kills its process'() {
    process.kill(process.pid, 'SIGSEGV');
  },

  'ends its process'() {
    process.exit(3);
  },

  'throws where nobody catches'() {
    setTimeout(() => {
      throw new Error('thrown from a timer');
    });
    return new Promise(() => {});
  },

  'never ends': {
    timeoutMs: 300,
    run: () => new Promise(() => {}),
  },

  'prints half a line'() {
    process.stdout.write('half a line');
  },

  'does not apply'(t) {
    t.skip('not here');
  },

  'well behaved, last'() {},
} satisfies Scenarios;
