/** The files of a rotated recording on disk: their names, the next one, and which may go. */
import { type FileHandle, lstat, open, readdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { isRecordingError } from './error.js';
import { type FileHead, readHead } from './head.js';

/** Digits of the number in a name: so many that names sort as numbers do, for a file a second over eleven days. */
const DIGITS = 6;

/** How often another program may take the next name before it is an error. */
const MOST_TRIES = 100;

export interface SeriesFile {
  readonly path: string;
  readonly number: number;
}

/** The files `NAME-000001.EXT`, `NAME-000002.EXT` … that belong to the path `NAME.EXT`. */
export class FileSeries {
  readonly #folder: string;
  readonly #stem: string;
  readonly #extension: string;
  /** Files that are known to be parts of recordings. */
  readonly #parts = new Set<string>();

  constructor(path: string) {
    const { name, ext } = parse(basename(path));
    this.#folder = dirname(path);
    this.#stem = `${name}-`;
    this.#extension = ext;
  }

  /** The path of the file with this number, 1 or more. */
  pathOf(number: number): string {
    const digits = String(number).padStart(DIGITS, '0');
    return join(this.#folder, `${this.#stem}${digits}${this.#extension}`);
  }

  /** All files whose names fit, whatever is in them, by number. */
  async list(): Promise<SeriesFile[]> {
    const files: SeriesFile[] = [];
    for (const name of await readdir(this.#folder)) {
      const number = this.#numberIn(name);
      if (number !== undefined) files.push({ path: join(this.#folder, name), number });
    }
    return files.sort((one, other) => one.number - other.number);
  }

  /** A new file after all that are there. What has taken its name in the meantime is left as it is. */
  async create(): Promise<{ handle: FileHandle; path: string }> {
    for (let tries = 1; ; tries++) {
      const last = (await this.list()).at(-1)?.number ?? 0;
      const path = this.pathOf(last + 1);
      try {
        return { handle: await open(path, 'wx'), path };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === MOST_TRIES) throw error;
      }
    }
  }

  /**
   * Deletes the oldest parts of recordings until `keep` are left. What is no such part, though its name fits, is
   * neither counted nor touched. A file that cannot be deleted stays.
   */
  async prune(keep: number): Promise<void> {
    const parts: SeriesFile[] = [];
    for (const file of await this.list()) {
      if (this.#parts.has(file.path) || (await isPart(file.path))) {
        this.#parts.add(file.path);
        parts.push(file);
      }
    }
    for (const { path } of parts.slice(0, Math.max(0, parts.length - keep))) {
      this.#parts.delete(path);
      // Once more: something else may be there by now.
      if (await isPart(path)) await unlink(path).catch(() => {});
    }
  }

  #numberIn(name: string): number | undefined {
    if (!name.startsWith(this.#stem) || !name.endsWith(this.#extension)) return undefined;
    const digits = name.slice(this.#stem.length, name.length - this.#extension.length);
    const number = Number(digits);
    const fits = /^\d{6,15}$/.test(digits) && join(this.#folder, name) === this.pathOf(number);
    return fits && number > 0 ? number : undefined;
  }
}

async function isPart(path: string): Promise<boolean> {
  // Opening a pipe would wait for whoever writes into it.
  const regular = await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return regular && (await headIfRecording(path))?.part !== undefined;
}

/** Undefined where the file is none, or cannot be read. */
async function headIfRecording(path: string): Promise<FileHead | undefined> {
  try {
    return await readHead(path);
  } catch (error) {
    if (isRecordingError(error)) return undefined;
    throw error;
  }
}

/**
 * The files that a recording at `path` consists of: `path` itself where there is such a file, and otherwise the
 * parts `NAME-000001.EXT` … of a rotated one, oldest first. Files that are no parts are left out. Empty where
 * there is nothing.
 */
export async function captureFiles(path: string): Promise<string[]> {
  const exists = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (exists) return [path];
  const files = await new FileSeries(path).list().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const parts: string[] = [];
  for (const file of files) if (await isPart(file.path)) parts.push(file.path);
  return parts;
}
