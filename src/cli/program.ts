import { Command, CommanderError } from 'commander';
import { addCheck } from './commands/check.js';
import { addDecode } from './commands/decode.js';
import { addEncode } from './commands/encode.js';
import { addExplore } from './commands/explore.js';
import { addLab } from './commands/lab.js';
import { addLayout } from './commands/layout.js';
import { addPlan } from './commands/plan.js';
import { addProbe } from './commands/probe.js';
import { addReport } from './commands/report.js';
import { addRun } from './commands/run.js';
import { addVerify } from './commands/verify.js';
import { addWatch } from './commands/watch.js';
import { EXIT_USAGE, errorLine, exitStatusOf, UsageError } from './errors.js';
import { processTerminal, type Terminal } from './terminal.js';
import { packageVersion } from './version.js';

/** The program with all its commands. What is heavy to load, a command loads when it is run. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('zcrx')
    .description('io_uring zero-copy receive: binary layouts, and what the running kernel says')
    .version(packageVersion())
    .showHelpAfterError(false)
    .exitOverride()
    // Errors are printed in one place, runProgram.
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.complain(text),
      outputError: () => {},
    });
  // Commands inherit the settings above when they are added.
  addRun(program, terminal);
  addProbe(program, terminal);
  addLayout(program, terminal);
  addEncode(program, terminal);
  addDecode(program, terminal);
  addPlan(program, terminal);
  addCheck(program, terminal);
  addVerify(program, terminal);
  addWatch(program, terminal);
  addReport(program, terminal);
  addExplore(program, terminal);
  addLab(program, terminal);
  return program;
}

/**
 * Runs the program with arguments, without the names of node and the script.
 * @returns the exit status: 0, 1 for an operation that failed, 2 for bad usage or input
 */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    if (args.length === 0) throw new UsageError('no command given; zcrx --help lists them');
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // The whole help was shown on stderr instead of an error.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_USAGE;
    terminal.complain(`${errorLine(error, Boolean(process.env.ZCRX_DEBUG))}\n`);
    return exitStatusOf(error);
  }
}
