import { expect, test } from 'vitest';
import { type FieldRule, layouts } from '../../src/index.js';

/** What the kernel's code does with the fields that have no meaning, or none on entry; by struct, all of them. */
const rules: Record<string, Record<string, FieldRule>> = {
  io_uring_zcrx_rqe: { __pad: 'zero' },
  io_uring_zcrx_cqe: { __pad: 'written' },
  io_uring_zcrx_offsets: { __resv2: 'written', __resv: 'written' },
  io_uring_zcrx_area_reg: { rq_area_token: 'zero-on-entry', __resv2: 'zero' },
  io_uring_zcrx_ifq_reg: { zcrx_id: 'zero-on-entry', __resv: 'zero' },
  io_uring_region_desc: { id: 'zero-on-entry', mmap_offset: 'zero-on-entry', __resv: 'zero' },
  zcrx_event_desc: { __resv2: 'zero' },
  zcrx_ctrl_flush_rq: { __resv: 'zero' },
  zcrx_ctrl_export: { zcrx_fd: 'zero-on-entry', __resv1: 'zero' },
  zcrx_ctrl_arm_event: { __resv: 'zero' },
  zcrx_ctrl_add_area: { __resv: 'zero' },
  zcrx_ctrl: { __resv: 'zero' },
  io_uring_query_hdr: { result: 'zero-on-entry', __resv: 'zero' },
  io_uring_query_opcode: { __pad: 'written' },
  io_uring_query_zcrx: { __resv2: 'written' },
  io_uring_query_zcrx_event: { __resv1: 'written', __resv2: 'written' },
  io_uring_query_zcrx_notif_v1: { resv1: 'ignored', __resv2: 'ignored' },
  io_uring_sqe: { __pad2: 'plain' },
  io_sqring_offsets: { resv1: 'written' },
  io_cqring_offsets: { resv1: 'written' },
  io_uring_params: { resv: 'zero' },
};

test('every reserved field, and every one that must be zero on entry, has its rule', () => {
  const described = layouts.structs.flatMap(({ id, fields }) => {
    const special = fields.filter(({ reserved, rule }) => reserved || /zero|ignored/.test(rule));
    return special.length > 0
      ? [[id, Object.fromEntries(special.map(({ name, rule }) => [name, rule]))]]
      : [];
  });
  expect(Object.fromEntries(described)).toEqual(rules);
});

test('what the kernel reports is written by it, all of it', () => {
  for (const id of [
    'zcrx_stats',
    'io_uring_cqe',
    'io_uring_cqe32',
    'io_uring_query_zcrx',
    'io_uring_query_zcrx_event',
  ]) {
    const struct = layouts.structs.find((each) => each.id === id);
    expect(new Set(struct?.fields.map(({ rule }) => rule)), id).toEqual(new Set(['written']));
  }
});
