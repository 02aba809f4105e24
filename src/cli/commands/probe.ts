import type { Command } from 'commander';
import type { Probe } from '../../../bridge/index.js';
import { toJson } from '../../layout/json.js';
import { UsageError } from '../errors.js';
import { jsonOption, wholeNumber } from '../options.js';
import { deviceText, reportOn } from '../probe/device.js';
import type { Terminal } from '../terminal.js';

interface ProbeOptions {
  readonly device?: string;
  readonly queue?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  zcrx probe
  zcrx probe --json | jq .missing
  zcrx lab --kernel 7.2 -- zcrx probe
  zcrx probe --device eth0                 and whether its last queue is ready, what is to be mended, how to steer
  zcrx probe --device eth0 --queue 3 --json | jq '.device.problems'

Changes nothing and needs no privilege; of some devices root learns more. Exit status 0 whatever it finds, 1 if
there is no such device.`;

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
    .option('--device <name>', 'what is known of a network device too, as eth0')
    .option('--queue <n>', 'which of its receive queues is meant; default the last', wholeNumber)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async ({ device: name, queue, json }: ProbeOptions) => {
      if (queue !== undefined && name === undefined)
        throw new UsageError(`--queue ${queue} is a queue of a device: name it too, with --device NAME`);
      const { probe } = await import('../../../bridge/index.js');
      const found = probe();
      const device = name === undefined ? undefined : await reportOn(name, queue);
      if (json) {
        terminal.write(`${JSON.stringify(toJson(device ? { ...found, device } : found), null, 2)}\n`);
        return;
      }
      terminal.write(`${text(found, terminal)}\n`);
      if (device) terminal.write(`\n${deviceText(device, terminal.paint)}\n`);
    });
}
