import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownPackageRoot } from '../../../src/lab/closure.js';
import { ARENA_BASE, hex } from './arena.js';
import { isRegister, type RegisterOperation, type Segment, type Sequence, type Step } from './draft.js';
import { since, type Target } from './target.js';

const FOLDER = join(ownPackageRoot(), 'test/lab/differential/fixed');

/** A sequence as a file: once the model was wrong about it. */
export interface Fixture {
  /** What the kernel does here, and why that is worth a test. */
  readonly about: string;
  /** First series that the sequence is run on. */
  readonly since: string;
  /** Bytes; the arena's addresses depend on it. */
  readonly page_size: number;
  /** Set-up flags of each ring. */
  readonly rings: readonly number[];
  readonly steps: readonly FixedStep[];
}

type FixedStep =
  | {
      readonly call: RegisterOperation;
      readonly ring: number;
      readonly nr_args: number;
      readonly arg: string;
      readonly fd?: number;
      readonly other_task?: true;
      readonly capable: boolean;
      readonly slot: number;
      readonly bytes: Readonly<Record<string, string>>;
    }
  | { readonly call: 'close'; readonly ring: number }
  | { readonly call: 'close_export'; readonly slot: number }
  | { readonly call: 'fire'; readonly ring: number; readonly id: number };

export function toFixture(target: Target, sequence: Sequence, about: string): Fixture {
  return {
    about,
    since: target.series,
    page_size: target.pageSize,
    rings: sequence.rings.map((flags) => flags >>> 0),
    steps: sequence.steps.map((step): FixedStep => {
      if (!isRegister(step)) {
        const { operation, ...rest } = step;
        return { call: operation, ...rest } as FixedStep;
      }
      const { operation, ring, nrArgs, arg, fd, otherTask, capable, slot, segments } = step;
      return {
        call: operation,
        ring,
        nr_args: nrArgs,
        arg: hex(arg),
        ...(fd === undefined ? {} : { fd }),
        ...(otherTask ? { other_task: true } : {}),
        capable,
        slot,
        bytes: Object.fromEntries(
          segments
            .flatMap(withoutZeroes)
            .map(({ offset, bytes }) => [hex(ARENA_BASE + offset), Buffer.from(bytes).toString('hex')]),
        ),
      };
    }),
  };
}

/** The words of 8 bytes that are not zero, as stretches: the rest is zero anyway. */
function withoutZeroes({ offset, bytes }: Segment): Segment[] {
  const stretches: Segment[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, ((offset + at) & ~7) + 8 - offset);
    const word = bytes.subarray(at, end);
    const last = stretches.at(-1);
    if (word.some((byte) => byte !== 0)) {
      if (last !== undefined && last.offset + last.bytes.length === offset + at) {
        stretches[stretches.length - 1] = {
          offset: last.offset,
          bytes: bytes.subarray(last.offset - offset, end),
        };
      } else stretches.push({ offset: offset + at, bytes: word });
    }
    at = end;
  }
  return stretches;
}

export function fromFixture(fixture: Fixture): Sequence {
  const steps = fixture.steps.map((step): Step => {
    if (step.call === 'close') return { operation: 'close', ring: step.ring };
    if (step.call === 'close_export') return { operation: 'close_export', slot: step.slot };
    if (step.call === 'fire') return { operation: 'fire', ring: step.ring, id: step.id };
    return {
      operation: step.call,
      ring: step.ring,
      nrArgs: step.nr_args,
      arg: BigInt(step.arg),
      ...(step.fd === undefined ? {} : { fd: step.fd }),
      ...(step.other_task ? { otherTask: true } : {}),
      capable: step.capable,
      slot: step.slot,
      segments: Object.entries(step.bytes).map(([address, text]) => ({
        offset: Number(address) - ARENA_BASE,
        bytes: Uint8Array.from(Buffer.from(text, 'hex')),
      })),
    };
  });
  return { rings: fixture.rings, steps };
}

/** The fixtures that apply to a kernel, by file name. */
export function fixturesFor(target: Target): { name: string; sequence: Sequence }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, fixture: JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Fixture }))
    .filter(({ fixture }) => fixture.page_size === target.pageSize && since(target, fixture.since))
    .map(({ name, fixture }) => ({ name, sequence: fromFixture(fixture) }));
}
