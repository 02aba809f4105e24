import type { Command } from 'commander';

/** Placeholder. */
export function addLab(program: Command): void {
  program.command('lab', { hidden: true });
}
