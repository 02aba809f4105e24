/** Damage of every kind, the same in every run. */

/** Gives integers of 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Numbers that follow from `seed` (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const bytesOf = (length: number, random: Random) => Uint8Array.from({ length }, () => random(256));

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Between frames as often as anywhere, since a whole frame in the wrong place looks best. */
function placeIn(bytes: Uint8Array, ends: readonly number[], random: Random): number {
  const boundary = ends[random(ends.length)]!;
  return random(2) === 0 && boundary <= bytes.byteLength ? boundary : random(bytes.byteLength + 1);
}

function varint(random: Random): Uint8Array {
  const length = 1 + random(10);
  return Uint8Array.from({ length }, (_, at) => random(128) | (at < length - 1 ? 0x80 : 0));
}

/** `bytes` with one to three changes: bits, ranges, numbers, pieces of `other`. `ends` is where its frames end. */
export function mutate(
  bytes: Uint8Array,
  ends: readonly number[],
  other: Uint8Array,
  random: Random,
): Uint8Array {
  let result = bytes;
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const [from, to] = [placeIn(result, ends, random), placeIn(result, ends, random)].sort(
      (a, b) => a - b,
    ) as [number, number];
    const [before, range, after] = [result.subarray(0, from), result.subarray(from, to), result.subarray(to)];
    switch (random(10)) {
      case 0:
      case 1:
        result = result.slice();
        for (let bits = 1 + random(8); bits > 0; bits--) {
          if (result.byteLength > 0) result[random(result.byteLength)]! ^= 1 << random(8);
        }
        break;
      case 2:
        result = join(before, bytesOf(1 + random(40), random), range, after);
        break;
      case 3:
        result = join(before, after);
        break;
      case 4: {
        const middle = random(range.byteLength + 1);
        result = join(before, range.subarray(middle), range.subarray(0, middle), after);
        break;
      }
      case 5:
        result = join(before, range, range, after);
        break;
      case 6:
        result = join(before, range.slice().fill(random(2) * 255), after);
        break;
      case 7: {
        const number = varint(random);
        result = join(before, number, result.subarray(from + random(number.byteLength + 1)));
        break;
      }
      case 8:
        result = join(before, other.subarray(placeIn(other, ends, random)));
        break;
      case 9:
        result = join(before, other.subarray(from, to), after);
        break;
    }
  }
  return result;
}
