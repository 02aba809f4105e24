import type { Command } from 'commander';
import type { Probe } from '../../../bridge/index.js';
import { toJson } from '../../layout/json.js';
import { jsonOption } from '../options.js';
import type { Terminal } from '../terminal.js';

const EXAMPLES = `
Examples:
  zcrx probe
  zcrx probe --json | jq .missing
  zcrx lab --kernel 7.2 -- zcrx probe

Changes nothing and needs no privilege. Exit status 0 whatever it finds.`;

const yes = (value: boolean) => (value ? 'yes' : 'no');

/** What people want to know, as names and values. */
function rows(found: Probe): [string, string][] {
  const { zcrx, event, privileges } = found;
  return [
    ['kernel', `Linux ${found.kernel}, ${found.arch}, pages of ${found.pageSize} bytes`],
    ['query interface', yes(found.opcode !== undefined)],
    ['zero-copy receive control', zcrx ? `${zcrx.nr_ctrl_opcodes} operations` : 'no'],
    ['instances without a device', yes(found.nodev)],
    ['events and statistics', event ? `yes, revision ${found.revision}` : 'no'],
    ['statistics', event ? `${event.stats_size} bytes, aligned to ${event.stats_off_alignment}` : '-'],
    ['refill ring header', zcrx ? `${zcrx.rq_hdr_size} bytes, aligned to ${zcrx.rq_hdr_alignment}` : '-'],
    ['adding areas', zcrx ? yes(zcrx.nr_ctrl_opcodes > 3) : '-'],
    ['CAP_NET_ADMIN', yes(privileges.capNetAdmin)],
    ['locked memory', privileges.capIpcLock ? 'no limit (CAP_IPC_LOCK)' : `${privileges.memlock} bytes`],
  ];
}

function text(found: Probe, { paint }: Terminal): string {
  const lines = rows(found).map(([name, value]) => `${name.padEnd(28)}${value}`);
  if (found.missing.length === 0)
    return [...lines, paint('green', 'nothing is missing for zcrx run --backend kernel')].join('\n');
  return [
    ...lines,
    paint('yellow', 'missing for zcrx run --backend kernel:'),
    ...found.missing.map((each) => `  ${each}`),
  ].join('\n');
}

/** `zcrx probe`. */
export function addProbe(program: Command, terminal: Terminal): void {
  program
    .command('probe')
    .summary('what this kernel and this user can do, and which revision the kernel speaks')
    .description(
      'Asks the running kernel what it can do for zero-copy receive, and looks up what this process may.',
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async ({ json }: { json?: boolean }) => {
      const { probe } = await import('../../../bridge/index.js');
      const found = probe();
      terminal.write(json ? `${JSON.stringify(toJson(found), null, 2)}\n` : `${text(found, terminal)}\n`);
    });
}
