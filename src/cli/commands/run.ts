import type { Command } from 'commander';

/** Placeholder. */
export function addRun(program: Command): void {
  program.command('run', { hidden: true });
}
