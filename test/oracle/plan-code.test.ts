import { expect, test } from 'vitest';
import { DEFAULT_CHOICE, planOf } from '../../src/explore/page/plan/choice.js';
import { planCode } from '../../src/explore/page/plan/code.js';
import { runC } from './compiler.js';
import { releasedDefinition } from './headers.js';

/** A program that makes the plan, and prints what the kernel would be given. */
const program = (code: string, includes: readonly string[]) => `
${['<stddef.h>', '<stdint.h>', '<stdio.h>', '<sys/mman.h>', ...includes].map((each) => `#include ${each}`).join('\n')}
int main(void) {
${code}
	printf("%u %llu %llu %d\\n", reg.rq_entries, (unsigned long long)region_desc.size,
	       (unsigned long long)events.stats_offset, region == MAP_FAILED);
	return 0;
}`;

test.each(['7.2', '7.3'])(
  'the C that the explorer gives compiles with the headers of Linux %s',
  async (series) => {
    const { includes, folders } = await releasedDefinition(series);
    for (const placement of ['tight', 'none'] as const) {
      const plan = planOf({ ...DEFAULT_CHOICE, entries: 100, placement });
      const { region_size, stats_offset = 0 } = plan.region;
      const out = await runC(program(planCode(plan), includes), folders);
      expect(out).toBe(`100 ${region_size} ${stats_offset} 0\n`);
    }
  },
);
