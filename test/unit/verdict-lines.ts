import { encode } from '../../src/index.js';
import type { Verdict } from '../../src/verdict/index.js';
import { zcrx } from './cli-terminal.js';

export const ARG = '0x10000000';
const AREA_AT = 0x1000_0100n;
const REGION_AT = 0x1000_0200n;
const DESC_AT = 0x1000_0300n;
const BUFFERS = '0x20000000';
const RING = '0x30000000';

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const at = (address: bigint) => `0x${address.toString(16)}`;

/** A call as it stands in a line. */
export type Line = { readonly [key: string]: unknown };

/** The page of the structs, an area of two pages, a region of two. */
export const MEMORY = [
  [ARG, '0x1000', 'rw'],
  [BUFFERS, '0x2000', 'rw'],
  [RING, '0x2000', 'rw'],
];

/** What the registration below makes, before any event has fired. */
export const INSTANCE = {
  id: 0,
  event_mask: 3,
  fired_mask: 0,
  nodev: true,
  imported: false,
  areas: 1,
  rq_entries: 128,
};

/** A registration without a device, with statistics at 4096. */
export function registerLine(changed: Line = {}, { entries = 100, type_mask = 3, flags = 2 } = {}): Line {
  const reg = { rq_entries: entries, flags, area_ptr: AREA_AT, region_ptr: REGION_AT, event_desc: DESC_AT };
  return {
    call: 'register_ifq',
    kernel: '7.3',
    nr_args: 1,
    memory: MEMORY,
    bytes: {
      [ARG]: hexOf(encode('io_uring_zcrx_ifq_reg', reg)),
      [at(AREA_AT)]: hexOf(encode('io_uring_zcrx_area_reg', { addr: BUFFERS, len: 8192 })),
      [at(REGION_AT)]: hexOf(encode('io_uring_region_desc', { user_addr: RING, size: 8192, flags: 1 })),
      [at(DESC_AT)]: hexOf(
        encode('zcrx_event_desc', { user_data: 42, type_mask, flags: 1, stats_offset: 4096 }),
      ),
    },
    arg: ARG,
    ...changed,
  };
}

/** The import of the instance behind a descriptor. */
export const importLine = (fd: number, changed: Line = {}): Line => ({
  call: 'register_ifq',
  kernel: '7.3',
  memory: MEMORY,
  bytes: { [ARG]: hexOf(encode('io_uring_zcrx_ifq_reg', { if_idx: fd, flags: 'ZCRX_REG_IMPORT' })) },
  arg: ARG,
  ...changed,
});

/** A control call. */
export const ctrlLine = (fields: object, changed: Line = {}): Line => ({
  call: 'zcrx_ctrl',
  kernel: '7.3',
  nr_args: 0,
  memory: MEMORY,
  bytes: { [ARG]: hexOf(encode('zcrx_ctrl', fields)) },
  arg: ARG,
  ...changed,
});

export const armLine = (event_type: number, changed: Line = {}, zcrx_id = 0): Line =>
  ctrlLine({ zcrx_id, op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type } }, changed);

/** A verdict, or what is said to a line that is no call. */
export type Answer = Verdict & { readonly error?: string };

/** What `zcrx check --ndjson` prints to lines, of calls or of text. */
export async function answersTo(
  lines: readonly (Line | string)[],
  options: readonly string[] = [],
): Promise<{ status: number; err: string; answers: readonly Answer[] }> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { status, out, err } = await zcrx(['check', '--ndjson', ...options], `${text}\n`);
  const answers = out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return { status, err, answers };
}
