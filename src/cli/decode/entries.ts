import { LayoutError } from '../../errors.js';
import { type Chosen, chooseBySize } from '../../layout/choose.js';
import { findStructs } from '../../layout/description.js';
import { splitMixedRing } from '../../layout/mixed-ring.js';
import type { AbiRevision } from '../../layout/revision.js';
import { UsageError } from '../errors.js';

/** One struct of the input. */
export interface Entry {
  readonly chosen: Chosen;
  readonly bytes: Uint8Array;
  /** Bytes before it in the input. */
  readonly at: number;
  /** What it was taken from, if not from bytes as they were given. */
  readonly from?: string;
  /** What is to be said about that. */
  readonly notes?: readonly string[];
}

export interface EntryOptions {
  readonly revision?: AbiRevision;
  /** The input is an array of so many. */
  readonly count?: number;
  /** The input is a run of completions of 16 and 32 bytes, as in a ring with IORING_SETUP_CQE_MIXED. */
  readonly mixed?: boolean;
}

/**
 * Splits input into its structs.
 * @throws LayoutError `wrong-length`, `unknown-struct`, `mixed-revisions`
 * @throws UsageError if the options do not fit the struct or the input
 */
export function splitEntries(name: string, bytes: Uint8Array, options: EntryOptions): Entry[] {
  if (options.mixed) return splitMixed(name, bytes, options.revision);
  const { count = 1 } = options;
  if (bytes.length % count !== 0) {
    findStructs(name);
    throw new UsageError(`${bytes.length} bytes are no array of ${count} structs of one size (--count)`);
  }
  const size = bytes.length / count;
  const chosen = choose(name, size, options);
  return Array.from({ length: count }, (_, i) => ({
    chosen,
    bytes: bytes.slice(i * size, (i + 1) * size),
    at: i * size,
  }));
}

/** Completions of 16 and 32 bytes in a row. */
function splitMixed(name: string, bytes: Uint8Array, revision: AbiRevision | undefined): Entry[] {
  if (name !== 'io_uring_cqe') throw new UsageError(`--mixed is for io_uring_cqe, not ${name}`);
  return splitMixedRing(bytes).map(({ at, size }) => ({
    chosen: choose(name, size, { revision }),
    bytes: bytes.slice(at, at + size),
    at,
  }));
}

function choose(name: string, size: number, options: EntryOptions): Chosen {
  try {
    return chooseBySize(name, size, options.revision);
  } catch (error) {
    if (!(error instanceof LayoutError) || error.code !== 'wrong-length') throw error;
    const advice =
      options.count === undefined ? arrayAdvice(name, size, error) : ` each (--count ${options.count})`;
    throw new LayoutError('wrong-length', error.message + advice, error);
  }
}

/** How to have an array decoded, if the input may be one. */
function arrayAdvice(name: string, size: number, { expected = '' }: LayoutError): string {
  const sizes = Array.from(expected.matchAll(/\d+/g), ([digits]) => Number(digits));
  const counts = sizes.filter((each) => size % each === 0).map((each) => `--count ${size / each}`);
  if (counts.length === 0) return '';
  const mixed = name === 'io_uring_cqe' ? ', or a run of a mixed ring: --mixed' : '';
  return `; an array? ${counts.join(' or ')}${mixed}`;
}
