import type { StructDescription } from '../layout/description.js';
import { layouts } from '../layout/description.js';
import { likeness } from './fields.js';
import { Notation, type Value } from './notation.js';
import { linesOf, Source } from './source.js';

/** A struct, or a list of structs, that gdb printed. */
export interface Printed {
  /** `$1`, `reg`, as it stands before the sign, or empty. */
  readonly label: string;
  readonly value: Extract<Value, { kind: 'struct' }>;
  readonly line: number;
}

/** An address of a known struct: `$4 = (struct io_uring_zcrx_ifq_reg *) 0x555555558160 <reg>`. */
export interface PrintedAddress {
  /** Name of the struct. */
  readonly struct: string;
  readonly address: bigint;
}

export interface PrintedText {
  readonly source: Source;
  readonly structs: readonly Printed[];
  readonly addresses: readonly PrintedAddress[];
}

/** `(gdb) ` before an answer, when a session was copied. */
const PROMPT = /^\s*(?:\((?:gdb|lldb)\)\s*)*/;
/** What stands before a value in braces: nothing, `$1 = `, `reg = `, a cast, the address of a reference. */
const BEFORE = /^([^={}"]*=\s*)?(?:\((?:[^(){}"=]|\([^(){}"=]*\))*\)\s*|@0x[\da-f]+:\s*)*\{/i;
const POINTER = /=\s*\((?:const\s+)?(?:struct\s+)?(\w+)\s*\*(?:\s*const)?\)\s*(0x[\da-f]+)/i;

/** Whether a text has a struct in braces with named fields. */
export const hasPrintedStruct = (text: string): boolean => /[{,]\s*\.?[a-z_]\w*\s*=(?!=)/i.test(text);

/**
 * The structs that gdb's print and info locals show in a text, also over several lines (`set print pretty on`), and
 * initializers of C. Other lines are passed over.
 * @throws EvidenceError `syntax` where a value in braces is damaged
 */
export function printedStructs(text: string): PrintedText {
  const lines = linesOf(text);
  const source = new Source(
    'gdb',
    lines.map((line, i) => ({ text: line, line: i + 1, column: 1 })),
  );
  const structs: Printed[] = [];
  const addresses: PrintedAddress[] = [];
  let start = 0;
  let read = 0;
  lines.forEach((line, i) => {
    const from = start;
    start += line.length + 1;
    if (from < read) return;
    const prompt = PROMPT.exec(line)?.[0].length ?? 0;
    const rest = line.slice(prompt);
    const pointer = POINTER.exec(rest);
    if (pointer) addresses.push({ struct: pointer[1] as string, address: BigInt(pointer[2] as string) });
    const before = BEFORE.exec(rest);
    if (!before) return;
    const label = (before[1] ?? '').replace(/=\s*$/, '').trim();
    const at = from + prompt + (before[1]?.length ?? 0);
    const notation = new Notation(source, at);
    const value = notation.value();
    read = notation.end;
    for (const each of value.kind === 'list' ? value.items : [value]) {
      if (each.kind === 'struct' && each.members.length > 0)
        structs.push({ label, value: each, line: i + 1 });
    }
  });
  return { source, structs, addresses };
}

/** The struct that printed members are most like, or undefined. */
export function mostLike(
  value: Extract<Value, { kind: 'struct' }>,
  among: readonly StructDescription[] = layouts.structs,
): StructDescription | undefined {
  let best: StructDescription | undefined;
  let most = 0;
  for (const struct of among) {
    const like = likeness(struct, value.members);
    if (like > most) [best, most] = [struct, like];
  }
  return best;
}
