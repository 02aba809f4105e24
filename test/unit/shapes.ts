/** Every form that a struct can have, taken from the description alone: the tests walk it by themselves. */
import fc from 'fast-check';
import {
  ABI_REVISIONS,
  type AbiRevision,
  type FieldDescription,
  layouts,
  type StructDescription,
} from '../../src/index.js';

export interface Shape {
  readonly struct: StructDescription;
  readonly revision: AbiRevision;
  /** One of the struct's names in the revision. */
  readonly name: string;
  /** The value that selects the arm of the union, if there is one. */
  readonly selected: number | undefined;
  readonly title: string;
}

/** One number in the bytes of a shape. */
export interface Slot {
  readonly path: readonly string[];
  readonly element: number | undefined;
  /** The path as findings and errors write it. */
  readonly text: string;
  readonly offset: number;
  readonly width: number;
  readonly signed: boolean;
  readonly rule: FieldDescription['rule'];
  readonly reserved: boolean;
  readonly selects: boolean;
}

/** Values that no arm of `zcrx_ctrl` has. */
const UNKNOWN_ARMS = [4, 0x8000_0000, 0xffff_ffff];

/** The fields that a struct has in a revision. */
export const fieldsIn = (struct: StructDescription, revision: AbiRevision): FieldDescription[] =>
  struct.fields.filter((field) => field.names[revision].length > 0);

const hasUnion = (struct: StructDescription) => struct.fields.some((field) => field.arm !== undefined);

/** Every arm that any revision has, known to this one or not, and some that none has. */
const selections = (struct: StructDescription) =>
  hasUnion(struct) ? [...struct.fields.flatMap((field) => field.arm ?? []), ...UNKNOWN_ARMS] : [undefined];

export const shapes: readonly Shape[] = layouts.structs.flatMap((struct) =>
  ABI_REVISIONS.flatMap((revision) =>
    struct.names[revision].flatMap((name) =>
      selections(struct).map((selected) => ({
        struct,
        revision,
        name,
        selected,
        title: `${name} (${struct.size} bytes, ${revision}${selected === undefined ? '' : `, arm ${selected}`})`,
      })),
    ),
  ),
);

function addSlots(shape: Shape, struct: StructDescription, path: string[], base: number, to: Slot[]): void {
  const fields = fieldsIn(struct, shape.revision);
  const union = fields.findIndex((field) => field.arm !== undefined);
  const known = fields.some((field) => field.arm !== undefined && field.arm === shape.selected);
  fields.forEach((field, position) => {
    if (field.arm !== undefined && known && field.arm !== shape.selected) return;
    if (field.arm !== undefined && !known && position !== union) return;
    const unknownArm = field.arm !== undefined && !known;
    const own = [...path, unknownArm ? '__unknown_arm' : (field.names[shape.revision][0] as string)];
    if (field.struct && !unknownArm) {
      const nested = layouts.structs.find(({ id }) => id === field.struct) as StructDescription;
      addSlots(shape, nested, own, base + field.offset, to);
      return;
    }
    const [width, count] = unknownArm ? [8, field.width / 8] : [field.width, field.count];
    for (let element = 0; element < count; element++) {
      const isList = count > 1;
      to.push({
        path: own,
        element: isList ? element : undefined,
        text: own.join('.') + (isList ? `[${element}]` : ''),
        offset: base + field.offset + element * width,
        width,
        signed: field.signed,
        rule: unknownArm ? 'ignored' : field.rule,
        reserved: field.reserved,
        selects: union > 0 && field.use === 'value' && position < union,
      });
    }
  });
}

const slotCache = new Map<Shape, readonly Slot[]>();

export function slotsOf(shape: Shape): readonly Slot[] {
  let slots = slotCache.get(shape);
  if (!slots) {
    const made: Slot[] = [];
    addSlots(shape, shape.struct, [], 0, made);
    slots = made;
    slotCache.set(shape, slots);
  }
  return slots;
}

export function rangeOf({ width, signed }: Slot): [bigint, bigint] {
  const bits = BigInt(width * 8);
  return signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** A value for every slot, the ends of its range often among them; the selecting slot selects the shape's arm. */
export function valuesOf(shape: Shape): fc.Arbitrary<bigint[]> {
  const each = slotsOf(shape).map((slot) => {
    if (slot.selects) return fc.constant(BigInt(shape.selected ?? 0));
    const [min, max] = rangeOf(slot);
    return fc.oneof(fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min, max }));
  });
  return fc.tuple(...each);
}

/** The bytes, written slot by slot at the described offsets. */
export function bytesOf(shape: Shape, values: readonly bigint[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(shape.struct.size);
  slotsOf(shape).forEach(({ offset, width }, i) => {
    let rest = BigInt.asUintN(64, values[i] as bigint);
    for (let byte = 0; byte < width; byte++, rest >>= 8n) bytes[offset + byte] = Number(rest & 0xffn);
  });
  return bytes;
}

type Tree = { [key: string]: unknown };

/** The fields as `decode` gives them: reserved ones only where they are not zero. */
export function fieldsOf(shape: Shape, values: readonly bigint[]): Tree {
  const slots = slotsOf(shape);
  const nonZero = new Set(
    slots.flatMap((slot, i) => (slot.reserved && values[i] === 0n ? [] : [slot.path.join()])),
  );
  const fields: Tree = {};
  slots.forEach(({ path, element, width }, i) => {
    let at = fields;
    for (const key of path.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Tree;
    }
    if (!nonZero.has(path.join())) return;
    const key = path.at(-1) as string;
    const number = width === 8 ? values[i] : Number(values[i]);
    if (element === undefined) at[key] = number;
    else at[key] = [...((at[key] as unknown[] | undefined) ?? []), number];
  });
  return fields;
}

/** A struct of zeros, its arm selected. */
export const zeros = (shape: Shape): Uint8Array<ArrayBuffer> =>
  bytesOf(
    shape,
    slotsOf(shape).map((slot) => (slot.selects ? BigInt(shape.selected ?? 0) : 0n)),
  );
