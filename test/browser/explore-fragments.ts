// Fragments that nobody means well with.

import { FRAGMENT_NAMES, LONGEST, VIEW_IDS } from '../../src/explore/page/fragment.js';
import type { Random } from '../unit/capture-mutations.js';
import { HOSTILE } from '../unit/report-samples.js';

const NAMES = VIEW_IDS.flatMap((view) => FRAGMENT_NAMES[view].map((name) => [view, name] as const));

/** Nearly as long as a fragment may be. */
const LONG = LONGEST - 200;
const long = (text: string) => text.repeat(Math.ceil(LONG / text.length)).slice(0, LONG);

/** Long noise, which must take no time, whatever it is taken for. */
const NOISE: Readonly<Record<string, string>> = {
  letters: long('A'),
  digits: long('0'),
  'hex with spaces': long('0f '),
  'a dump': long('00000000: 0000 0000%0A'),
  brackets: long('['),
  braces: long('{"a":'),
  quotes: long('"'),
  'signs of percent': long('%'),
  ampersands: long('&a'),
  equals: long('='),
  names: long('&hex=00'),
  'a trace': long('io_uring_register(3, '),
  marks: long('%CC%81'),
  'no letters': long('\u{1f4a5}'),
};

const STRANGE = [
  HOSTILE,
  encodeURIComponent(HOSTILE),
  'javascript:alert(1)',
  '%',
  '%E0%A4%A',
  '%00',
  '%FF%FE',
  '%E2%80%AE',
  '',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '1e999',
  '99999999999999999999',
  '0x',
  '{"__proto__":{"reg":{}}}',
  '{"reg":null}',
  '[[[[',
  '"\\ud800"',
] as const;

/** Each with a name of its own. */
export const HOSTILE_FRAGMENTS: readonly (readonly [what: string, fragment: string])[] = [
  ...NAMES.flatMap(([view, name]) => [
    [`a script in ${name} of ${view}`, `#view=${view}&${name}=${HOSTILE}`] as const,
    [
      `an escaped script in ${name} of ${view}`,
      `#view=${view}&${name}=${encodeURIComponent(HOSTILE)}`,
    ] as const,
    [`a broken escape in ${name} of ${view}`, `#view=${view}&${name}=%E0%A4%A%&${name}=%`] as const,
    [`nothing in ${name} of ${view}`, `#view=${view}&${name}=&${name}`] as const,
  ]),
  ...Object.entries(NOISE).flatMap(([what, noise]) => [
    [`long noise: ${what}`, `#${noise}`] as const,
    [`long noise as entries: ${what}`, `#view=plan&entries=${noise}`] as const,
    [`long noise as hex: ${what}`, `#view=bytes&struct=io_uring_cqe&revision=event&hex=${noise}`] as const,
    [`long noise as a bundle: ${what}`, `#view=verdict&kernel=7.3&bundle=${noise}`] as const,
  ]),
  ['a script as the view', `#view=${HOSTILE}`],
  ['a view that there is not', '#view=settings'],
  ['a view of another kind', '#view=__proto__'],
  ['several views', '#view=plan&view=bytes&view=x'],
  ['no view', '#struct=zcrx_stats&hex=00'],
  ['a script alone', `#${HOSTILE}`],
  ['a sign alone', '#'],
  ['percent signs', '#%%%'],
  ['more than is read', `#view=bytes&hex=${'0'.repeat(LONGEST)}`],
];

/** Any fragment: of names and values that there are and that there are not, in good and in broken order. */
export function randomFragment(random: Random): string {
  const one = <T>(from: readonly T[]) => from[random(from.length)] as T;
  const sign = () => String.fromCharCode(random(4) === 0 ? random(0xd800) : 0x20 + random(0x5f));
  const signs = () => Array.from({ length: random(40) }, sign).join('');
  const noise = () => one(Object.values(NOISE)).slice(0, random(2000));
  const hex = () => Array.from({ length: random(200) }, () => random(16).toString(16)).join('');
  const values = [
    () => one(STRANGE),
    signs,
    noise,
    hex,
    () => String(random(2 ** 31)),
    () => one(['zcrx_stats', 'io_uring_cqe', 'zcrx_ctrl', 'event', 'v1', 'rc', '7.3', 'all', 'tight']),
    () =>
      `{"${one(['reg', 'ctrl', 'query', 'area', 'kernel', signs()])}":${one(['{}', '[]', '1', '"x"', noise()])}}`,
  ];
  const parts = Array.from({ length: random(6) }, () => {
    const name = random(5) === 0 ? one(STRANGE) : one(NAMES)[1];
    return `${name}${one(['=', '=', '=', '', '=='])}${one(values)()}`;
  });
  if (random(8) > 0) parts.unshift(`view=${random(8) === 0 ? one(STRANGE) : one(VIEW_IDS)}`);
  return `#${parts.join(one(['&', '&', '&', '&&', ';']))}`;
}
