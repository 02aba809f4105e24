import { structsInText } from '../../evidence/text.js';
import { readEntries } from '../../explore/page/bytes/input.js';
import { type FragmentValues, LONGEST, writeFragment } from '../../explore/page/fragment.js';
import type { View } from '../../explore/page/view.js';
import { type Chosen, chooseBySize } from '../../layout/choose.js';
import { nameIn } from '../../layout/description.js';
import { toHex } from '../../layout/hex.js';
import type { AbiRevision } from '../../layout/revision.js';
import { readGiven } from '../decode/input.js';
import { UsageError } from '../errors.js';
import { structsCalled } from '../structs.js';
import type { Terminal } from '../terminal.js';

export interface Shown {
  readonly revision?: AbiRevision;
  readonly mixed?: boolean;
  readonly raw?: boolean;
}

interface Content {
  readonly chosen: Chosen;
  /** None for zeros. */
  readonly bytes: Uint8Array;
}

/** A struct without bytes: the one of its revision, of several sizes the smallest. */
function named(name: string, given: AbiRevision | undefined): Chosen {
  const { structs, revision, possible } = structsCalled(name, given);
  const [struct] = [...structs].sort((a, b) => a.size - b.size);
  if (!struct) throw new UsageError(`no struct is called ${name} in revision ${revision}`);
  return { struct, revision, possible, name: nameIn(struct, revision) };
}

/** What the page shows: bytes that it can take apart as it is told to. */
async function contentOf(
  name: string,
  hex: readonly string[],
  { revision, mixed = false, raw = false }: Shown,
  terminal: Terminal,
): Promise<Content> {
  const chosen = named(name, revision);
  if (mixed && chosen.name !== 'io_uring_cqe')
    throw new UsageError(`--mixed is for io_uring_cqe, not ${name}`);
  if (hex.length === 0) {
    if (mixed) throw new UsageError('--mixed needs the bytes of completions');
    if (raw) throw new UsageError('--raw needs @FILE or -');
    return { chosen, bytes: new Uint8Array() };
  }
  const given = await readGiven(hex, raw, terminal);
  if (given.kind === 'bytes') {
    // As the page will read it: what it would refuse is refused here.
    const [first] = readEntries(toHex(given.bytes), chosen, mixed);
    return { chosen: first?.chosen ?? chosen, bytes: given.bytes };
  }
  if (mixed) throw new UsageError('--mixed is for bytes, not for a struct that was printed');
  const structs = structsInText(name, given.text, given.kind, revision);
  const [first] = structs;
  if (!first) throw new UsageError(`there is no ${name} in the input`);
  const bytes = Buffer.concat(structs.map((struct) => struct.bytes));
  // Several may be of several sizes, which the page cannot tell apart.
  if (structs.some((struct) => struct.bytes.length !== first.bytes.length))
    throw new UsageError(`the input has ${name} in several sizes, expected one`);
  return { chosen: chooseBySize(name, first.bytes.length, first.chosen.revision), bytes };
}

/**
 * The part of the page's address that has a view show something.
 *
 * @param what it is, as the message begins that says that it is too much
 * @throws UsageError
 */
export function fragmentOf<Id extends View['id']>(
  view: Id,
  values: FragmentValues<Id>,
  what: string,
): string {
  const fragment = writeFragment(view, new URLSearchParams(values as Record<string, string>));
  if (fragment.length <= LONGEST) return fragment;
  throw new UsageError(`${what} more than an address holds: open the page and paste them there`);
}

/**
 * The part of the page's address that has it show a struct.
 *
 * @param hex as `zcrx decode` takes it; none for zeros
 * @throws UsageError, LayoutError, EvidenceError
 */
export async function fragmentFor(
  name: string,
  hex: readonly string[],
  shown: Shown,
  terminal: Terminal,
): Promise<string> {
  const { chosen, bytes } = await contentOf(name, hex, shown, terminal);
  const values = {
    struct: chosen.struct.id,
    revision: chosen.revision,
    ...(bytes.length > 0 && { hex: toHex(bytes) }),
    ...(shown.mixed && { mixed: '1' }),
  };
  return fragmentOf('bytes', values, `${bytes.length} bytes are`);
}
