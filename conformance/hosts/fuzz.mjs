// Structs of random bytes, decoded and checked: a digest over each block of rounds must be the same in every host.

const STRUCT = 0;
const VALUES = 1024;
const REPORT = 4096;
/** Of a report, and of one finding in it, in bytes; and how many have room. */
const HEADER = 16;
const FINDING = 48;
const CAPACITY = 64;
const NO_SUCH_STRUCT = 0xffff_ffff;

/** Numbers that are the same everywhere: xorshift32 (Marsaglia). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** FNV-1a of 32 bits. */
export class Digest {
  hash = 0x811c9dc5;

  add(bytes) {
    for (const byte of bytes) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
  }

  addNumber(value) {
    this.add([value, value >>> 8, value >>> 16, value >>> 24].map((byte) => byte & 0xff));
  }

  toString() {
    return (this.hash >>> 0).toString(16).padStart(8, '0');
  }
}

/** One round: a struct and revision at random, 128 bytes of which every fourth word is small; what comes of it. */
export function fuzzRound({ exports, base, bytes }, next, digest) {
  const struct = next() % exports.struct_count();
  const revision = next() % 3;
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 32; word++) {
    const number = next();
    view.setUint32(base + STRUCT + 4 * word, number & 3 ? number : (number >>> 2) & 7, true);
  }
  const values = exports.decode(struct, revision, base + STRUCT, base + VALUES);
  digest.addNumber(values);
  digest.add(bytes.subarray(base + VALUES, base + VALUES + 8 * values));
  const report = base + REPORT;
  const found = exports.validate(struct, revision, base + STRUCT, 1, 4096, 8, 0, report, CAPACITY) >>> 0;
  digest.addNumber(found);
  const shown = found === NO_SUCH_STRUCT ? 0 : Math.min(found, CAPACITY);
  digest.add(bytes.subarray(report + HEADER, report + HEADER + FINDING * shown));
}

/** The digests of a seed, one for each block of rounds. */
export function* fuzzDigests(host, { seed, rounds, block }) {
  const next = randomNumbers(seed);
  for (let done = 0; done < rounds; done += block) {
    const digest = new Digest();
    for (let round = 0; round < block; round++) fuzzRound(host, next, digest);
    yield digest.toString();
  }
}

export function runFuzz(host, fuzz, complain) {
  let failed = 0;
  let number = 0;
  for (const digest of fuzzDigests(host, fuzz)) {
    const expected = fuzz.digests[number];
    if (digest !== expected) complain(`rounds from ${number * fuzz.block}: ${digest}, expected ${expected}`);
    if (digest !== expected) failed++;
    number++;
  }
  return { passed: number - failed, failed };
}
