import type { FindingCode, ValidateOptions } from '../../src/index.js';

export type Fields = Record<string, unknown>;
export type Found = [code: FindingCode, field: string, expected: string];
export type Row = [what: string, changed: Fields, findings: Found[], options?: ValidateOptions];

const TOP = 2n ** 64n;
const PAGE = 4096;
const LARGE_PAGES: ValidateOptions = { pageSize: 65536 };

/** For each struct with checks of its own: fields that pass, and rows of what one changes in them and what that gives. */
export const STRUCT_TABLES: Record<string, { passes: Fields; rows: Row[] }> = {
  io_uring_zcrx_ifq_reg: {
    passes: {
      if_idx: 2,
      if_rxq: 1,
      rq_entries: 4096,
      area_ptr: 0x1000n,
      region_ptr: 0x2000n,
      event_desc: 0x3000n,
    },
    rows: [
      ['no entries', { rq_entries: 0 }, [['out-of-range', 'rq_entries', '1 to 32768']]],
      ['one entry', { rq_entries: 1 }, []],
      ['the most entries', { rq_entries: 32768 }, []],
      ['one entry more', { rq_entries: 32769 }, [['out-of-range', 'rq_entries', '1 to 32768']]],
      ['one entry more, clamped', { rq_entries: 32769 }, [], { clamp: true }],
      ['all entries, clamped', { rq_entries: 0xffff_ffff }, [], { clamp: true }],
      [
        'no entries, clamped',
        { rq_entries: 0 },
        [['out-of-range', 'rq_entries', '1 to 32768']],
        { clamp: true },
      ],
      ['no area', { area_ptr: 0 }, [['null-pointer', 'area_ptr', 'an address']]],
      ['no region', { region_ptr: 0 }, [['null-pointer', 'region_ptr', 'an address']]],
      ['no descriptor', { event_desc: 0 }, []],
      ['the queue before the last', { if_rxq: 0xffff_fffe }, []],
      ['no queue', { if_rxq: 0xffff_ffff }, [['out-of-range', 'if_rxq', '0 to 4294967294']]],
      ['buffers of a page', { rx_buf_len: PAGE }, []],
      ['buffers of two pages', { rx_buf_len: 2 * PAGE }, []],
      ['the largest buffers', { rx_buf_len: 2 ** 31 }, []],
      [
        'buffers of three pages',
        { rx_buf_len: 3 * PAGE },
        [['not-power-of-two', 'rx_buf_len', 'a power of two']],
      ],
      ['buffers of half a page', { rx_buf_len: 2048 }, [['too-small', 'rx_buf_len', 'at least 4096']]],
      ['buffers of one byte', { rx_buf_len: 1 }, [['too-small', 'rx_buf_len', 'at least 4096']]],
      [
        'small buffers for large pages',
        { rx_buf_len: PAGE },
        [['too-small', 'rx_buf_len', 'at least 65536']],
        LARGE_PAGES,
      ],
      ['no device', { flags: 'ZCRX_REG_NODEV', if_idx: 0, if_rxq: 0 }, []],
      ['no device but an index', { flags: 2, if_rxq: 0 }, [['conflict', 'if_idx', '0']]],
      ['no device but a queue', { flags: 2, if_idx: 0 }, [['conflict', 'if_rxq', '0']]],
      [
        'no device, and -1 for a queue',
        { flags: 2, if_idx: 0, if_rxq: 2 ** 32 - 1 },
        [['conflict', 'if_rxq', '0']],
      ],
      ['no device, buffers of a page', { flags: 2, if_idx: 0, if_rxq: 0, rx_buf_len: PAGE }, []],
      [
        'no device but large buffers',
        { flags: 2, if_idx: 0, if_rxq: 0, rx_buf_len: 2 * PAGE },
        [['conflict', 'rx_buf_len', '0']],
      ],
      ['a flag that is none', { flags: 4 }, [['unknown-bits', 'flags', 'bits of 0x3']]],
      [
        'flags that are none beside one',
        { flags: 0x8000_0002, if_idx: 0, if_rxq: 0 },
        [['unknown-bits', 'flags', 'bits of 0x3']],
      ],
      [
        'an import',
        { flags: 'ZCRX_REG_IMPORT', if_rxq: 0, rq_entries: 0, area_ptr: 0, region_ptr: 0, event_desc: 0 },
        [],
      ],
      [
        'an import with all that it must not bring',
        { flags: 1 },
        [
          ['conflict', 'if_rxq', '0'],
          ['conflict', 'rq_entries', '0'],
          ['conflict', 'area_ptr', '0'],
          ['conflict', 'region_ptr', '0'],
          ['conflict', 'event_desc', '0'],
        ],
      ],
      [
        'an import without device',
        { flags: 3, if_rxq: 0, rq_entries: 0, area_ptr: 0, region_ptr: 0, event_desc: 0 },
        [['conflict', 'flags', '1']],
      ],
      ['what the kernel writes', { offsets: { head: 9, tail: 9, rqes: 9, __resv2: 9, __resv: [9, 9] } }, []],
      [
        'everything wrong at once',
        {
          flags: 0xfe,
          rq_entries: 0,
          area_ptr: 0,
          region_ptr: 0,
          zcrx_id: 1,
          rx_buf_len: 5,
          __resv: [1, 2],
        },
        [
          ['conflict', 'if_idx', '0'],
          ['conflict', 'if_rxq', '0'],
          ['out-of-range', 'rq_entries', '1 to 32768'],
          ['unknown-bits', 'flags', 'bits of 0x3'],
          ['null-pointer', 'area_ptr', 'an address'],
          ['null-pointer', 'region_ptr', 'an address'],
          ['not-zero-on-entry', 'zcrx_id', '0'],
          ['too-small', 'rx_buf_len', 'at least 4096'],
          ['reserved-not-zero', '__resv[0]', '0'],
          ['reserved-not-zero', '__resv[1]', '0'],
        ],
      ],
    ],
  },
  io_uring_zcrx_area_reg: {
    passes: { addr: 0x10000n, len: 0x10000n },
    rows: [
      ['one page', { len: PAGE }, []],
      ['no bytes', { len: 0 }, [['out-of-range', 'len', '4096 to 1099511627776']]],
      ['a byte', { len: 1 }, [['misaligned', 'len', 'a multiple of 4096']]],
      ['a byte more than a page', { len: PAGE + 1 }, [['misaligned', 'len', 'a multiple of 4096']]],
      ['1 TiB', { len: 1n << 40n }, []],
      ['a page more', { len: (1n << 40n) + 4096n }, [['out-of-range', 'len', '4096 to 1099511627776']]],
      [
        'a byte more than 1 TiB',
        { len: (1n << 40n) + 1n },
        [['out-of-range', 'len', '4096 to 1099511627776']],
      ],
      ['no address', { addr: 0 }, [['null-pointer', 'addr', 'an address']]],
      ['an odd address', { addr: 0x10001n }, [['misaligned', 'addr', 'a multiple of 4096']]],
      [
        'an address between large pages',
        { addr: 0x11000n },
        [['misaligned', 'addr', 'a multiple of 65536']],
        LARGE_PAGES,
      ],
      ['up to the last page', { addr: TOP - 8192n, len: PAGE }, []],
      ['up to the end', { addr: TOP - 4096n, len: PAGE }, [['overflow', 'len', 'at most 4095']]],
      ['past the end', { addr: TOP - 4096n, len: 2 * PAGE }, [['overflow', 'len', 'at most 4095']]],
      ['a token', { rq_area_token: 1n << 48n }, [['not-zero-on-entry', 'rq_area_token', '0']]],
      ['a descriptor for ordinary memory', { dmabuf_fd: 3 }, [['conflict', 'dmabuf_fd', '0']]],
      ['a DMA buffer', { flags: 'IORING_ZCRX_AREA_DMABUF', addr: 0, dmabuf_fd: 3 }, []],
      ['a DMA buffer behind descriptor 0', { flags: 1, addr: 0, dmabuf_fd: 0 }, []],
      ['a DMA buffer with an address', { flags: 1, dmabuf_fd: 3 }, [['conflict', 'addr', '0']]],
      ['an unknown flag', { flags: 2 }, [['unknown-bits', 'flags', 'bits of 0x1']]],
      [
        'everything wrong at once',
        { addr: TOP - 1n, len: 3, rq_area_token: 1, flags: 0x10, dmabuf_fd: 1, __resv2: [0, 1] },
        [
          ['misaligned', 'addr', 'a multiple of 4096'],
          ['misaligned', 'len', 'a multiple of 4096'],
          ['overflow', 'len', 'at most 0'],
          ['not-zero-on-entry', 'rq_area_token', '0'],
          ['unknown-bits', 'flags', 'bits of 0x1'],
          ['conflict', 'dmabuf_fd', '0'],
          ['reserved-not-zero', '__resv2[1]', '0'],
        ],
      ],
    ],
  },
  io_uring_region_desc: {
    passes: { user_addr: 0x10000n, size: 0x10000n, flags: 'IORING_MEM_REGION_TYPE_USER' },
    rows: [
      ['memory of the kernel', { flags: 0, user_addr: 0 }, []],
      ['memory of the kernel with an address', { flags: 0 }, [['conflict', 'user_addr', '0']]],
      ['no address', { user_addr: 0 }, [['null-pointer', 'user_addr', 'an address']]],
      ['an odd address', { user_addr: 0x10008n }, [['misaligned', 'user_addr', 'a multiple of 4096']]],
      ['no bytes', { size: 0 }, [['too-small', 'size', 'at least 4096']]],
      ['half a page', { size: 2048 }, [['misaligned', 'size', 'a multiple of 4096']]],
      [
        'a page of 4096 where pages are larger',
        { size: PAGE },
        [['misaligned', 'size', 'a multiple of 65536']],
        LARGE_PAGES,
      ],
      ['the most pages', { size: 0x7fff_ffffn * 4096n }, []],
      ['a page more', { size: 0x8000_0000n * 4096n }, [['out-of-range', 'size', '4096 to 8796093018112']]],
      ['up to the last page', { user_addr: TOP - 8192n, size: PAGE }, []],
      ['up to the end', { user_addr: TOP - 4096n, size: PAGE }, [['overflow', 'size', 'at most 4095']]],
      ['an unknown flag', { flags: 3 }, [['unknown-bits', 'flags', 'bits of 0x1']]],
      ['an id', { id: 1 }, [['not-zero-on-entry', 'id', '0']]],
      ['an offset to map', { mmap_offset: 0x30000000n }, [['not-zero-on-entry', 'mmap_offset', '0']]],
      [
        'everything wrong at once',
        { user_addr: 1, size: 0, flags: 6, id: 1, mmap_offset: 1, __resv: [1, 0, 0, 1] },
        [
          ['conflict', 'user_addr', '0'],
          ['too-small', 'size', 'at least 4096'],
          ['unknown-bits', 'flags', 'bits of 0x1'],
          ['not-zero-on-entry', 'id', '0'],
          ['not-zero-on-entry', 'mmap_offset', '0'],
          ['reserved-not-zero', '__resv[0]', '0'],
          ['reserved-not-zero', '__resv[3]', '0'],
        ],
      ],
    ],
  },
  zcrx_event_desc: {
    passes: { user_data: TOP - 1n, type_mask: 3, flags: 'ZCRX_EVENT_DESC_FLAG_STATS', stats_offset: 2176 },
    rows: [
      ['no events', { type_mask: 0 }, []],
      ['an unknown event', { type_mask: 4 }, [['unknown-bits', 'type_mask', 'bits of 0x3']]],
      ['the highest event', { type_mask: 0x8000_0000 }, [['unknown-bits', 'type_mask', 'bits of 0x3']]],
      ['no statistics', { flags: 0, stats_offset: 0 }, []],
      ['no statistics but an offset', { flags: 0 }, [['conflict', 'stats_offset', '0']]],
      ['statistics at the start', { stats_offset: 0 }, []],
      ['off by 4', { stats_offset: 2180 }, [['misaligned', 'stats_offset', 'a multiple of 8']]],
      ['off by 4, where 4 is enough', { stats_offset: 2180 }, [], { statsAlignment: 4 }],
      [
        'off by 8, where 16 is asked',
        { stats_offset: 2184 },
        [['misaligned', 'stats_offset', 'a multiple of 16']],
        { statsAlignment: 16 },
      ],
      ['the last byte', { stats_offset: TOP - 1n }, [['misaligned', 'stats_offset', 'a multiple of 8']]],
      ['an unknown flag', { flags: 3 }, [['unknown-bits', 'flags', 'bits of 0x1']]],
      [
        'everything wrong at once',
        { type_mask: 8, flags: 2, stats_offset: 1, __resv2: [0, 0, 1, 0, 0, 0, 0, 0, 2] },
        [
          ['unknown-bits', 'type_mask', 'bits of 0x3'],
          ['unknown-bits', 'flags', 'bits of 0x1'],
          ['conflict', 'stats_offset', '0'],
          ['reserved-not-zero', '__resv2[2]', '0'],
          ['reserved-not-zero', '__resv2[8]', '0'],
        ],
      ],
    ],
  },
  zcrx_ctrl: {
    passes: { zcrx_id: 7, zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } },
    rows: [
      ['the first event', { zc_arm_event: { event_type: 0 } }, []],
      [
        'an unknown event',
        { zc_arm_event: { event_type: 2 } },
        [['unknown-value', 'zc_arm_event.event_type', 'ZCRX_EVENT_ALLOC_FAIL or ZCRX_EVENT_COPY']],
      ],
      ['a flush', { zc_arm_event: undefined, op: 'ZCRX_CTRL_FLUSH_RQ' }, []],
      ['an export', { zc_arm_event: undefined, op: 'ZCRX_CTRL_EXPORT' }, []],
      [
        'an export with a descriptor',
        { zc_arm_event: undefined, zc_export: { zcrx_fd: 1 } },
        [['not-zero-on-entry', 'zc_export.zcrx_fd', '0']],
      ],
      ['an area', { zc_arm_event: undefined, zc_area: { area_ptr: 1 } }, []],
      [
        'no area',
        { zc_arm_event: undefined, zc_area: {} },
        [['null-pointer', 'zc_area.area_ptr', 'an address']],
      ],
      [
        'an unknown operation, whose arm nobody knows',
        { zc_arm_event: undefined, op: 4, __unknown_arm: [1, 2, 3, 4, 5, 6] },
        [
          [
            'unknown-value',
            'op',
            'ZCRX_CTRL_FLUSH_RQ or ZCRX_CTRL_EXPORT or ZCRX_CTRL_ARM_EVENT or ZCRX_CTRL_ADD_AREA',
          ],
        ],
      ],
      [
        'everything wrong at once',
        { __resv: [1, 0], zc_arm_event: { event_type: 9, __resv: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1] } },
        [
          ['reserved-not-zero', '__resv[0]', '0'],
          ['unknown-value', 'zc_arm_event.event_type', 'ZCRX_EVENT_ALLOC_FAIL or ZCRX_EVENT_COPY'],
          ['reserved-not-zero', 'zc_arm_event.__resv[1]', '0'],
          ['reserved-not-zero', 'zc_arm_event.__resv[10]', '0'],
        ],
      ],
    ],
  },
  zcrx_ctrl_add_area: {
    passes: { area_ptr: 1 },
    rows: [['no area', { area_ptr: 0 }, [['null-pointer', 'area_ptr', 'an address']]]],
  },
  io_uring_query_hdr: {
    passes: { query_data: 0x1000, query_op: 'IO_URING_QUERY_ZCRX_EVENT', size: 96 },
    rows: [
      ['no data', { query_data: 0 }, [['null-pointer', 'query_data', 'an address']]],
      ['no bytes', { size: 0 }, [['out-of-range', 'size', '1 to 4096']]],
      ['one byte', { size: 1 }, []],
      ['a page', { size: PAGE }, []],
      ['a byte more', { size: PAGE + 1 }, [['out-of-range', 'size', '1 to 4096']]],
      ['a byte more than 4096 where pages are larger', { size: PAGE + 1 }, [], LARGE_PAGES],
      ['a result left over', { result: -95 }, [['not-zero-on-entry', 'result', '0']]],
      [
        'an unknown question',
        { query_op: 4 },
        [
          [
            'unknown-value',
            'query_op',
            'IO_URING_QUERY_OPCODES or IO_URING_QUERY_ZCRX or IO_URING_QUERY_SCQ or IO_URING_QUERY_ZCRX_EVENT',
          ],
        ],
      ],
    ],
  },
  io_uring_params: {
    passes: {
      flags: 'IORING_SETUP_NO_MMAP|IORING_SETUP_CQE32',
      sq_off: { user_addr: 0x1000n },
      cq_off: { user_addr: 0x2000n },
    },
    rows: [
      ['rings of the kernel', { flags: 'IORING_SETUP_CQE32', sq_off: {}, cq_off: {} }, []],
      ['no submission entries', { sq_off: {} }, [['null-pointer', 'sq_off.user_addr', 'an address']]],
      ['no rings', { cq_off: {} }, [['null-pointer', 'cq_off.user_addr', 'an address']]],
      [
        'everything wrong at once',
        {
          flags: 0xffff_ffff,
          sq_off: { user_addr: 0x1001n },
          cq_off: { user_addr: 0x2800n },
          resv: [0, 1, 0],
        },
        [
          ['unknown-bits', 'flags', 'bits of 0x1fffff'],
          ['reserved-not-zero', 'resv[1]', '0'],
          ['misaligned', 'sq_off.user_addr', 'a multiple of 4096'],
          ['misaligned', 'cq_off.user_addr', 'a multiple of 4096'],
        ],
      ],
    ],
  },
  io_uring_sqe: {
    passes: { opcode: 'IORING_OP_RECV_ZC', fd: -1 },
    rows: [
      ['an unknown flag', { flags: 0x80 }, [['unknown-bits', 'flags', 'bits of 0x7f']]],
      [
        'what is not ours to judge',
        { ioprio: 0xffff, msg_flags: 0xffff_ffff, addr3: TOP - 1n, __pad2: 1 },
        [],
      ],
    ],
  },
};
