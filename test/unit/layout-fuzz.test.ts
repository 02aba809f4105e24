import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ABI_REVISIONS,
  decode,
  encode,
  LayoutError,
  layouts,
  planRegion,
  structNames,
  validate,
  validateRegistration,
} from '../../src/index.js';

/** Runs what may refuse its input, and checks that the refusal says what was expected, of which struct or field. */
function refusesClearly(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    const { message, expected, struct, field, code } = error;
    expect(message.length).toBeLessThan(4000);
    expect(message).toContain(expected ?? 'no expectation');
    if (struct !== undefined) expect(message).toContain(struct);
    if (field !== undefined && code !== 'unknown-field') expect(message).toContain(field);
    if (code !== 'unknown-struct') expect(struct ?? field, message).toBeDefined();
  }
}

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const structName = fc.oneof(fc.constantFrom(...structNames()), fc.string());
const revision = fc.oneof(fc.constantFrom(undefined, ...ABI_REVISIONS), fc.string());

const fieldNames = [
  ...new Set(layouts.structs.flatMap((s) => s.fields.flatMap((f) => Object.values(f.names).flat()))),
];
const valueNames = layouts.sets.flatMap((set) =>
  Object.values(set.revisions).flatMap(({ entries }) => entries.map(({ name }) => name)),
);
const value = fc.oneof(
  fc.nat(),
  fc.bigInt(),
  fc.double(),
  fc.string(),
  fc.constantFrom(...valueNames),
  fc.array(fc.constantFrom(...valueNames), { maxLength: 3 }),
  fc.array(fc.nat(), { maxLength: 12 }),
  fc.constantFrom(null, undefined, true, '', '0x', '-0', '1e3', 'a|b', '|'),
);
const fields = fc.dictionary(
  fc.constantFrom('__unknown_arm', '__proto__', ...fieldNames),
  fc.oneof(value, fc.dictionary(fc.constantFrom(...fieldNames), value, { maxKeys: 3 })),
  { maxKeys: 4 },
);

test('random bytes of random lengths under random names', () => {
  fc.assert(
    fc.property(
      structName,
      fc.uint8Array({ maxLength: 130 }),
      revision,
      fc.boolean(),
      (name, bytes, given, request) => {
        const options = { revision: given as 'event' };
        refusesClearly(() => decode(name, bytes, options));
        refusesClearly(() => validate(name, bytes, { ...options, request }));
      },
    ),
    { numRuns: 1000 },
  );
});

test('random bytes of the right length never fail', () => {
  for (const { id, size } of layouts.structs) {
    const bytes = fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(bytes, (given) => {
        expect(decode(id, given).size).toBe(size);
        for (const finding of validate(id, given)) {
          expect(finding.message.startsWith(`${finding.struct}.${finding.field} `)).toBe(true);
          expect(finding.offset).toBeLessThan(size);
        }
      }),
      { numRuns: 30 },
    );
  }
});

test('random fields under random names', () => {
  fc.assert(
    fc.property(structName, fields, revision, (name, given, rev) => {
      refusesClearly(() => encode(name, given, { revision: rev as 'event' }));
    }),
    { numRuns: 1000 },
  );
});

test('anything in place of every argument', () => {
  fc.assert(
    fc.property(anything, anything, anything, (a, b, c) => {
      for (const name of [a, 'zcrx_ctrl', 'io_uring_cqe']) {
        refusesClearly(() => encode(name as string, b as object, c as object));
        refusesClearly(() => encode(name as string, b as object));
        refusesClearly(() => decode(name as string, b as Uint8Array, c as object));
        refusesClearly(() => validate(name as string, b as Uint8Array, c as object));
      }
      refusesClearly(() => planRegion(a as never));
      refusesClearly(() => planRegion({ entries: 1, pageSize: a, placement: b, statsSize: c } as never));
      refusesClearly(() => planRegion({ entries: a, rqHeaderSize: b, statsAlignment: c } as never));
      refusesClearly(() => validateRegistration(a as never, b as never));
      const reg = new Uint8Array(96);
      refusesClearly(() => validateRegistration({ reg, region: a } as never, { rqes: 64 }));
      refusesClearly(() => validateRegistration({ reg }, { rqes: a, statsSize: b, revision: c } as never));
    }),
    { numRuns: 400 },
  );
});
