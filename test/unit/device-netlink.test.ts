import { expect, test } from 'vitest';
import {
  type Answer,
  attributesOf,
  decodeAnswers,
  encodeRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  type Request,
  unsigned,
} from '../../bridge/device/netlink.js';
import { SyscallError } from '../../bridge/errors.js';
import {
  ACKNOWLEDGED,
  BOUND_QUEUE,
  FAMILY,
  FREE_QUEUE,
  NO_COUNTERS,
  NO_QUEUE,
  REFUSED_BARE,
  REFUSED_LONG,
  REFUSED_SHORT,
  TWO_QUEUES,
  VIRTIO,
} from './netlink-samples.js';

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const REQUESTS: [string, Request, string][] = [
  [
    'a name',
    { family: 16, command: 3, flags: NLM_F_REQUEST | NLM_F_ACK, sequence: 1, attributes: [[2, 'netdev']] },
    '20000000100005000100000000000000030100000b0002006e65746465760000',
  ],
  [
    'numbers, for all there are',
    {
      family: 21,
      command: 12,
      flags: NLM_F_REQUEST | NLM_F_DUMP,
      sequence: 2,
      attributes: [
        [1, 2],
        [4, 1],
      ],
    },
    '240000001500010302000000000000000c01000008000100020000000800040001000000',
  ],
  [
    'nothing but a command; large numbers',
    {
      family: 0xffff,
      command: 255,
      flags: 0xffff,
      sequence: 2 ** 32 - 1,
      attributes: [[0x3fff, 2 ** 32 - 1]],
    },
    '1c000000ffffffffffffffff00000000ff0100000800ff3fffffffff',
  ],
];

test.for(REQUESTS)('a request is written as kernels take it: %s', ([, request, hex]) => {
  expect(Buffer.from(encodeRequest(request)).toString('hex')).toBe(hex);
});

/** By attribute number, with hexadecimal values; an end as `errno words`. */
const told = (answers: readonly Answer[]) =>
  answers.map((answer) =>
    answer.kind === 'end'
      ? `${answer.errno} ${answer.words}`
      : Object.fromEntries(
          [...answer.attributes].map(([n, value]) => [n, Buffer.from(value).toString('hex')]),
        ),
  );

const ANSWERS: [string, { family: number; sequence: number }, string, ReturnType<typeof told>][] = [
  [
    'a dump and its end',
    { family: 21, sequence: 2 },
    TWO_QUEUES,
    [
      { 1: '02000000', 2: '00000000', 3: '00000000', 8: '0c000000', 9: '20030000', 12: '00000000' },
      { 1: '02000000', 2: '00000000', 3: '01000000', 8: '42000000', 9: '8cfd0300', 12: '44000000' },
      '0 undefined',
    ],
  ],
  ['a dump that ends with an error', { family: 21, sequence: 2 }, NO_COUNTERS, ['95 undefined']],
  [
    'one message and the acknowledgement',
    { family: 21, sequence: 2 },
    FREE_QUEUE + ACKNOWLEDGED,
    [{ 1: '00000000', 3: '00000000', 2: '02000000', 4: '01200000' }, '0 undefined'],
  ],
  [
    'a nested attribute, by its number alone',
    { family: 21, sequence: 2 },
    BOUND_QUEUE,
    [{ 1: '01000000', 3: '00000000', 2: '02000000', 4: '03200000', 6: '0800010000100000' }],
  ],
  ['an error', { family: 21, sequence: 2 }, NO_QUEUE, ['22 undefined']],
  [
    'an error with words behind the request’s header',
    { family: 20, sequence: 7 },
    REFUSED_SHORT,
    ['22 Unknown attribute type'],
  ],
  [
    'an error with words behind the whole request',
    { family: 20, sequence: 7 },
    REFUSED_LONG,
    ['22 Unknown attribute type'],
  ],
  ['an error with the whole request', { family: 20, sequence: 7 }, REFUSED_BARE, ['22 undefined']],
  ['what another request was answered', { family: 21, sequence: 3 }, TWO_QUEUES + NO_COUNTERS, []],
];

test.for(ANSWERS)('an answer is read as kernels write it: %s', ([, request, hex, expected]) => {
  expect(told(decodeAnswers(bytesOf(hex), request))).toEqual(expected);
});

test('the number of a family is 2 bytes, a counter 4 or 8, and nothing else is a number', () => {
  const [family] = decodeAnswers(bytesOf(FAMILY), { family: 16, sequence: 1 });
  expect(family?.kind === 'data' && unsigned(family.attributes, 1)).toBe(21n);
  const [virtio] = decodeAnswers(bytesOf(VIRTIO), { family: 20, sequence: 7 });
  expect(virtio?.kind === 'data' && unsigned(virtio.attributes, 9)).toBe(6_250_288_124n);
  expect(virtio?.kind === 'data' && unsigned(virtio.attributes, 12)).toBeUndefined();
  expect(unsigned(attributesOf(bytesOf('0c000100ffffffffffffffff')), 1)).toBe(2n ** 64n - 1n);
  for (const length of [0, 1, 3, 5, 6, 7, 9]) {
    const attributes = new Map([[1, new Uint8Array(length)]]);
    expect(() => unsigned(attributes, 1)).toThrow(
      `attribute 1 has ${length} bytes, expected a number of 2, 4 or 8`,
    );
  }
});

const DAMAGED: [string, string, RegExp][] = [
  ['too short for a message', '44000000', /4 bytes where a message of 16 or more should be/],
  [
    'a message longer than what came',
    `ff${TWO_QUEUES.slice(2)}`,
    /a message of 255 bytes, expected 16 to 156/,
  ],
  ['a message without room for its header', `0f${TWO_QUEUES.slice(2)}`, /a message of 15 bytes/],
  ['a message of length 0', `00${TWO_QUEUES.slice(2)}`, /a message of 0 bytes, expected 16/],
  ['another family', FREE_QUEUE.replace('15', '16'), /a message of family 22, expected 21/],
  ['no command', '10000000150000000200000076000000', /a message without a command/],
  [
    'an attribute without room for its header',
    FREE_QUEUE.replace('08000100', '03000100'),
    /an attribute of 3 bytes/,
  ],
  [
    'an attribute that goes too far',
    FREE_QUEUE.replace('08000400', '09000400'),
    /an attribute of 9 bytes, expected 4 to 8/,
  ],
  ['bytes behind the attributes', `36${FREE_QUEUE.slice(2)}0000`, /2 bytes where an attribute of 4 or more/],
  ['an end without an errno', '10000000030002000200000076000000', /its end has 0 bytes, expected 4 or more/],
  [
    'an errno that is none',
    NO_QUEUE.replace('eaffffff', '16000000'),
    /an error of number 22, expected 0 or less/,
  ],
  [
    'an error without its request',
    '14000000020000030200000076000000eaffffff',
    /without the header of the request/,
  ],
  [
    'an error whose request goes too far',
    REFUSED_LONG.replace('eaffffff1c', 'eaffffffff'),
    /an error message of 68 bytes, expected 260 or more/,
  ],
  [
    'an error whose request goes around the world',
    REFUSED_LONG.replace('eaffffff1c000000', 'eafffffffdffffff'),
    /an error message of 68 bytes, expected 4294967300 or more/,
  ],
];

test.for(DAMAGED)('a damaged answer is refused: %s', ([, hex, words]) => {
  // What the samples answer; of another request only the outer form would be looked at.
  const request = hex.includes('c7620000') ? { family: 20, sequence: 7 } : { family: 21, sequence: 2 };
  let error: unknown;
  try {
    decodeAnswers(bytesOf(hex), request);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SyscallError);
  expect(error).toMatchObject({ errno: 'EBADMSG', call: 'netlink' });
  expect((error as Error).message).toMatch(words);
});

const SAMPLES: [string, { family: number; sequence: number }][] = [
  [TWO_QUEUES, { family: 21, sequence: 2 }],
  [FREE_QUEUE + ACKNOWLEDGED, { family: 21, sequence: 2 }],
  [BOUND_QUEUE + ACKNOWLEDGED, { family: 21, sequence: 2 }],
  [NO_COUNTERS, { family: 21, sequence: 2 }],
  [REFUSED_SHORT, { family: 20, sequence: 7 }],
  [REFUSED_LONG, { family: 20, sequence: 7 }],
  [FAMILY, { family: 16, sequence: 1 }],
];

/** The answers, or undefined where they are refused; nothing else may come of it. */
function tried(bytes: Uint8Array, request: { family: number; sequence: number }): Answer[] | undefined {
  try {
    return decodeAnswers(bytes, request);
  } catch (error) {
    expect(error).toBeInstanceOf(SyscallError);
    expect((error as SyscallError).errno).toBe('EBADMSG');
    return undefined;
  }
}

test('cut at every length it is refused, or is what came until there', () => {
  for (const [hex, request] of SAMPLES) {
    const bytes = bytesOf(hex);
    const whole = told(decodeAnswers(bytes, request));
    let complete = 0;
    for (let length = 0; length < bytes.length; length++) {
      const answers = tried(bytes.slice(0, length), request);
      if (!answers) continue;
      expect(told(answers)).toEqual(whole.slice(0, answers.length));
      complete++;
    }
    expect(complete, 'at the end of a message only').toBe(whole.length);
  }
});

test('mutated it is read or refused, and always at an end', () => {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let refused = 0;
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) {
    const [hex, request] = SAMPLES[i % SAMPLES.length]!;
    const bytes = bytesOf(hex);
    for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256);
    const answers = tried(bytes, request);
    if (!answers) refused++;
    expect(answers?.length ?? 0).toBeLessThanOrEqual(bytes.length / 16);
  }
  expect(refused).toBeGreaterThan(rounds / 10);
  expect(refused).toBeLessThan(rounds);
});
