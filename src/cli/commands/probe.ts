import type { Command } from 'commander';

/** Placeholder. */
export function addProbe(program: Command): void {
  program.command('probe', { hidden: true });
}
