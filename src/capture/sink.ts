/** Where the bytes of a recording go. */
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { RecordingError } from './error.js';

/** What a stream is called in errors. */
export const STREAM_NAME = 'the stream';

export interface Sink {
  /** For errors. */
  readonly name: string;
  /** Resolves when the bytes are with the operating system, or in the stream's case taken by the stream. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file at `path` that holds `head`. Where that fails, nothing is left behind, and a file that was there is
 * as it was.
 *
 * @throws RecordingError `exists`, and whatever the system says
 */
export async function openFile(path: string, head: Uint8Array, overwrite: boolean): Promise<Sink> {
  const existing = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  // A device or a pipe is written to as it is; a directory fails here.
  if (existing !== undefined && !existing.isFile()) {
    return withHead(await open(path, 'w'), path, head, async () => {});
  }
  if (existing !== undefined && !overwrite) {
    throw new RecordingError('exists', `cannot record to ${path}: the file exists`);
  }
  if (existing === undefined) {
    return withHead(await open(path, 'wx'), path, head, () => unlink(path));
  }
  // The new file takes the old one's place once it is known that it can be written.
  const target = await realpath(path);
  const fresh = `${target}.${process.pid}.new`;
  const handle = await open(fresh, 'wx');
  const sink = await withHead(handle, path, head, () => unlink(fresh));
  try {
    await rename(fresh, target);
  } catch (error) {
    await sink.close();
    await unlink(fresh);
    throw error;
  }
  return sink;
}

async function withHead(
  handle: FileHandle,
  name: string,
  head: Uint8Array,
  undo: () => Promise<void>,
): Promise<Sink> {
  const sink: Sink = {
    name,
    write: (bytes) => writeAll(handle, bytes),
    close: () => handle.close(),
  };
  try {
    await sink.write(head);
  } catch (error) {
    await handle.close();
    await undo();
    throw error;
  }
  return sink;
}

/**
 * A new file that is created by the first write; where that write fails, nothing is
 * left behind. `head` precedes the first bytes.
 */
export class LateFile implements Sink {
  readonly #create: () => Promise<{ handle: FileHandle; path: string }>;
  readonly #head: Uint8Array;
  #sink: Sink | undefined;
  #name: string;

  /** @param name for errors before the file has a path */
  constructor(name: string, head: Uint8Array, create: () => Promise<{ handle: FileHandle; path: string }>) {
    this.#name = name;
    this.#head = head;
    this.#create = create;
  }

  get name(): string {
    return this.#name;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#sink !== undefined) return this.#sink.write(bytes);
    const { handle, path } = await this.#create();
    this.#name = path;
    this.#sink = await withHead(handle, path, Buffer.concat([this.#head, bytes]), () => unlink(path));
  }

  async close(): Promise<void> {
    await this.#sink?.close();
  }
}

/** A disk that is nearly full takes a part first, and gives its error for the rest. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    at += (await handle.write(bytes, at)).bytesWritten;
  }
}

/** The caller's stream, to which `head` has been written. It is left open on close: it may be standard output. */
export async function openStream(stream: Writable, head: Uint8Array): Promise<Sink> {
  // A failed write is reported by its callback and by this event, which nobody else may be listening to.
  const ignore = () => {};
  let failed = false;
  stream.on('error', ignore);
  const sink: Sink = {
    name: STREAM_NAME,
    write: async (bytes) => {
      await writeToStream(stream, bytes).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    },
    close: async () => {
      // The event of a failed write comes after its callback, and may come after this.
      if (!failed) stream.off('error', ignore);
    },
  };
  await sink.write(head);
  return sink;
}

function writeToStream(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A stream that is destroyed in the middle of a write never calls back.
    const closed = () => reject(new Error('the stream was closed'));
    stream.once('close', closed);
    stream.write(bytes, (error) => {
      stream.off('close', closed);
      if (error) reject(error);
      else resolve();
    });
  });
}
