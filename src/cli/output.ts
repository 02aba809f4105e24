import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { captureFiles } from '../capture/index.js';
import { OperationError, quote, UsageError } from './errors.js';
import { reasonOf } from './input.js';
import type { Terminal } from './terminal.js';

/** Where a page goes. */
export interface Output {
  /** @throws OperationError */
  write(text: string): Promise<void>;
}

const statOf = (path: string) => stat(path).catch(() => undefined);

/** The files that will be read, each by what tells it from all others. */
async function inputs(files: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of files.filter((file) => file !== '-')) {
    for (const file of await captureFiles(path)) {
      const stats = await statOf(file);
      if (stats) found.add(`${stats.dev} ${stats.ino}`);
    }
  }
  return found;
}

/** Writes beside the target and puts it in place at once: who opens it sees the old page or the new one, whole. */
async function replace(target: string, text: string): Promise<void> {
  const temporary = join(dirname(target), `.zcrx-${process.pid}-${Date.now()}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Looks before a long reading whether the page can be written at all, and that it replaces no recording that is read.
 * @param files the recordings
 * @throws UsageError, OperationError
 */
export async function openOutput(
  path: string,
  files: readonly string[],
  terminal: Terminal,
): Promise<Output> {
  if (path === '-') return { write: async (text) => terminal.write(text) };
  const name = quote(path);
  const failed = (error: unknown) => new OperationError(`cannot write ${name}: ${reasonOf(error)}`);
  const there = await statOf(path);
  if (there && (await inputs(files)).has(`${there.dev} ${there.ino}`))
    throw new UsageError(`${name} is the recording itself, expected another file for the page`);
  if (there?.isDirectory()) throw new UsageError(`${name} is a folder, expected a file for the page`);
  // Of a link, what it leads to is replaced; a device or a pipe is written to.
  const target = there ? await realpath(path) : path;
  const isSpecial = there !== undefined && !there.isFile();
  try {
    await access(isSpecial ? target : dirname(target), constants.W_OK);
  } catch (error) {
    throw failed(error);
  }
  return {
    write: async (text) => {
      try {
        await (isSpecial ? writeFile(target, text) : replace(target, text));
      } catch (error) {
        throw failed(error);
      }
    },
  };
}
