import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ABI_REVISIONS, decode, encode, layouts } from '../../src/index.js';
import { toJson } from '../../src/layout/json.js';
import { seededBytes, toHex } from '../oracle/samples.js';
import { findRust } from '../prepare.mjs';
import { zcrx } from '../unit/cli-terminal.js';
import { type Ran, run, skipWithout } from './toolchains.js';

const HOSTS = fileURLToPath(new URL('../../conformance/hosts/', import.meta.url));
const LAYOUT = fileURLToPath(new URL('../../build/layout.json', import.meta.url));

const next = seededBytes(0x64756d70);

describe.skipIf(skipWithout('python'))('decode.py, over layout.json alone', () => {
  const script = (args: readonly string[], input = '') =>
    run('python3', ['-B', join(HOSTS, 'python', 'decode.py'), ...args], { input });

  /** Of a struct of so many bytes: nothing, all ones, and at random, with each operation that its union knows. */
  function buffers(size: number, hasUnion: boolean): Uint8Array[] {
    const random = Array.from({ length: 10 }, () => next(size));
    // Two operations that nobody knows among them. The field `op` is the second word.
    if (hasUnion) for (let op = 0; op < 6; op++) random[op]!.set([op, 0, 0, 0], 4);
    return [new Uint8Array(size), new Uint8Array(size).fill(0xff), ...random];
  }

  const cases = ABI_REVISIONS.flatMap((revision) =>
    layouts.structs.flatMap(({ names, size, fields }) =>
      names[revision].flatMap((name) =>
        buffers(
          size,
          fields.some(({ arm }) => arm !== undefined),
        ).map((bytes) => ({ name, revision, bytes })),
      ),
    ),
  );

  test('every struct in every revision reads as in the library', () => {
    const input = cases.map(({ name, revision, bytes }) => `${name} ${revision} ${toHex(bytes)}\n`).join('');
    const { ok, output, errors } = script([LAYOUT], input);
    expect({ ok, errors }).toEqual({ ok: true, errors: '' });
    const answers = output.trimEnd().split('\n');
    expect(answers.length).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(800);
    for (const [i, { name, revision, bytes }] of cases.entries()) {
      const { fields } = decode(name, bytes, { revision });
      // As text, so that the order counts too.
      const answer = JSON.stringify(JSON.parse(answers[i]!));
      expect(answer, `${name} ${revision} ${toHex(bytes)}`).toBe(JSON.stringify(toJson(fields)));
    }
  });

  test('one struct as arguments', async () => {
    const arm = toHex(encode('zcrx_ctrl', { zcrx_id: 3, zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } }));
    const { output } = script([LAYOUT, 'zcrx_ctrl', 'event', arm]);
    expect(JSON.parse(output)).toEqual(
      JSON.parse((await zcrx(['decode', 'zcrx_ctrl', arm, '--json'])).out).fields,
    );
  });

  test.each([
    [['zcrx_stats', 'event', '00'], 'zcrx_stats has 16 bytes in revision event, got 1'],
    [['io_uring_cqe', 'event', '00'], 'io_uring_cqe has 16 or 32 bytes in revision event, got 1'],
    [['zcrx_stats', 'v1', '00'], 'zcrx_stats has no bytes in revision v1, got 1'],
    [['zcrx_stats', 'v2', '00'], 'v2 is no revision: expected one of v1, rc, event'],
  ])('refused: %j', (args, message) => {
    const { ok, output, errors } = script([LAYOUT, ...args]);
    expect({ ok, output, errors }).toEqual({ ok: false, output: '', errors: `decode.py: ${message}\n` });
  });
});

describe.skipIf(skipWithout('rust'))('dump.rs, over the printed definitions', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-dump-'));
    copyFileSync(join(HOSTS, 'rust', 'dump.rs'), join(folder, 'dump.rs'));
    writeFileSync(join(folder, 'zcrx.rs'), (await zcrx(['layout', '--format', 'rust'])).out);
    const made = run(findRust()!, ['-D', 'warnings', '--edition', '2021', 'dump.rs'], { cwd: folder });
    expect(made).toEqual({ ok: true, output: '', errors: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What it says of structs that lie in a file one behind the other. */
  function dump(what: string, structs: readonly Uint8Array[]): Ran {
    writeFileSync(join(folder, 'bytes'), Buffer.concat(structs));
    return run(join(folder, 'dump'), [what, join(folder, 'bytes')]);
  }

  test('statistics', () => {
    const blocks = Array.from({ length: 20 }, () => next(16));
    const lines = blocks.map((bytes) => {
      const { copy_count, copy_bytes } = decode('zcrx_stats', bytes).fields;
      return `copy_count ${copy_count} copy_bytes ${copy_bytes}\n`;
    });
    expect(dump('stats', blocks)).toEqual({ ok: true, output: lines.join(''), errors: '' });
  });

  interface Completion {
    user_data: bigint;
    res: number;
    flags: number;
    big_cqe: [bigint, bigint];
  }

  /** What the library makes of a completion. */
  function line(bytes: Uint8Array): string {
    const { fields, names } = decode('io_uring_cqe', bytes, { revision: 'event' });
    const { user_data, res, flags, big_cqe } = fields as unknown as Completion;
    const data = `area ${big_cqe[0] >> 48n} offset ${BigInt.asUintN(48, big_cqe[0])}`;
    const meaning = res < 0 ? `error ${-res}` : names.res ? `${names.res}, if a notification` : data;
    return `user_data ${user_data} res ${res} flags 0x${flags.toString(16)}: ${meaning}\n`;
  }

  test('completions', () => {
    const written = [
      { user_data: 7n, res: 0, flags: 0 },
      { user_data: 7n, res: 1, flags: 0 },
      { user_data: 7n, res: 2, flags: 0, big_cqe: [0n, 0n] },
      { user_data: 1n, res: 1, flags: 'IORING_CQE_F_MORE', big_cqe: [(3n << 48n) | 4096n, 0n] },
      { user_data: 1n, res: -105, flags: 0 },
    ].map((fields) => encode('io_uring_cqe', { big_cqe: [0n, 0n], ...fields }));
    const completions = [...written, ...Array.from({ length: 20 }, () => next(32))];
    expect(completions.map(line).join('')).toMatch(/ZCRX_EVENT_ALLOC_FAIL, .*ZCRX_EVENT_COPY, .*area 3 /s);
    expect(dump('completions', completions)).toEqual({
      ok: true,
      output: completions.map(line).join(''),
      errors: '',
    });
  });

  test.each([
    ['stats', new Uint8Array(17), '17 bytes are not some times 16'],
    ['completions', new Uint8Array(0), '0 bytes are not some times 32'],
    ['what', new Uint8Array(16), '"what" is neither stats nor completions'],
  ])('refused: %s, %o', (what, bytes, message) => {
    expect(dump(what, [bytes])).toEqual({ ok: false, output: '', errors: `dump: ${message}\n` });
  });
});
