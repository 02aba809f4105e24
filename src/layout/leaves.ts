import {
  type FieldDescription,
  fieldNameIn,
  fieldsIn,
  type StructDescription,
  structById,
} from './description.js';
import type { AbiRevision } from './revision.js';

/** One number of a struct, as the module decodes and encodes them one after another. */
export interface Leaf {
  /** Names from the outermost struct inwards. */
  readonly path: readonly string[];
  readonly field: FieldDescription;
  /** Of an array the element, else undefined. */
  readonly element: number | undefined;
  /** Bytes from the start of the outermost struct. */
  readonly offset: number;
}

/** The name under which the bytes of a union appear when no arm of it is known. */
export const UNKNOWN_ARM = '__unknown_arm';

/** The value of the last enumerated field before the union of a struct, or undefined without a union. */
export function selectorOf(struct: StructDescription): FieldDescription | undefined {
  const union = struct.fields.findIndex((field) => field.arm !== undefined);
  return union < 0 ? undefined : struct.fields.slice(0, union).findLast((field) => field.use === 'value');
}

/** The arm of a struct's union that a selector names in a revision, or undefined. */
function armOf(
  struct: StructDescription,
  revision: AbiRevision,
  selector: bigint,
): FieldDescription | undefined {
  return fieldsIn(struct, revision).find(
    (field) => field.arm !== undefined && BigInt(field.arm) === selector,
  );
}

function addLeaves(
  struct: StructDescription,
  revision: AbiRevision,
  selector: bigint,
  path: readonly string[],
  base: number,
  to: Leaf[],
): void {
  const arm = armOf(struct, revision, selector);
  let unknownArm = false;
  for (const field of fieldsIn(struct, revision)) {
    const offset = base + field.offset;
    if (field.arm !== undefined && field !== arm) {
      if (arm || unknownArm) continue;
      unknownArm = true;
      const raw: FieldDescription = {
        ...field,
        width: 8,
        count: field.width / 8,
        signed: false,
        rule: 'ignored',
      };
      for (let element = 0; element < raw.count; element++) {
        to.push({ path: [...path, UNKNOWN_ARM], field: raw, element, offset: offset + element * 8 });
      }
      continue;
    }
    const here = [...path, fieldNameIn(field, revision)];
    if (field.struct) {
      addLeaves(structById(field.struct), revision, 0n, here, offset, to);
      continue;
    }
    for (let element = 0; element < field.count; element++) {
      to.push({
        path: here,
        field,
        element: field.count > 1 ? element : undefined,
        offset: offset + element * field.width,
      });
    }
  }
}

const cache = new Map<string, readonly Leaf[]>();

/** All numbers of a struct in order; of its union the arm that `selector` names. */
export function leavesOf(struct: StructDescription, revision: AbiRevision, selector = 0n): readonly Leaf[] {
  const key = `${struct.id} ${revision} ${armOf(struct, revision, selector)?.name ?? ''}`;
  let leaves = cache.get(key);
  if (!leaves) {
    const made: Leaf[] = [];
    addLeaves(struct, revision, selector, [], 0, made);
    leaves = made;
    cache.set(key, leaves);
  }
  return leaves;
}

/** A leaf's path as text: `offsets.__resv[1]`. */
export function pathText(leaf: Leaf): string {
  return leaf.path.join('.') + (leaf.element === undefined ? '' : `[${leaf.element}]`);
}
