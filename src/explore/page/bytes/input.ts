// Text that people paste, to structs: hex in any notation, dumps, traces and what debuggers print.

import { LayoutError } from '../../../errors.js';
import { parseHex } from '../../../evidence/hex.js';
import { kindOfText, structsInText } from '../../../evidence/text.js';
import { type Chosen, chooseBySize } from '../../../layout/choose.js';
import { structsNamed } from '../../../layout/description.js';
import { splitMixedRing } from '../../../layout/mixed-ring.js';

/** Characters of text, and structs in it, that the page takes. */
export const MOST_TEXT = 256 * 1024;
export const MOST_ENTRIES = 4096;

/** One struct of the input. */
export interface Entry {
  readonly chosen: Chosen;
  readonly bytes: Uint8Array;
  /** `byte 16`, `strace, line 3`. */
  readonly from: string;
  readonly notes: readonly string[];
}

function refuse(message: string, got: unknown, expected: string): never {
  throw new LayoutError('wrong-length', message, { got, expected });
}

/** Sizes of the structs that a name stands for in the revision, of which the bytes are a multiple. */
function sizeInArray({ name, revision, struct }: Chosen, length: number): number | undefined {
  const sizes = structsNamed(name)
    .filter((each) => each.names[revision].includes(name))
    .map(({ size }) => size);
  const fitting = sizes.filter((size) => length > 0 && length % size === 0);
  return fitting.includes(struct.size) ? struct.size : fitting[0];
}

/** Bytes as one struct, or as an array of them. */
function split(wanted: Chosen, bytes: Uint8Array, isMixed: boolean): Entry[] {
  const { name, revision } = wanted;
  const size = sizeInArray(wanted, bytes.length);
  // A wrong length is refused in the words of all other places.
  if (!isMixed && size === undefined) chooseBySize(name, bytes.length, revision);
  const places = isMixed
    ? splitMixedRing(bytes)
    : Array.from({ length: bytes.length / (size as number) }, (_, i) => ({
        at: i * (size as number),
        size: size as number,
      }));
  if (places.length > MOST_ENTRIES)
    refuse(
      `${places.length} structs are more than this page shows`,
      places.length,
      `at most ${MOST_ENTRIES}`,
    );
  return places.map(({ at, size: length }) => ({
    chosen: chooseBySize(name, length, revision),
    bytes: bytes.slice(at, at + length),
    from: `byte ${at}`,
    notes: [],
  }));
}

/**
 * The structs in a text.
 * @param wanted what they are
 * @param isMixed completions of 16 and 32 bytes, as in a ring with IORING_SETUP_CQE_MIXED
 * @throws LayoutError, EvidenceError
 */
export function readEntries(text: string, wanted: Chosen, isMixed: boolean): Entry[] {
  if (text.length > MOST_TEXT)
    refuse(`the text has ${text.length} characters`, text.length, `at most ${MOST_TEXT}`);
  const kind = kindOfText(text);
  if (kind === 'hex') return split(wanted, parseHex(text), isMixed);
  return structsInText(wanted.name, text, kind, wanted.revision).slice(0, MOST_ENTRIES);
}
