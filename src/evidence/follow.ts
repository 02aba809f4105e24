import { chooseBySize } from '../layout/choose.js';
import { decodeChosen } from '../layout/decode.js';
import { nameIn, type StructDescription } from '../layout/description.js';
import type { AbiRevision } from '../layout/revision.js';
import { isEvidenceError } from './error.js';
import type { CallName, Evidence, EvidenceFields, EvidenceValue, Memory, Part } from './evidence.js';
import type { MemorySource } from './memory.js';
import { CALLS, type Call, POINTERS, structOfAnswer, structOfPart } from './parts.js';

/** The kernel takes no longer chain of queries. */
const MOST_QUERIES = 1000;

export type Followed = Required<Pick<Evidence, 'structs' | 'addresses' | 'unknown' | 'memory' | 'notes'>>;

/**
 * Reads the struct at an address that is given to a call, and every struct that it points to. A struct that is not in the
 * memory is noted, but for the first.
 * @throws EvidenceError if the argument itself cannot be read
 */
export function follow(
  memory: MemorySource,
  call: CallName,
  address: bigint,
  revision: AbiRevision = 'event',
): Followed {
  const { part } = CALLS.find(({ name }) => name === call) as Call;
  const walk = new Walk(memory, revision);
  walk.read(part, structOfPart(part) as StructDescription, address);
  if (part === 'query') walk.chain();
  else walk.pointers();
  return walk.found();
}

/** Reads the structs that given ones point to, and that are not given themselves. What is not in the memory is noted. */
export function followFrom(
  memory: MemorySource,
  structs: NonNullable<Evidence['structs']>,
  revision: AbiRevision = 'event',
): Followed {
  const walk = new Walk(memory, revision, structs);
  walk.pointers();
  if (structs.query) walk.chain();
  return walk.found();
}

class Walk {
  readonly structs: { [part in Part]?: EvidenceFields };
  readonly addresses: { [part in Part]?: bigint } = {};
  readonly unknown: string[] = [];
  readonly blocks: Memory[] = [];
  readonly notes: string[] = [];
  private readonly memory: MemorySource;
  private readonly revision: AbiRevision;

  constructor(memory: MemorySource, revision: AbiRevision, structs: NonNullable<Evidence['structs']> = {}) {
    this.memory = memory;
    this.revision = revision;
    this.structs = { ...structs };
  }

  found(): Followed {
    const { structs, addresses, unknown, blocks, notes } = this;
    return { structs, addresses, unknown, memory: blocks, notes };
  }

  read(part: Part, struct: StructDescription, address: bigint): void {
    this.addresses[part] = address;
    const bytes = this.memory.read(address, struct.size);
    const chosen = chooseBySize(nameIn(struct, this.revision), struct.size, this.revision);
    this.structs[part] = asEvidence(decodeChosen(chosen, bytes).fields);
    this.blocks.push({ address, bytes });
  }

  /** Reads what something points to, if it is there. */
  private tryRead(part: Part, struct: StructDescription, address: bigint): void {
    if (this.structs[part]) return;
    try {
      this.read(part, struct, address);
    } catch (error) {
      if (!isEvidenceError(error)) throw error;
      this.unknown.push(part);
      this.notes.push(`${part}: ${error.message}`);
    }
  }

  pointers(): void {
    for (const { of, fields, to } of POINTERS) {
      const address = fields.map((field) => this.structs[of]?.[field]).find((each) => each !== undefined);
      if (typeof address === 'bigint' && address !== 0n)
        this.tryRead(to, structOfPart(to) as StructDescription, address);
    }
    const area = (this.structs.ctrl?.zc_area as EvidenceFields | undefined)?.area_ptr;
    if (typeof area === 'bigint' && area !== 0n)
      this.tryRead('area', structOfPart('area') as StructDescription, area);
  }

  chain(): void {
    const seen = new Set<bigint>();
    for (let i = 0; ; i++) {
      const numbered = <Name extends 'query' | 'answer'>(name: Name): Part =>
        i === 0 ? name : `${name}[${i}]`;
      const query = this.structs[numbered('query')];
      if (!query) return;
      const data = query.query_data as bigint | undefined;
      const answer = structOfAnswer(query);
      if (answer && data && BigInt((query.size as bigint | undefined) ?? 0n) >= BigInt(answer.size))
        this.tryRead(numbered('answer'), answer, data);
      const next = query.next_entry as bigint | undefined;
      if (!next) return;
      if (seen.has(next) || i + 1 >= MOST_QUERIES) {
        this.notes.push(
          seen.has(next)
            ? 'the chain of queries runs in a circle'
            : `the chain has more than ${MOST_QUERIES} queries`,
        );
        return;
      }
      seen.add(next);
      this.tryRead(`query[${i + 1}]`, structOfPart('query') as StructDescription, next);
    }
  }
}

/** Decoded fields with all numbers as bigint. */
function asEvidence(fields: { [field: string]: unknown }): EvidenceFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, asValue(value)]));
}

function asValue(value: unknown): EvidenceValue {
  if (Array.isArray(value)) return value.map((each) => BigInt(each as number));
  if (typeof value === 'object') return asEvidence(value as { [field: string]: unknown });
  return BigInt(value as number);
}
