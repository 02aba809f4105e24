import { encode } from '../../src/index.js';

/** One statistics block, and one re-arming, as people have them before them. */
const STATS = encode('zcrx_stats', { copy_count: 3, copy_bytes: 65_536 });
const ARM = encode('zcrx_ctrl', { zcrx_id: 5, zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } });

interface Dump {
  readonly form: string;
  readonly struct: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

const stats = (form: string, text: string): Dump => ({ form, struct: 'zcrx_stats', text, bytes: STATS });

export const DUMPS: readonly Dump[] = [
  stats('plain hex', '03000000000000000000010000000000'),
  stats('bytes in groups', '03 00 00 00 00 00 00 00\n00 00 01 00 00 00 00 00'),
  stats(
    '0x before each byte',
    '0x03,0,0,0,0,0,0,0'.replace(/,0/g, ', 0x00').concat(', 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00'),
  ),
  stats('xxd', '00000000: 0300 0000 0000 0000 0000 0100 0000 0000  ................'),
  stats(
    'hexdump -C',
    '00000000  03 00 00 00 00 00 00 00  00 00 01 00 00 00 00 00  |................|\n00000010',
  ),
  stats('od -A x -t x1', '000000 03 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00\n000010'),
  stats('gdb x/2xg', '0x7ffff7fbb000:\t0x0000000000000003\t0x0000000000010000'),
  stats('an array of C', 'unsigned char s[16] = { 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 };'),
  stats('escapes', '"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00"'),
  stats('what gdb prints', '$1 = {copy_count = 3, copy_bytes = 65536}'),
  {
    form: 'a line of strace',
    struct: 'zcrx_ctrl',
    text: 'io_uring_register(3, IORING_REGISTER_ZCRX_CTRL, {zcrx_id=5, op=ZCRX_CTRL_ARM_EVENT, zc_arm_event={event_type=ZCRX_EVENT_COPY}}, 0) = 0',
    bytes: ARM,
  },
];
