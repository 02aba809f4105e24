import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the lab keeps what it fetched: `$ZCRX_CACHE`, else `$XDG_CACHE_HOME/zcrx`, else `~/.cache/zcrx`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ZCRX_CACHE) return env.ZCRX_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'zcrx');
  return join(homedir(), '.cache', 'zcrx');
}

/** A folder of the cache, made if need be. */
export async function cacheFolder(...names: string[]): Promise<string> {
  const folder = join(cacheDirectory(), ...names);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Scratch folders are ours to judge when this machine's name, and then a process id, begin theirs. */
function scratchPrefix(): string {
  return `${hostname()}-`;
}

/**
 * A scratch folder inside the cache (so that a rename out of it stays on one file system). Its name carries
 * the process id: what a killed process left is swept by the next one.
 */
export async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = await cacheFolder('tmp');
  await sweep(parent);
  const folder = join(parent, `${scratchPrefix()}${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(folder);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(scratchPrefix())) continue;
    const pid = Number.parseInt(name.slice(scratchPrefix().length), 10);
    if (Number.isInteger(pid) && !isAlive(pid)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Makes `target` (a folder) appear complete or not at all: `build` fills a scratch folder which is then
 * renamed. When another process published the same target meanwhile, its work is kept and ours dropped.
 */
export async function publishFolder(
  target: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  await withScratch(async (scratch) => {
    const folder = join(scratch, 'new');
    await mkdir(folder);
    await build(folder);
    try {
      await rename(folder, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  });
  return target;
}

/** Replaces a file in one step, so that a reader sees the old text or the new. */
export async function publishFile(target: string, data: string | Buffer): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const fresh = `${target}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(fresh, data);
    await rename(fresh, target);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Marks a folder of the cache as used now. */
export async function touch(folder: string): Promise<void> {
  const now = new Date();
  // Whoever may read a shared cache may use it, even if not mark it.
  await utimes(folder, now, now).catch(() => undefined);
}

const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/** Removes the folders of `parent` that nobody has used for 30 days. */
export async function dropUnused(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const { mtimeMs } = await stat(join(parent, name));
    if (Date.now() - mtimeMs > UNUSED_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
}
