import { LayoutError, show } from '../errors.js';

/**
 * A revision of the interface. Sizes and offsets are the same in all, meanings differ:
 * - `v1`: the first public patches, never released. Event types are bits, in `cqe->res` and when re-arming too.
 * - `rc`: Linux 7.2-rc1 to 7.2-rc4. Event types are indices, under the names of `v1`.
 * - `event`: Linux 7.2 and later. Event types are indices.
 */
export type AbiRevision = 'v1' | 'rc' | 'event';

/** In the order in which they appeared, which is also how the module numbers them. */
export const ABI_REVISIONS: readonly AbiRevision[] = ['v1', 'rc', 'event'];

export const revisionNumber = (revision: AbiRevision): number => ABI_REVISIONS.indexOf(revision);

/** @throws LayoutError `unknown-revision` */
export function parseRevision(text: unknown): AbiRevision {
  const found = ABI_REVISIONS.find((revision) => revision === text);
  if (found) return found;
  const expected = ABI_REVISIONS.join(', ');
  throw new LayoutError('unknown-revision', `revision is ${show(text)}, expected one of ${expected}`, {
    field: 'revision',
    got: text,
    expected,
  });
}

/**
 * Narrows down which revision the input speaks, as its names appear. Names of several revisions in one input are an
 * error; names that several share mean `event` if it is among them, else `v1`.
 */
export class RevisionChoice {
  private left: readonly AbiRevision[] = ABI_REVISIONS;
  private reason = '';

  private readonly struct: string;

  /** `struct` names the input in errors. */
  constructor(struct: string, given?: AbiRevision) {
    this.struct = struct;
    if (given !== undefined) this.allow([parseRevision(given)], `revision ${given}`);
  }

  /** Whether the names seen so far leave only one revision. */
  get settled(): boolean {
    return this.left.length === 1;
  }

  get revision(): AbiRevision {
    return this.left.includes('event') ? 'event' : (this.left[0] as AbiRevision);
  }

  /** Which revisions are still possible. */
  get possible(): readonly AbiRevision[] {
    return this.left;
  }

  /**
   * Keeps only these revisions. `because` names what demands them.
   * @throws LayoutError `mixed-revisions`
   */
  allow(revisions: readonly AbiRevision[], because: string): void {
    const kept = this.left.filter((revision) => revisions.includes(revision));
    if (kept.length === 0) {
      const expected = `names of revision ${this.left.join(' or ')}`;
      throw new LayoutError(
        'mixed-revisions',
        `${this.struct}: ${because} (${revisions.join(', ')}) and ${this.reason} (${this.left.join(', ')}) belong to different revisions, expected ${expected}`,
        { struct: this.struct, got: because, expected },
      );
    }
    if (kept.length < this.left.length) this.reason = because;
    this.left = kept;
  }
}
