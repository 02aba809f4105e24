import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchHeaders } from '../../src/lab/index.js';
import { type Header, mergeHeaders, parseHeader } from './c-header.js';
import type { Dialect } from './facts.js';

/** A definition of the interface in C: what to include, where it lies, and what it declares. */
export interface Definition {
  readonly dialect: Dialect;
  /** Operands of `#include`. */
  readonly includes: readonly string[];
  /** Folders for the compiler, the first wins. */
  readonly folders: readonly string[];
  /** Headers of the interface itself: all of them must be described. */
  readonly whole: Header;
  /** `linux/io_uring.h`, of which parts are described. */
  readonly ring: Header;
}

const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The headers of a released kernel series. */
export async function releasedDefinition(series: string): Promise<Definition> {
  const { include } = await fetchHeaders(series);
  const read = (file: string) => parseHeader(readHeader(include, file));
  return {
    dialect: { revision: 'event', series },
    includes: ['<linux/io_uring.h>', '<linux/io_uring/zcrx.h>', '<linux/io_uring/query.h>'],
    folders: include,
    whole: mergeHeaders([read('linux/io_uring/zcrx.h'), read('linux/io_uring/query.h')]),
    ring: read('linux/io_uring.h'),
  };
}

/** Our transcription of an earlier revision, on top of the rest of 7.2, the release that it preceded. */
export async function earlierDefinition(revision: 'v1' | 'rc'): Promise<Definition> {
  const { include } = await fetchHeaders('7.2');
  const read = (file: string) => parseHeader(readHeader([OWN_FOLDER], file));
  return {
    dialect: { revision, series: '7.2' },
    includes: [`"${join(OWN_FOLDER, `${revision}.h`)}"`],
    folders: include,
    whole: mergeHeaders([read('unchanged.h'), read(`${revision}.h`)]),
    ring: parseHeader(readHeader(include, 'linux/io_uring.h')),
  };
}

function readHeader(folders: readonly string[], file: string): string {
  for (const folder of folders) {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${file} is in none of ${folders.join(', ')}`);
}
