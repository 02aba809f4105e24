import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { probe } from 'zcrx/bridge';
import type { Context, Scenarios } from '../harness.js';

/** What each series lacks, by the release that brought it. */
const LACKING: Record<string, Record<string, string[]>> = {
  '7.3': {},
  '7.2': { '7.3': ['zcrx_ctrl_add_area', 'zcrx_ctrl.zc_area', 'ZCRX_CTRL_ADD_AREA'] },
  '7.1': {
    '7.2': [
      'io_uring_zcrx_ifq_reg.event_desc',
      'zcrx_event_desc',
      'zcrx_stats',
      'zcrx_ctrl_arm_event',
      'zcrx_ctrl.zc_arm_event',
      'io_uring_query_zcrx_event',
      'ZCRX_EVENT_ALLOC_FAIL',
      'ZCRX_EVENT_COPY',
      'ZCRX_EVENT_DESC_FLAG_STATS',
      'ZCRX_CTRL_ARM_EVENT',
      'IO_URING_QUERY_ZCRX_EVENT',
      'ZCRX_FEATURE_EVENT',
    ],
    '7.3': ['zcrx_ctrl_add_area', 'zcrx_ctrl.zc_area', 'ZCRX_CTRL_ADD_AREA'],
  },
  '6.18': {
    '6.19': [
      'zcrx_ctrl_flush_rq',
      'zcrx_ctrl_export',
      'zcrx_ctrl',
      'io_uring_query_zcrx',
      'io_uring_query_scq',
      'ZCRX_REG_IMPORT',
      'ZCRX_CTRL_FLUSH_RQ',
      'ZCRX_CTRL_EXPORT',
      'IO_URING_QUERY_ZCRX',
      'IO_URING_QUERY_SCQ',
      'IORING_REGISTER_ZCRX_CTRL',
    ],
    '7.0': ['io_uring_zcrx_ifq_reg.rx_buf_len', 'ZCRX_FEATURE_RX_PAGE_SIZE'],
    '7.1': ['ZCRX_REG_NODEV'],
    '7.2': [
      'io_uring_zcrx_ifq_reg.event_desc',
      'zcrx_event_desc',
      'zcrx_stats',
      'zcrx_ctrl_arm_event',
      'io_uring_query_zcrx_event',
      'ZCRX_EVENT_ALLOC_FAIL',
      'ZCRX_EVENT_COPY',
      'ZCRX_EVENT_DESC_FLAG_STATS',
      'ZCRX_CTRL_ARM_EVENT',
      'IO_URING_QUERY_ZCRX_EVENT',
      'ZCRX_FEATURE_EVENT',
    ],
    '7.3': ['zcrx_ctrl_add_area', 'ZCRX_CTRL_ADD_AREA'],
    null: ['IORING_OP_NOP128', 'IORING_OP_URING_CMD128', 'IORING_REGISTER_BPF_FILTER'],
  },
};

interface Report {
  readonly source: string;
  readonly kernel: string;
  readonly revision: string | null;
  readonly differs: unknown[];
  readonly unknown: unknown[];
  readonly lacking: { kind: string; name: string; struct?: string; since: string | null }[];
  readonly agrees: {
    structs: { name: string; size: number; fields: number }[];
    values: { set: string; names: string[] }[];
  };
}

let kept: Report | undefined;

/** What the command says in this guest. It fails unless the command ends with status 0. */
function report(): Report {
  kept ??= JSON.parse(execFileSync('zcrx', ['verify', '--json'], { encoding: 'utf8' })) as Report;
  return kept;
}

const hasEvents = (t: Context) => t.series === '7.3' || t.series === '7.2';

export default {
  'nothing differs, and nothing is unknown'(t) {
    const { source, kernel, differs, unknown } = report();
    assert.deepEqual([source, kernel], ['/sys/kernel/btf/vmlinux', t.release]);
    assert.deepEqual([differs, unknown], [[], []]);
  },

  'what this kernel lacks, by the release that brought it'(t) {
    const lacking: Record<string, string[]> = {};
    for (const { name, struct, since } of report().lacking) {
      const names = lacking[String(since)] ?? [];
      lacking[String(since)] = [...names, struct === undefined ? name : `${struct}.${name}`];
    }
    assert.deepEqual(lacking, LACKING[t.series]);
  },

  'every other struct agrees, and has the fields that are not lacking'(t) {
    const { lacking, agrees } = report();
    const missing = lacking.filter(({ kind }) => kind === 'struct').map(({ name }) => name);
    assert.equal(agrees.structs.length + missing.length, 24);
    assert.equal(new Set(agrees.structs.map(({ name }) => name)).size, agrees.structs.length - 1);
    const fields = Object.fromEntries(agrees.structs.map((each) => [each.name, each.fields]));
    const regFields = { '7.3': 11, '7.2': 11, '7.1': 10 }[t.series] ?? 9;
    assert.equal(fields.io_uring_zcrx_ifq_reg, regFields);
    assert.equal(fields.zcrx_event_desc, hasEvents(t) ? 5 : undefined);
    const values = agrees.values.reduce((sum, { names }) => sum + names.length, 0);
    assert.ok(values > 100, `${values} values`);
  },

  'the revision that the names tell is the one that the kernel answers'(t) {
    const { revision, event } = probe();
    assert.equal(report().revision, revision ?? null);
    assert.equal(report().revision, hasEvents(t) ? 'event' : null);
    const stats = report().agrees.structs.find(({ name }) => name === 'zcrx_stats');
    assert.equal(stats?.size, event?.stats_size);
  },

  'for people: the outcome first, and the same from a file or standard input'(t) {
    const said = execFileSync('zcrx', ['verify'], { encoding: 'utf8' });
    assert.ok(said.startsWith(`Linux ${t.release}: nothing differs, `), said);
    const revision = hasEvents(t) ? 'interface revision event' : 'no interface revision';
    assert.ok(said.split('\n')[1]?.startsWith(revision), said);
    const input = readFileSync('/sys/kernel/btf/vmlinux');
    const piped = spawnSync('zcrx', ['verify', '--btf', '-'], { input, encoding: 'utf8' });
    assert.deepEqual([piped.status, piped.stderr], [0, '']);
    assert.deepEqual(piped.stdout.split('\n').slice(1), said.split('\n').slice(1));
  },
} satisfies Scenarios;
