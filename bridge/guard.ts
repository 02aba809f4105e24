import { Chunk, type Lender } from './chunk.js';
import type { BridgeError } from './errors.js';

/** A chunk that was collected as garbage before it was released: its buffer is out of use until the instance is closed. */
export interface UnreleasedChunk {
  /** Bytes. */
  readonly length: number;
  readonly area: number;
  readonly offset: number;
  /** Where the program got it: the stack of the call that delivered it. */
  readonly stack: string;
}

/**
 * A chunk under guard: finds misuse that otherwise would read or spoil another's data, at the price of a copy and of a
 * stack trace each.
 */
class GuardedChunk extends Chunk {
  private copy: Uint8Array<ArrayBuffer> | undefined;
  private releasedAt: Error | undefined;

  override get data(): Uint8Array<ArrayBuffer> {
    if (this.released) return super.data;
    // A copy even where a view would do: only what is ours alone can be taken away again.
    this.copy ??= super.data.slice();
    return this.copy;
  }

  override release(): void {
    super.release();
    this.releasedAt = new Error('the chunk was released here');
    // A detached array has no bytes: whoever kept it reads nothing rather than what others receive.
    if (this.copy) structuredClone(this.copy.buffer, { transfer: [this.copy.buffer] });
    this.copy = undefined;
  }

  protected override misused(how: string): BridgeError {
    return super.misused(how, { cause: this.releasedAt });
  }
}

/** Makes chunks under guard, and learns of those that were forgotten. */
export class Guard {
  private readonly registry: FinalizationRegistry<UnreleasedChunk>;

  /** `forgotten` is called for a chunk that nobody can release any more. */
  constructor(forgotten: (chunk: UnreleasedChunk) => void) {
    this.registry = new FinalizationRegistry(forgotten);
  }

  chunk(lender: Lender, area: number, offset: number, length: number): Chunk {
    const watched: Lender = {
      read: (...where) => lender.read(...where),
      takeBack: (...where) => {
        this.registry.unregister(watched);
        lender.takeBack(...where);
      },
    };
    const chunk = new GuardedChunk(watched, area, offset, length);
    const { stack = '' } = new Error('the chunk was delivered here');
    this.registry.register(chunk, { length, area, offset, stack }, watched);
    return chunk;
  }
}
