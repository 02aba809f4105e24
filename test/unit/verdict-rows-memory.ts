import type { BundleFields } from '../../src/verdict/bundle.js';
import { type Row, registration } from './verdict-rows.js';

const TOP = (2n ** 64n - 1n).toString();
const REGION_ROOM: NonNullable<Row['bundle']['memory']>[number] = ['0x300000000000', '0x100000', 'rw'];
const STRUCTS: NonNullable<Row['bundle']['memory']>[number] = ['0x10000000', 4096, 'rw'];
const region = (fields: BundleFields): Row['bundle'] => registration({ region: fields });
const stats = (
  stats_offset: number | string,
  reg: BundleFields = {},
  more: BundleFields = {},
): Row['bundle'] => registration({ reg, event_desc: { stats_offset, ...more } });
const area = (fields: BundleFields, more: Row['bundle'] = {}): Row['bundle'] =>
  registration({ ...more, area: fields });

/** Before Linux 7.1 nothing is registered without a device. */
const OLDER: Row['bundle'] = {
  kernel: '6.16',
  reg: { if_idx: 2, rq_entries: 128 },
  area: { len: 8192 },
  devices: [{ if_idx: 2, unknown: true }],
};

/** What is wrong with the refill region. */
export const REGION_ROWS: readonly Row[] = [
  {
    rule: 'region-too-small',
    errno: 'EINVAL',
    field: 'region.size',
    bundle: registration({ reg: { rq_entries: 300 }, event_desc: { stats_offset: 0x3000 } }),
    message:
      'region.size is 8192, but the refill ring ends at 8320 because rq_entries 300 is rounded up to 512; whole pages that hold it are 16384 bytes',
    fix: ['region.size', '16384'],
    also: ['stats-outside-region'],
  },
  {
    rule: 'region-reserved',
    errno: 'EINVAL',
    field: 'region.__resv[3]',
    bundle: region({ __resv: [0, 0, 0, '0xffffffffffffffff'] }),
    message: 'region.__resv[3] is 0xffffffffffffffff, but is reserved and must be 0',
    fix: ['region.__resv[3]', '0'],
  },
  {
    rule: 'region-flags',
    errno: 'EINVAL',
    field: 'region.flags',
    bundle: region({ flags: 5 }),
    message:
      'region.flags is 0x5, of which 0x4 means nothing to Linux 7.3; it knows 0x1 (IORING_MEM_REGION_TYPE_USER)',
    fix: ['region.flags', '1'],
  },
  {
    rule: 'region-user-addr',
    errno: 'EFAULT',
    field: 'region.user_addr',
    bundle: region({ user_addr: 0 }),
    message:
      "region.user_addr is 0, but must be the address of the memory: IORING_MEM_REGION_TYPE_USER in region.flags says that it is the program's own",
  },
  {
    rule: 'region-user-addr',
    errno: 'EFAULT',
    field: 'region.user_addr',
    bundle: region({ flags: 0, user_addr: '0x7f0000000000' }),
    message:
      'region.user_addr is 0x7f0000000000, but region.flags lacks IORING_MEM_REGION_TYPE_USER, without which the kernel allocates the memory and wants 0',
    fix: ['region.flags', '1'],
  },
  {
    rule: 'region-not-zero',
    errno: 'EINVAL',
    field: 'region.mmap_offset',
    bundle: region({ mmap_offset: '0x30000000' }),
    message: 'region.mmap_offset is 0x30000000, but must be 0 on entry: the kernel writes it',
    fix: ['region.mmap_offset', '0'],
  },
  {
    rule: 'region-not-zero',
    errno: 'EINVAL',
    field: 'region.id',
    bundle: region({ id: 1 }),
    message: 'region.id is 1, but must be 0 on entry: the kernel writes it',
    fix: ['region.id', '0'],
  },
  {
    rule: 'region-pages',
    errno: 'E2BIG',
    field: 'region.size',
    bundle: region({ flags: 0, size: String(2n ** 43n) }),
    message: 'region.size is 8796093022208, but at most 8796093018112 bytes can be taken at once',
    also: ['region-page-list'],
  },
  {
    rule: 'region-unaligned',
    errno: 'EINVAL',
    field: 'region.user_addr',
    bundle: region({ user_addr: '0x7f0000000010' }),
    message: 'region.user_addr is 0x7f0000000010, but must be a multiple of the page size 4096',
    fix: ['region.user_addr', String(0x7f0000000000)],
  },
  {
    rule: 'region-unaligned',
    errno: 'EINVAL',
    field: 'region.size',
    bundle: region({ size: 8200 }),
    message: 'region.size is 8200, but must be a multiple of the page size 4096',
    fix: ['region.size', '12288'],
  },
  {
    rule: 'region-unaligned',
    errno: 'EINVAL',
    field: 'region.user_addr',
    bundle: region({ user_addr: TOP }),
    message:
      'region.user_addr is 0xffffffffffffffff: that is MAP_FAILED, which mmap returns when it fails (test for it, not for NULL)',
    also: ['region-wraps', 'region-not-pinned'],
  },
  {
    rule: 'region-wraps',
    errno: 'EOVERFLOW',
    field: 'region.user_addr',
    bundle: region({ user_addr: '0xfffffffffffff000' }),
    message:
      'region.user_addr is 0xfffffffffffff000, and 8192 bytes from there run past the end of the address space',
    also: ['region-not-pinned'],
  },
  {
    rule: 'region-pin-limit',
    errno: 'EOVERFLOW',
    field: 'region.size',
    bundle: region({ size: String(2n ** 40n) }),
    message: 'region.size is 1099511627776, but at most 1099511623680 bytes can be taken at once',
  },
  {
    rule: 'region-page-list',
    errno: 'ENOMEM',
    field: 'region.size',
    bundle: region({ flags: 0, size: String(2n ** 40n) }),
    message: 'region.size is 1099511627776, but at most 1099511623680 bytes can be taken at once',
  },
  {
    rule: 'region-cut-empty',
    errno: 'EINVAL',
    field: 'region.size',
    bundle: { ...OLDER, region: { flags: 1, size: String(2n ** 32n) } },
    message:
      'region.size is 4294967296, but Linux 6.16 keeps only the lower 32 bits of it: at most 4294967295',
  },
  {
    rule: 'region-cut',
    errno: 'EFAULT',
    field: 'region.size',
    bundle: { ...OLDER, region: { flags: 1, size: String(2n ** 32n + 8192n) } },
    message:
      'region.size is 4294975488, but Linux 6.16 keeps only the lower 32 bits of it: at most 4294967295',
  },
  {
    rule: 'region-not-pinned',
    errno: 'EFAULT',
    field: 'region.user_addr',
    bundle: {
      ...registration(),
      memory: [STRUCTS, ['0x200000000000', 8192, 'rw'], ['0x300000000000', 4096, 'rw']],
    },
    message:
      'region.user_addr is 0x300000000000, but not all of the 8192 bytes from there are mapped and writable',
  },
];

/** Where the statistics lie. */
export const STATISTICS_ROWS: readonly Row[] = [
  {
    rule: 'stats-unaligned',
    errno: 'EINVAL',
    field: 'event_desc.stats_offset',
    bundle: stats(4100),
    message: 'event_desc.stats_offset is 4100, but must be a multiple of 8; 4104 would fit',
    fix: ['event_desc.stats_offset', '4104'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(0),
    message:
      'event_desc.stats_offset 0 lies inside the refill ring, which ends at 2176; the first free offset is 2176',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(2160),
    message:
      'event_desc.stats_offset 2160 lies inside the refill entries, which end at 2176; the first free offset is 2176',
    onlyHere: 'the entries end at 2112 on Linux 7.2',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(128 + 16 * 100, { rq_entries: 100 }),
    message:
      'event_desc.stats_offset 1728 lies inside the refill entries, which end at 2176 because rq_entries 100 is rounded up to 128; the first free offset is 2176',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(64 + 16 * 100, { rq_entries: 100 }),
    message:
      'event_desc.stats_offset 1664 lies inside the refill entries, which end at 2176 because rq_entries 100 is rounded up to 128; the first free offset is 2176 (on Linux 7.3 the entries begin at 128, not at 64)',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(64 + 16 * 128),
    message:
      'event_desc.stats_offset 2112 lies inside the refill entries, which end at 2176; the first free offset is 2176 (on Linux 7.3 the entries begin at 128, not at 64)',
    onlyHere: 'right on Linux 7.2',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: { ...stats(64 + 16 * 100, { rq_entries: 100 }), kernel: '7.2' },
    message:
      'event_desc.stats_offset 1664 lies inside the refill entries, which end at 2112 because rq_entries 100 is rounded up to 128; the first free offset is 2112',
    onlyHere: 'the offset that fits is that of Linux 7.2',
    fix: ['event_desc.stats_offset', '2112'],
  },
  {
    rule: 'stats-overlap-ring',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: {
      ...registration({
        reg: { rq_entries: 40000 },
        region: { size: 0x9_0000 },
        event_desc: { stats_offset: 0x8_0000 },
      }),
      setup_flags: 'CQE32|SINGLE_ISSUER|DEFER_TASKRUN|CLAMP',
    },
    message:
      'event_desc.stats_offset 524288 lies inside the refill entries, which end at 524416 because rq_entries 40000 is cut down to 32768; the first free offset is 524416 (on Linux 7.3 the entries begin at 128, not at 0)',
    fix: ['event_desc.stats_offset', String(0x8_0080)],
  },
  {
    rule: 'stats-wrap',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(String(2n ** 64n - 8n)),
    message:
      'event_desc.stats_offset is 18446744073709551608, so that the statistics run past the end of 64 bits; the first free offset is 2176',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-outside-region',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: stats(8184),
    message:
      'event_desc.stats_offset is 8184, so that the statistics end at 8200, behind the region of 8192 bytes; the first free offset is 2176',
    fix: ['event_desc.stats_offset', '2176'],
  },
  {
    rule: 'stats-outside-region',
    errno: 'ERANGE',
    field: 'event_desc.stats_offset',
    bundle: registration({
      reg: { rq_entries: 32768 },
      region: { size: 0x8_1000 },
      event_desc: { stats_offset: 0x8_1000 },
    }),
    message:
      'event_desc.stats_offset is 528384, so that the statistics end at 528400, behind the region of 528384 bytes; the first free offset is 524416',
    fix: ['event_desc.stats_offset', String(0x8_0080)],
  },
];

/** What is wrong with the area. */
export const AREA_ROWS: readonly Row[] = [
  {
    rule: 'area-buf-len',
    errno: 'EINVAL',
    field: 'reg.rx_buf_len',
    bundle: registration({ reg: { rx_buf_len: 2048 } }),
    message: 'reg.rx_buf_len is 2048, but must be 0 or a power of two of at least a page (4096)',
    fix: ['reg.rx_buf_len', '0'],
  },
  {
    rule: 'area-buf-len-nodev',
    errno: 'EOPNOTSUPP',
    field: 'reg.rx_buf_len',
    bundle: registration({ reg: { rx_buf_len: 8192 } }),
    message: 'reg.rx_buf_len is 8192, but without a device a buffer is a page: 0 or 4096',
    fix: ['reg.rx_buf_len', '0'],
  },
  {
    rule: 'area-flags',
    errno: 'EINVAL',
    field: 'area.flags',
    bundle: area({ flags: 2 }),
    message:
      'area.flags is 0x2, of which 0x2 means nothing to Linux 7.3; it knows 0x1 (IORING_ZCRX_AREA_DMABUF)',
    fix: ['area.flags', '0'],
  },
  {
    rule: 'area-token',
    errno: 'EINVAL',
    field: 'area.rq_area_token',
    bundle: area({ rq_area_token: String(2n ** 48n) }),
    message: 'area.rq_area_token is 0x1000000000000, but must be 0 on entry: the kernel writes it',
    fix: ['area.rq_area_token', '0'],
  },
  {
    rule: 'area-reserved',
    errno: 'EINVAL',
    field: 'area.__resv2[0]',
    bundle: area({ __resv2: [1, 0] }),
    message: 'area.__resv2[0] is 0x1, but is reserved and must be 0',
    fix: ['area.__resv2[0]', '0'],
  },
  {
    rule: 'area-empty',
    errno: 'EFAULT',
    field: 'area.len',
    bundle: area({ len: 0 }),
    message: 'area.len is 0, but the area needs at least a page (4096)',
    fix: ['area.len', '4096'],
  },
  {
    rule: 'area-limit-1g',
    errno: 'EFAULT',
    field: 'area.len',
    bundle: { ...area({ len: 2 ** 31 }), event_desc: undefined, kernel: '7.1' } as Row['bundle'],
    message: 'area.len is 2147483648, but an area has at most 1073741824 bytes up to Linux 7.1',
  },
  {
    rule: 'area-limit',
    errno: 'EINVAL',
    field: 'area.len',
    bundle: area({ len: 2 ** 41 }),
    message: 'area.len is 2199023255552, but an area has at most 1099511627776 bytes',
  },
  {
    rule: 'area-wraps',
    errno: 'EOVERFLOW',
    field: 'area.addr',
    bundle: area({ addr: TOP }),
    message:
      'area.addr is 0xffffffffffffffff: that is MAP_FAILED, which mmap returns when it fails (test for it, not for NULL)',
  },
  {
    rule: 'area-wraps',
    errno: 'EOVERFLOW',
    field: 'area.addr',
    bundle: area({ addr: '0xfffffffffffff000' }),
    message:
      'area.addr is 0xfffffffffffff000, and 8192 bytes from there run past the end of the address space',
  },
  {
    rule: 'area-unaligned',
    errno: 'EINVAL',
    field: 'area.addr',
    bundle: area({ addr: '0x7f0000000800' }),
    message: 'area.addr is 0x7f0000000800, but must be a multiple of the page size 4096',
    fix: ['area.addr', String(0x7f0000000000)],
  },
  {
    rule: 'area-unaligned',
    errno: 'EINVAL',
    field: 'area.len',
    bundle: area({ len: 10000 }),
    message: 'area.len is 10000, but must be a multiple of the page size 4096',
    fix: ['area.len', '12288'],
  },
  {
    rule: 'area-dmabuf-nodev',
    errno: 'EINVAL',
    field: 'area.flags',
    bundle: area({ flags: 'IORING_ZCRX_AREA_DMABUF', dmabuf_fd: 5 }),
    message:
      'area.flags is 0x1, but IORING_ZCRX_AREA_DMABUF needs a device, and there is none with ZCRX_REG_NODEV',
  },
  {
    rule: 'area-fd-without-dmabuf',
    errno: 'EINVAL',
    field: 'area.dmabuf_fd',
    bundle: area({ dmabuf_fd: 5 }),
    message: 'area.dmabuf_fd is 5, but must be 0 without IORING_ZCRX_AREA_DMABUF in area.flags',
    fix: ['area.dmabuf_fd', '0'],
  },
  {
    rule: 'area-null',
    errno: 'EFAULT',
    field: 'area.addr',
    bundle: area({ addr: 0 }),
    message: 'area.addr is 0, but must be the address of the area',
  },
  {
    rule: 'area-pin-limit',
    errno: 'EOVERFLOW',
    field: 'area.len',
    bundle: area({ len: 2 ** 40 }),
    message: 'area.len is 1099511627776, but at most 1099511623680 bytes can be taken at once',
  },
  {
    rule: 'area-not-pinned',
    errno: 'EFAULT',
    field: 'area.addr',
    bundle: { ...registration(), memory: [STRUCTS, ['0x200000000000', 8192, 'ro'], REGION_ROOM] },
    message: 'area.addr is 0x200000000000, but not all of the 8192 bytes from there are mapped and writable',
  },
];
