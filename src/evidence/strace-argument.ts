import type { StructDescription } from '../layout/description.js';
import type { Evidence, EvidenceFields, Part } from './evidence.js';
import { type Converted, convert } from './fields.js';
import { kindOf, type Value } from './notation.js';
import { type Call, POINTERS, structOfAnswer, structOfPart } from './parts.js';
import type { Source } from './source.js';

/**
 * Stands for the address of a struct that was printed itself instead of its address: not null, which would mean
 * something, and aligned as any struct is.
 */
export const STAND_IN_ADDRESS = 0x1000n;

/** Up to 6.18 strace prints only the address of every argument of zero-copy receive, since 6.19 the structs. */
const KNOWS_STRUCTS = '6.19';

const hex = (address: bigint) => `0x${address.toString(16)}`;

/** What an argument is, beyond numbers. */
export type ReadArgument = Pick<Evidence, 'structs' | 'addresses' | 'unknown' | 'notes'>;

/** Reads the third argument: a struct with what it points to, or only its address. */
export class Argument {
  private readonly source: Source;
  private readonly call: Call;
  private readonly nrArgs: number | undefined;
  private readonly structs: { [part: string]: EvidenceFields } = {};
  private readonly addresses: { [part: string]: bigint } = {};
  private readonly unknown: string[] = [];
  private readonly notes: string[] = [];

  constructor(source: Source, call: Call, nrArgs: number | undefined) {
    this.source = source;
    this.call = call;
    this.nrArgs = nrArgs;
  }

  read(value: Value): ReadArgument {
    if (value.kind === 'number') {
      this.addressOnly(value.value);
    } else if (value.kind === 'struct') {
      if (this.call.name === 'query') this.queries(value);
      else this.part(this.call.part, value);
    } else {
      throw this.source.errorAt(
        value.at,
        `the argument is ${kindOf(value)}, expected a struct in braces or its address`,
      );
    }
    const { structs, addresses, unknown, notes } = this;
    return {
      ...(Object.keys(structs).length > 0 ? { structs } : {}),
      ...(Object.keys(addresses).length > 0 ? { addresses } : {}),
      ...(unknown.length > 0 ? { unknown } : {}),
      notes,
    };
  }

  private addressOnly(address: bigint): void {
    this.addresses[this.call.part] = address;
    if (address === 0n) {
      this.notes.push('the argument is NULL');
      return;
    }
    const newer =
      this.call.name === 'zcrx_ctrl' && this.nrArgs === 0 ? '' : `strace ${KNOWS_STRUCTS} or later, or `;
    this.notes.push(
      `strace printed only the address ${hex(address)} of the argument: ${this.reason()}. To see it: ${newer}gdb's ${examine(this.call.part, address)} while the program stops there, or a core file (--core FILE --address ${hex(address)})`,
    );
  }

  /** Why strace did not print the struct. */
  private reason(): string {
    const { name } = this.call;
    const wants = name === 'zcrx_ctrl' ? 1 : this.call.nr_args;
    const old = `it is older than ${KNOWS_STRUCTS} and does not know the struct, or could not read it there`;
    if (this.nrArgs === undefined || this.nrArgs === wants) return old;
    if (name === 'zcrx_ctrl')
      return 'it prints this struct only if nr_args is 1, while the kernel wants 0: no version shows a right call';
    return `it prints this struct only if nr_args is ${wants}, as the kernel wants it too, or ${old}`;
  }

  private part(part: Part, value: Extract<Value, { kind: 'struct' }>): void {
    this.add(part, structOfPart(part) as StructDescription, value);
  }

  /** Converts one struct and those that were printed in the place of an address in it. */
  private add(part: Part, struct: StructDescription, value: Extract<Value, { kind: 'struct' }>): Converted {
    const converted = convert(this.source, struct, value);
    const fields: Record<string, unknown> = { ...converted.fields };
    for (const { field, value: pointee } of converted.pointees) {
      const target = pointeeOf(part, field);
      if (!target) throw this.source.errorAt(pointee.at, `${field} is a struct, expected a number`);
      setAt(fields, field, STAND_IN_ADDRESS);
      this.notes.push(
        `the address of ${target} was not printed, but what lies there: ${hex(STAND_IN_ADDRESS)} stands for it`,
      );
      this.part(target, pointee);
    }
    this.structs[part] = fields as EvidenceFields;
    this.say(part, converted);
    this.sayNotPrinted(part, fields);
    return converted;
  }

  /** No strace so far prints what a struct points to. */
  private sayNotPrinted(part: Part, fields: Record<string, unknown>): void {
    const found = POINTERS.flatMap(({ of, fields: names, to }) => {
      const address =
        of === part ? names.map((name) => fields[name]).find((each) => each !== undefined) : undefined;
      return typeof address === 'bigint' && address !== 0n && !this.structs[to] ? [{ to, address }] : [];
    });
    if (found.length === 0) return;
    for (const { to, address } of found) this.addresses[to] = address;
    this.unknown.push(...found.map(({ to }) => to));
    const places = found.map(({ to, address }) => `${to} at ${hex(address)}`).join(', ');
    const commands = found.map(({ to, address }) => examine(to, address)).join(', ');
    this.notes.push(
      `strace does not print what ${part} points to: ${places}. To see it: gdb's ${commands} while the program stops there, or a core file (--core FILE)`,
    );
  }

  private say(part: Part, { absent, unknown, notes }: Converted): void {
    for (const path of unknown) this.unknown.push(`${part}.${path}`);
    for (const note of notes) this.notes.push(`${part}: ${note}`);
    if (absent.length > 0) this.notes.push(`${part}: not printed, so taken as zero: ${absent.join(', ')}`);
  }

  /** strace nests the entries of a chain, and shows it as it was before the call. */
  private queries(first: Extract<Value, { kind: 'struct' }>): void {
    let value: Value | undefined = first;
    for (let i = 0; value?.kind === 'struct'; i++) {
      const numbered = <Name extends 'query' | 'answer'>(name: Name): Part =>
        i === 0 ? name : `${name}[${i}]`;
      const next: Value | undefined = value.members.findLast(({ name }) => name === 'next_entry')?.value;
      const answer = value.members.findLast(
        ({ name, value: data }) => name === 'query_data' && data.kind === 'struct',
      )?.value;
      const header: Extract<Value, { kind: 'struct' }> = {
        ...value,
        members: value.members.filter((each) => each.value !== answer && each.value !== next),
      };
      const part = numbered('query');
      const converted = convert(this.source, structOfPart('query') as StructDescription, header);
      const address = next?.kind === 'number' ? next.value : next?.kind === 'struct' ? STAND_IN_ADDRESS : 0n;
      this.structs[part] = { ...converted.fields, next_entry: address };
      this.say(part, { ...converted, absent: converted.absent.filter((path) => path !== 'next_entry') });
      const struct = structOfAnswer(this.structs[part]);
      if (answer?.kind === 'struct' && struct) this.add(numbered('answer'), struct, answer);
      if (next?.kind === 'number' && next.value !== 0n) {
        this.unknown.push(`${part}.next_entry`);
        this.notes.push(
          `the chain goes on at ${hex(next.value)}, which strace did not print. To see it: gdb's ${examine('query', next.value)}`,
        );
      }
      value = next;
    }
    this.notes.push('strace shows queries as they were before the call: the answers are not in the trace');
  }
}

/** The part that a field points to. */
function pointeeOf(part: Part, field: string): Part | undefined {
  if (part === 'ctrl' && field === 'zc_area.area_ptr') return 'area';
  return POINTERS.find((each) => each.of === part && each.fields.includes(field))?.to;
}

function setAt(fields: Record<string, unknown>, path: string, value: bigint): void {
  const keys = path.split('.');
  let at = fields;
  for (const key of keys.slice(0, -1)) {
    at[key] = { ...(at[key] as object | undefined) };
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1) as string] = value;
}

/** gdb's command that shows a part. */
function examine(part: Part, address: bigint): string {
  const { size } = structOfPart(part) as StructDescription;
  return `x/${size / 8}xg ${hex(address)}`;
}
