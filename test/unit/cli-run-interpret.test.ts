import { describe, expect, test } from 'vitest';
import type { RecordingFrame } from '../../src/capture/index.js';
import { Interpreter } from '../../src/cli/run/interpret.js';
import { encode } from '../../src/index.js';

const USER_DATA = 2n ** 64n - 1n;
const MS = 1_000_000n;

const completion = (time: bigint, user_data: bigint, res: number): RecordingFrame => ({
  type: 'completions',
  time: time * MS,
  instance: 0,
  entrySize: 16,
  entries: encode('io_uring_cqe', { user_data, res }),
});

const stats = (time: bigint, received: bigint, copy_count = 0n, copy_bytes = 0n): RecordingFrame => ({
  type: 'stats',
  time: time * MS,
  instance: 0,
  receivedBytes: received,
  block: encode('zcrx_stats', { copy_count, copy_bytes }),
});

/** A run on queue 1 of interface 2 whose buffers run out, as a recording has it. */
const FRAMES: readonly RecordingFrame[] = [
  {
    type: 'start',
    time: 0n,
    toolVersion: '0',
    kernelRelease: '7.3.4',
    architecture: 'x64',
    pageSize: 4096,
    revision: 'event',
    wallClock: 0n,
    note: '',
  },
  {
    type: 'registered',
    time: MS,
    instance: 0,
    ifqReg: encode('io_uring_zcrx_ifq_reg', {
      zcrx_id: 0,
      if_idx: 2,
      if_rxq: 1,
      rq_entries: 512,
      rx_buf_len: 4096,
    }),
    eventDesc: encode('zcrx_event_desc', {
      user_data: USER_DATA,
      type_mask: 3,
      flags: 1,
      stats_offset: 8320n,
    }),
    regionDesc: encode('io_uring_region_desc', { size: 12288n }),
    areaReg: encode('io_uring_zcrx_area_reg', { len: 2n ** 21n }),
  },
  stats(100n, 2n ** 21n),
  completion(150n, USER_DATA, 0),
  completion(160n, 1n, -12),
  stats(200n, 2n ** 21n),
  {
    type: 'control',
    time: 300n * MS,
    instance: 0,
    ctrl: encode('zcrx_ctrl', { zcrx_id: 0, zc_arm_event: { event_type: 'ZCRX_EVENT_ALLOC_FAIL' } }),
    result: 0,
  },
  stats(400n, 2n ** 22n, 1n, 4096n),
];

describe('what a run tells of the kernel’s own bytes', () => {
  const interpreter = new Interpreter();
  const events = FRAMES.flatMap((frame) => interpreter.interpret(frame));

  test('which device it is on', () => {
    expect(events[0]).toMatchObject({ type: 'registered', if_idx: 2, if_rxq: 1, rq_entries: 512 });
  });

  test('events as they were written', () => {
    expect(events.slice(1).map(({ type }) => type)).toEqual([
      'stats',
      'notification',
      'interrupted',
      'stats',
      'rearmed',
      'stats',
    ]);
    expect(events[2]).toMatchObject({ notification: 'alloc_fail', res: 0, time_ms: 150 });
    expect(events[3]).toMatchObject({ reason: 'a receive ended with -ENOMEM' });
    expect(events[5]).toMatchObject({ notification: 'alloc_fail' });
  });

  test('and no word of stalls or of how the payload arrived, which they do not contain', () => {
    expect(interpreter.summary()).toEqual({
      type: 'summary',
      seconds: 0.4,
      received_bytes: String(2 ** 22),
      copy_count: '1',
      copy_bytes: '4096',
      notifications: { copy: 0, alloc_fail: 1 },
      rearmed: 1,
      interrupted: 1,
    });
  });
});
