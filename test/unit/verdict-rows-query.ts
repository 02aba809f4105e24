import type { Row } from './verdict-rows.js';

const OPCODES = { query_op: 'IO_URING_QUERY_OPCODES', size: 48 };
const query = (fields: object, more: Row['bundle'] = {}): Row['bundle'] => ({
  query: { ...OPCODES, ...fields },
  ...more,
});

/** What is wrong with a query. */
export const QUERY_ROWS: readonly Row[] = [
  {
    rule: 'query-nr-args',
    errno: 'EINVAL',
    field: 'nr_args',
    bundle: query({}, { nr_args: 1 }),
    message: 'nr_args is 1, but must be 0 for IORING_REGISTER_QUERY',
    fix: ['nr_args', '0'],
  },
  {
    rule: 'query-unreadable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: query({}),
    call: { arg: '0x7f0000001000' },
    message:
      'arg is 0x7f0000001000, where an io_uring_query_hdr cannot be read: not all of it is mapped and readable',
  },
  {
    rule: 'query-unreadable',
    errno: 'EFAULT',
    field: 'query.next_entry',
    bundle: query({ next_entry: '0x7f0000001000' }),
    message:
      'query.next_entry is 0x7f0000001000, where an io_uring_query_hdr cannot be read: not all of it is mapped and readable',
  },
  {
    rule: 'query-too-large',
    errno: 'E2BIG',
    field: 'query.size',
    bundle: query({ size: 4097 }),
    message: 'query.size is 4097, but at most a page (4096) is taken',
    fix: ['query.size', '48'],
  },
  {
    rule: 'query-data-unreadable',
    errno: 'EFAULT',
    field: 'query.query_data',
    bundle: query({ query_data: 0 }),
    message: 'query.query_data is 0, but must be the address of the room for the answer',
  },
  {
    rule: 'query-data-unwritable',
    errno: 'EFAULT',
    field: 'query.query_data',
    bundle: query(
      { query_data: '0x40000000' },
      {
        memory: [
          ['0x10000000', 4096, 'rw'],
          ['0x40000000', 4096, 'ro'],
        ],
      },
    ),
    message:
      'query.query_data is 0x40000000, where the answer cannot be written back: not all of it is writable',
  },
  {
    rule: 'query-unwritable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: query(
      { query_data: '0x40000000' },
      {
        memory: [
          ['0x10000000', 4096, 'ro'],
          ['0x40000000', 4096, 'rw'],
        ],
      },
    ),
    message:
      'arg is 0x10000000, where the io_uring_query_hdr cannot be written back: not all of it is writable',
  },
  {
    rule: 'query-endless',
    errno: 'ERANGE',
    field: 'query[999].next_entry',
    bundle: query({ next_entry: '0x10000000' }),
    message:
      'query[999].next_entry is 0x10000000, but a chain has at most 999 questions; does it run in a circle?',
  },
  {
    rule: 'query-unknown-op',
    errno: 'EOPNOTSUPP',
    field: 'query.query_op',
    bundle: query({ query_op: 9 }),
    message:
      'query.query_op is 9, but Linux 7.3 knows only the questions 0 to 3: result will be -95 (EOPNOTSUPP)',
  },
  {
    rule: 'query-reserved',
    errno: 'EINVAL',
    field: 'query.__resv[2]',
    bundle: query({ __resv: [0, 0, 1] }),
    message: 'query.__resv[2] is 0x1, but is reserved and must be 0: result will be -22 (EINVAL)',
    fix: ['query.__resv[2]', '0'],
  },
  {
    rule: 'query-result-not-zero',
    errno: 'EINVAL',
    field: 'query.result',
    bundle: query({ result: -95 }),
    message: 'query.result is -95, but must be 0 on entry: result will be -22 (EINVAL)',
    fix: ['query.result', '0'],
  },
  {
    rule: 'query-no-room',
    errno: 'EINVAL',
    field: 'query.size',
    bundle: query({ size: 0 }),
    message: 'query.size is 0, so there is no room for an answer: result will be -22 (EINVAL)',
    fix: ['query.size', '48'],
  },
];
