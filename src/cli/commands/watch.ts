import { type Command, Option } from 'commander';
import { addressNumber, positiveNumber, seconds, wholeNumber } from '../options.js';
import { addRecordOptions } from '../recording.js';
import type { Terminal } from '../terminal.js';
import type { WatchOptions } from '../watch/request.js';

const EXAMPLES = `
Nothing in the watched process is changed. Its refill region is mapped read-only, which keeps its ring alive until it is
detached: that happens a tenth of a second after it closed the ring. --read remote maps nothing and holds nothing.
Needs the right to trace the process: the same user and kernel.yama.ptrace_scope 0, or CAP_SYS_PTRACE (root).

What can be seen of another process: the two counters of its statistics, and how its refill ring moves. Notifications reach
only the process itself, so events are unknown, and that it starves is inferred and marked so (~).

Where the statistics lie in the region is recorded nowhere. Without --stats-offset or --entries, zcrx watch shows the
candidates with what speaks for each, and takes none of them.

Examples:
  zcrx watch --pid 4711                               its rings and instances, and where the statistics may lie
  zcrx watch --pid 4711 --entries 4096                the statistics where the planner puts them behind 4096 entries
  zcrx watch --pid 4711 --stats-offset 69632
  zcrx watch --name ingest --stats-offset 69632       every process of this name, also after a restart
  zcrx watch --pid 4711 --stats-offset 7/0=69632 --stats-offset 7/1=8192     ring 7, instances 0 and 1
  zcrx watch --pid 4711 --address 0x7f52c0000000 --entries 4096     a region in the process's own memory
  zcrx watch --pid 4711 --entries 4096 --record day.zcrx --interval 10 --rotate-size 1G --keep 20
  zcrx report day-*.zcrx --output day.html
  zcrx watch --name ingest --entries 4096 --prometheus 9464 --plain     metrics at http://127.0.0.1:9464/metrics
  zcrx watch --replay day-000001.zcrx                 a recording, as it was; says so

Keys in the live view: s sort, r reverse, arrows select, enter details, p pause, ? help, q quit.`;

const list = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
const pids = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  positiveNumber(text),
];

/** `zcrx watch`: the health of receivers in other processes. */
export function addWatch(program: Command, terminal: Terminal): void {
  const command = program
    .command('watch')
    .summary('health of receivers in other processes, live, without touching them')
    .description(
      'Attaches to instances of zero-copy receive in other processes and shows whether they are zero-copy, copying, or running out of buffers: one row an instance in a terminal, lines elsewhere.',
    )
    .option('--pid <pid>', 'a process; may be given several times', pids)
    .option('--name <name>', 'every process of this name, now and later; may be given several times', list)
    .option('--ring <fd>', 'only the ring with this descriptor in the process', wholeNumber)
    .option('--id <n>', 'only the instance with this zcrx id', wholeNumber)
    .option('--stats-offset <[ring/id=]bytes>', 'where the statistics lie in the region', list)
    .option('--entries <[ring/id=]n>', 'entries of the refill ring: with the layout, where they lie', list)
    .addOption(
      new Option(
        '--placement <name>',
        'layout that --entries is for: statistics on a page of their own, or not (default: the one that fits)',
      ).choices(['own-page', 'tight']),
    )
    .option('--no-stats', 'without the statistics: the refill ring alone')
    .option('--address <addr>', "where the region lies in the process's own memory", addressNumber)
    .addOption(
      new Option('--read <way>', 'map the region, or copy it out of the process, which holds nothing')
        .choices(['mapped', 'remote'])
        .default('mapped'),
    )
    .option('--device <name>', 'the device of the queue: counts buffers that its driver could not get')
    .option('--queue <n>', 'the receive queue, with --device', wholeNumber)
    .option('--no-sockets', 'do not look how many bytes wait in the sockets of the process')
    .option('--interval <ms>', 'milliseconds between samples, 1 to 60000', positiveNumber, 100)
    .option('--seconds <n>', 'how long; 0 until q or Ctrl-C', seconds, 0)
    .option('--prometheus <[host:]port>', 'serve metrics; on 127.0.0.1 unless a host is given')
    .option('--replay <file>', 'show a recording instead of processes')
    .option('--candidates', 'show where the statistics may lie, and end')
    .option('--plain', 'lines instead of a live view, also in a terminal')
    .option('--every <seconds>', 'between two lines of figures of an instance, in lines and JSON', seconds, 1)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES);
  addRecordOptions(command, 'every sample, for zcrx report and --replay').action(
    async (options: WatchOptions) => {
      const { requestOf, watch } = await import('../watch/index.js');
      await watch(requestOf(options), terminal);
    },
  );
}
