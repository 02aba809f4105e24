import { describe, expect, test } from 'vitest';
import { encode } from '../../src/index.js';
import { type Call, type Verdict, VerdictModel } from '../../src/verdict/index.js';
import { refusal } from './refusal.js';
import {
  ARG,
  armLine,
  ctrlLine,
  hexOf,
  INSTANCE,
  importLine,
  type Line,
  MEMORY,
  registerLine,
} from './verdict-lines.js';

const judge = (model: VerdictModel, line: Line): Verdict => model.judge(line as unknown as Call);
const stateful = () => new VerdictModel({ stateful: true });
const idsOf = ({ instances }: Verdict) => instances.map(({ id }) => id);

describe('a model without state', () => {
  test('leaves nothing behind', () => {
    const model = new VerdictModel();
    const lines = [
      registerLine({ ring: 1 }),
      importLine(7, { files: { 7: 'zcrx:3' } }),
      registerLine({ instances: [{ ...INSTANCE, id: 9, fired_mask: 3 }] }),
      { call: 'event', id: 0, type: 1 },
      ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { instances: [INSTANCE], next_fd: 7 }),
      importLine(7),
      armLine(1),
      { call: 'close' },
      registerLine(),
    ];
    const alone = lines.map((line) => judge(new VerdictModel(), line));
    const inTurn = lines.map((line) => judge(model, line));
    const inReverse = lines.toReversed().map((line) => judge(model, line));
    expect(inTurn).toEqual(alone);
    expect(inReverse.toReversed()).toEqual(alone);
  });

  test('leaves nothing behind of a call that it refuses', () => {
    const model = new VerdictModel();
    refusal(() => judge(model, registerLine({ ring: 1, instances: [INSTANCE], devices: 7 })));
    expect(judge(model, registerLine()).instances).toEqual([{ ...INSTANCE }]);
  });
});

test('a bad call puts no rings into play', () => {
  const model = stateful();
  refusal(() => judge(model, registerLine({ ring: 1, devices: 7 })));
  expect(judge(model, registerLine()).instances).toEqual([INSTANCE]);
});

describe('a registration that is refused', () => {
  test('makes no instance and takes no id', () => {
    const model = stateful();
    expect(judge(model, registerLine({ capable: false }))).toMatchObject({ errno: 'EPERM', instances: [] });
    expect(idsOf(judge(model, registerLine()))).toEqual([0]);
  });

  test('as its structs cannot be written back, neither', () => {
    const model = stateful();
    const readOnly = [[ARG, '0x1000', 'ro'], ...MEMORY.slice(1)];
    expect(judge(model, registerLine({ memory: readOnly }))).toMatchObject({
      errno: 'EFAULT',
      rule: 'reg-unwritable',
    });
    expect(idsOf(judge(model, registerLine()))).toEqual([0]);
  });
});

describe('an area to be added', () => {
  const area = encode('io_uring_zcrx_area_reg', { addr: 0x2000_0000, len: 4096 });
  const ctrl = encode('zcrx_ctrl', { op: 'ZCRX_CTRL_ADD_AREA', zc_area: { area_ptr: 0x1000_0100 } });
  const addLine = (bytes = area): Line =>
    ctrlLine(
      {},
      { bytes: { [ARG]: hexOf(ctrl), '0x10000100': hexOf(bytes) }, instances: [{ ...INSTANCE, areas: 2 }] },
    );
  const tokenIn = ({ writes }: Verdict) => Buffer.from(writes['0x10000100'] ?? '', 'hex').readBigUInt64LE(16);

  test('is counted, and gets the next token', () => {
    const verdict = judge(new VerdictModel(), addLine());
    expect(verdict).toMatchObject({ errno: null, instances: [{ ...INSTANCE, areas: 3 }] });
    expect(tokenIn(verdict)).toBe(2n << 48n);
  });

  test('keeps its token where it is refused afterwards', () => {
    const verdict = judge(
      new VerdictModel(),
      addLine(encode('io_uring_zcrx_area_reg', { addr: 0x2000_0000, len: 4097 })),
    );
    expect(verdict).toMatchObject({
      errno: 'EINVAL',
      rule: 'area-unaligned',
      instances: [{ ...INSTANCE, areas: 2 }],
    });
    expect(tokenIn(verdict)).toBe(2n << 48n);
  });
});

describe('ids', () => {
  test('are given from 0, and the lowest free one first', () => {
    const model = stateful();
    const ids = [0, 1, 2].map(() => idsOf(judge(model, registerLine())));
    expect(ids).toEqual([[0], [0, 1], [0, 1, 2]]);
    const sparse = [0, 1, 3].map((id) => ({ ...INSTANCE, id }));
    expect(idsOf(judge(model, registerLine({ instances: sparse })))).toEqual([0, 1, 3, 2]);
  });

  test('are each ring’s own', () => {
    const model = stateful();
    judge(model, registerLine({ ring: 0 }));
    const { instances } = judge(model, registerLine({ ring: 1 }));
    expect(instances.map(({ ring, id, box }) => [ring, id, box])).toEqual([
      [0, 0, 0],
      [1, 0, 1],
    ]);
  });
});

describe('room', () => {
  const MOST = 64;

  test('is there for 64 instances over all rings; one more is refused in one sentence', () => {
    const model = stateful();
    for (let i = 0; i < MOST; i++) judge(model, registerLine({ ring: i % 3 }));
    const { message, field } = refusal(() => judge(model, registerLine({ ring: 5 })));
    expect([message, field]).toEqual(['instances is 65, expected at most 64 over all rings', 'instances']);
    // What the kernel refuses anyway is judged, and so is an import, which makes no instance.
    expect(judge(model, registerLine({ capable: false })).errno).toBe('EPERM');
    judge(model, ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 0, next_fd: 9 }));
    expect(judge(model, importLine(9, { ring: 7 })).instances).toHaveLength(MOST + 1);
  });

  test('comes back when a ring is closed, for as often as one likes', () => {
    const model = stateful();
    for (let i = 0; i < 5 * MOST; i++) {
      judge(model, registerLine({ ring: 1 }, { entries: 1 + (i % 100) }));
      if (i % MOST === MOST - 1) judge(model, { call: 'close', ring: 1 });
    }
    const { instances } = judge(model, registerLine({ ring: 1 }));
    expect(instances).toEqual([{ ...INSTANCE, ring: 1, box: 5 * MOST }]);
  });

  test('is kept for an instance that only a descriptor holds', () => {
    const model = stateful();
    judge(model, registerLine({ ring: 1 }, { entries: 16, type_mask: 2 }));
    judge(model, ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 1, next_fd: 9 }));
    judge(model, { call: 'close', ring: 1 });
    for (let i = 0; i < MOST - 1; i++) judge(model, registerLine({ ring: 2 }));
    refusal(() => judge(model, registerLine({ ring: 2 })));
    const { instances } = judge(model, importLine(9, { ring: 3 }));
    expect(instances.at(-1)).toEqual({
      ...INSTANCE,
      event_mask: 2,
      rq_entries: 16,
      imported: true,
      ring: 3,
      box: 0,
    });
  });

  test('is there for 1024 instances of rings, most of them imported', () => {
    const model = stateful();
    judge(model, registerLine({ ring: 0 }));
    judge(model, ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 0, next_fd: 9 }));
    for (let i = 1; i < 1024; i++) judge(model, importLine(9, { ring: i }));
    const { message } = refusal(() => judge(model, importLine(9, { ring: 1024 })));
    expect(message).toBe(
      'instances is 1025, expected at most 1024, with those that are imported, over all rings',
    );
    expect(judge(model, { call: 'close', ring: 1023 }).instances).toHaveLength(1023);
    expect(judge(model, importLine(9, { ring: 1024 })).instances).toHaveLength(1024);
  });

  test('of 64 other descriptors each is an instance of its own', () => {
    const files = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [10 + i, `zcrx:${i}`]));
    const { message } = refusal(() => judge(new VerdictModel(), importLine(10, { files })));
    expect(message).toMatch(/^instances is \d+, expected at most 64 over all rings$/);
  });
});

test('reset forgets all', () => {
  const model = stateful();
  judge(model, registerLine({ ring: 1 }));
  judge(model, ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 1, next_fd: 9 }));
  model.reset();
  expect(judge(model, importLine(9)).rule).toBe('import-fd-closed');
  expect(judge(model, registerLine()).instances).toEqual([INSTANCE]);
});

describe('a chain of questions', () => {
  /** Questions one after another, each of 64 bytes. */
  function chain(count: number, fields: object = {}): Line {
    const at = (i: number) => 0x1000_0000 + i * 64;
    const entries = Array.from({ length: count }, (_, i) => [
      `0x${at(i).toString(16)}`,
      hexOf(
        encode('io_uring_query_hdr', {
          next_entry: i + 1 < count ? at(i + 1) : 0,
          query_data: 0x2000_0000,
          size: 16,
          ...fields,
        }),
      ),
    ]);
    return {
      call: 'query',
      memory: [
        [ARG, 64 * count + 4096, 'rw'],
        ['0x20000000', 4096, 'rw'],
      ],
      bytes: Object.fromEntries(entries),
      arg: ARG,
    };
  }

  test('of 999 is answered, of 1000 refused', () => {
    expect(judge(new VerdictModel(), chain(999))).toMatchObject({ errno: null, findings: [] });
    expect(judge(new VerdictModel(), chain(1000))).toMatchObject({
      errno: 'ERANGE',
      rule: 'query-endless',
      field: 'query[999].next_entry',
    });
  });

  test('in which all is wrong is told whole, and what decides is among it', () => {
    const { findings, field } = judge(
      new VerdictModel(),
      chain(1000, { result: 1, __resv: [1, 0, 0], size: 0 }),
    );
    expect(findings).toHaveLength(3001);
    expect(field).toBe('query[999].next_entry');
    expect(findings[5]).toMatchObject({ rule: 'query-no-room', field: 'query[1].size', entry: 1 });
  });
});

describe('a query for more than can be told', () => {
  const query = (size: number, room: number | string, kernel = '7.1'): Line => ({
    call: 'query',
    kernel,
    memory: [
      [ARG, 4096, 'rw'],
      ['0x100000000', room, 'rw'],
    ],
    bytes: { [ARG]: hexOf(encode('io_uring_query_hdr', { query_data: 0x1_0000_0000, size })) },
    arg: ARG,
  });

  test('is refused, as the kernel would write gigabytes', () => {
    const { field, message } = refusal(() => judge(new VerdictModel(), query(0xffff_ffff, '0x100000000')));
    expect(field).toBe('query.size');
    expect(message).toBe(
      'query.size makes the kernel write 4294967335 bytes, expected at most 67108864 to be told',
    );
  });

  test('is told up to 64 MiB', () => {
    const size = (64 << 20) - 40;
    const { writes } = judge(new VerdictModel(), query(size, size));
    expect(writes['0x100000030']).toHaveLength(2 * (size - 48));
    expect(writes['0x100000000']).toHaveLength(2 * 48);
  });

  test('of which there is little room in memory is judged', () => {
    expect(judge(new VerdictModel(), query(0xffff_ffff, 4096))).toMatchObject({
      errno: 'EFAULT',
      rule: 'query-data-unwritable',
    });
  });

  test('is one of Linux 7.1 and before: later ones take a page', () => {
    expect(judge(new VerdictModel(), query(4097, '0x100000000', '7.2')).rule).toBe('query-too-large');
  });
});

describe('memory in many pieces', () => {
  const PAGES = 65_500;
  const register = (memory: readonly unknown[]): Line => {
    const line = registerLine();
    const area = encode('io_uring_zcrx_area_reg', { addr: 0x1_0000_0000, len: PAGES * 4096 });
    return {
      ...line,
      memory: [...MEMORY, ...memory],
      bytes: { ...(line.bytes as object), '0x10000100': hexOf(area) },
    };
  };
  const page = (i: number, rights = 'rw') => [`0x${(0x1_0000_0000 + i * 4096).toString(16)}`, 4096, rights];
  const pages = (order: (i: number) => number) => Array.from({ length: PAGES }, (_, i) => page(order(i)));

  test.each([
    ['in order', (i: number) => i],
    ['backwards', (i: number) => PAGES - 1 - i],
    ['shuffled', (i: number) => (i * 7919) % PAGES],
  ])('%s is looked through at once', (_what, order) => {
    const started = performance.now();
    expect(judge(new VerdictModel(), register(pages(order)))).toMatchObject({ errno: null });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test.each([
    ['not there', undefined],
    ['read-only', 'ro'],
    ['of no rights', 'none'],
  ])('of which one page is %s cannot be pinned', (_what, rights) => {
    const memory = pages((i) => i);
    const hole = rights === undefined ? [] : [page(4000, rights)];
    memory.splice(4000, 1, ...hole);
    expect(judge(new VerdictModel(), register(memory))).toMatchObject({
      errno: 'EFAULT',
      rule: 'area-not-pinned',
    });
  });

  test('that overlap counts as what allows most, up to the last address', () => {
    const overlapping = [
      ...pages((i) => i).slice(0, 100),
      ['0x100000000', `0x${(PAGES * 4096).toString(16)}`, 'ro'],
      ['0x100010000', '0xffffffffffffffff', 'rw'],
    ];
    expect(judge(new VerdictModel(), register(overlapping))).toMatchObject({ errno: null });
  });
});
