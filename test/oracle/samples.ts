import type { NamedStruct } from './facts.js';

/** Numbers that are the same in every run: xorshift32 (Marsaglia). */
export function seededBytes(seed: number): (count: number) => Uint8Array {
  let state = seed;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}

/** All zeros, all ones, each byte its own place, and `count` at random. */
export function sampleBytes(
  struct: NamedStruct,
  count: number,
  next: (count: number) => Uint8Array,
): Uint8Array[] {
  const { size } = struct.struct;
  const samples = [
    new Uint8Array(size),
    new Uint8Array(size).fill(0xff),
    Uint8Array.from({ length: size }, (_, place) => place + 1),
    ...Array.from({ length: count }, () => next(size)),
  ];
  const arms = struct.fields.flatMap(({ field }) => (field.arm === undefined ? [] : [field.arm]));
  if (arms.length === 0) return samples;
  for (const [index, bytes] of samples.entries()) selectArm(struct, bytes, arms[index % arms.length]!);
  return samples;
}

/** A union's bytes mean something only under one of its arms. */
function selectArm(struct: NamedStruct, bytes: Uint8Array, arm: number): void {
  const op = struct.fields.find(({ name }) => name === 'op')!.field;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(op.offset, arm, true);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
