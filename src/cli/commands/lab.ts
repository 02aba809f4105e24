import type { Command } from 'commander';
import { jsonOption, positiveNumber } from '../options.js';
import type { Terminal } from '../terminal.js';

interface LabOptions {
  kernel: string;
  arch?: string;
  flavour?: string;
  memory: number;
  timeout: number;
  nic?: boolean;
  list?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  zcrx lab --kernel 7.3 -- zcrx probe
  zcrx lab --kernel 6.18 -- uname -a
  zcrx lab -- node -e 'console.log(require("os").release())'
  zcrx lab --arch arm64 --flavour 16k -- zcrx probe      pages of 16 KiB
  zcrx lab --nic -- sh -c 'ip address show zcrx0; grep . /sys/module/zcrx_nic/parameters/*'
  zcrx lab --list                          kernels that can be had

The guest has this package, this node and busybox; one of another architecture has Debian's node. Kernels are Debian's, fetched once and kept in ~/.cache/zcrx
(ZCRX_CACHE, XDG_CACHE_HOME). Programs that are missing are installed with apt-get if this is root on Debian;
otherwise the command to run is told.`;

async function list(terminal: Terminal, { arch: name, flavour, json }: LabOptions): Promise<void> {
  const { architecture, availableKernels, cachedKernels } = await import('../../lab/index.js');
  const arch = architecture(name);
  const cached = new Set((await cachedKernels(arch)).map(({ release }) => release));
  const kernels = (
    await availableKernels({ architecture: arch.name, flavour, progress: sayTo(terminal) })
  ).map(({ series, release }) => ({
    series,
    release,
    cached: cached.has(release),
  }));
  if (json) return terminal.write(`${JSON.stringify(kernels, null, 2)}\n`);
  for (const { series, release, cached: here } of kernels)
    terminal.write(`${series.padEnd(6)} ${release}${here ? '  (fetched)' : ''}\n`);
}

/** Messages about what takes a while go to standard error. */
const sayTo =
  (terminal: Terminal) =>
  (line: string): void =>
    terminal.complain(`zcrx: ${line}\n`);

async function runCommand(
  terminal: Terminal,
  command: readonly string[],
  options: LabOptions,
): Promise<void> {
  const lab = await import('../../lab/index.js');
  const { prepareLab } = await import('../run/lab.js');
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const say = sayTo(terminal);
  const selector = {
    ...lab.parseKernelSelector(options.kernel),
    architecture: lab.architecture(options.arch).name,
    flavour: options.flavour,
  };
  const kernel = await prepareLab(selector, say, controller.signal);
  const result = await lab.runInKernel({
    kernel,
    argv: command,
    onStdout: (chunk) => terminal.write(chunk),
    onStderr: (chunk) => void process.stderr.write(chunk),
    progress: say,
    signal: controller.signal,
    memoryMiB: options.memory,
    nic: options.nic ?? false,
    timeoutMs: options.timeout * 1000,
  });
  process.exitCode = lab.exitStatus(result);
}

/** `zcrx lab`: a command in a real kernel. */
export function addLab(program: Command, terminal: Terminal): void {
  program
    .command('lab')
    .summary('run a command in a real kernel in QEMU')
    .description(
      'Boots a released kernel in QEMU, under software emulation, and runs one command in it. Output and exit status are those of the command.',
    )
    .argument('[command...]', 'the command and its arguments, after --')
    .option('--kernel <series>', 'as 7.3, or <6.18 for the newest before that', '7.3')
    .option('--arch <name>', "amd64 or arm64; default: this machine's")
    .option('--flavour <name>', 'cloud, or on arm64 also 16k, with pages of 16 KiB; default: cloud')
    .option('--memory <mib>', 'memory of the guest in MiB', positiveNumber, 1024)
    .option('--timeout <seconds>', 'most seconds that the guest may live', positiveNumber, 600)
    .option('--nic', 'add a simulated network card, zcrx0, that receives without copying; 7.2 or later')
    .option('--list', 'list the kernels that can be had')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (command: string[], options: LabOptions) => {
      if (options.list) return list(terminal, options);
      if (command.length === 0) {
        const { UsageError } = await import('../errors.js');
        throw new UsageError('no command given: zcrx lab --kernel 7.3 -- zcrx probe');
      }
      await runCommand(terminal, command, options);
    });
}
