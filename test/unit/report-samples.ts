/** Recordings that the tests of reports share. */
import { type RecordingFrame, readRecording, type StartFrame } from '../../src/capture/index.js';
import { encode } from '../../src/index.js';
import { ReportModel } from '../../src/report/model.js';
import type { FileReport, Report } from '../../src/report/report.js';
import { record } from './capture-samples.js';

export const SECOND = 1_000_000_000n;
export const MS = 1_000_000n;
export const USER_DATA = 2n ** 64n - 1n;

/** What ends a script element, loads a picture and runs code, where a page is careless. */
export const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert('2')">`;

export const start: StartFrame = {
  type: 'start',
  time: 0n,
  toolVersion: '0.1.0',
  kernelRelease: '7.3.4',
  architecture: 'x86_64',
  pageSize: 4096,
  revision: 'event',
  wallClock: 1_790_000_000_000_000_000n,
  note: '',
};

/** An instance of the recorder's own, without a device, with all notifications. */
export const registered = (time: bigint, instance = 0): RecordingFrame => ({
  type: 'registered',
  time,
  instance,
  ifqReg: encode('io_uring_zcrx_ifq_reg', { zcrx_id: instance, rq_entries: 4096, rx_buf_len: 4096 }),
  eventDesc: encode('zcrx_event_desc', {
    user_data: USER_DATA,
    type_mask: 3,
    flags: 1,
    stats_offset: 69632n,
  }),
  regionDesc: encode('io_uring_region_desc', { size: 73728n }),
  areaReg: encode('io_uring_zcrx_area_reg', { len: 2n ** 24n }),
});

export const stats = (
  time: bigint,
  received: bigint,
  copies = 0n,
  bytes = 0n,
  instance = 0,
): RecordingFrame => ({
  type: 'stats',
  time,
  instance,
  receivedBytes: received,
  block: encode('zcrx_stats', { copy_count: copies, copy_bytes: bytes }),
});

/** @param res 0 for alloc_fail, 1 for copy */
export const notification = (time: bigint, res: number, user_data = USER_DATA): RecordingFrame => ({
  type: 'completions',
  time,
  instance: 0,
  entrySize: 16,
  entries: encode('io_uring_cqe', { user_data, res }),
});

export const watched = (time: bigint, more: object = {}): RecordingFrame => ({
  type: 'watched',
  time,
  instance: 0,
  pid: 4711,
  startTime: 99n,
  command: 'ingest',
  fd: 7,
  zcrxId: 2,
  how: 'mapped',
  regionSize: 73728,
  statsOffset: 69632,
  rqEntries: 4096,
  rxBufLen: 4096,
  note: '',
  ...more,
});

export const sample = (time: bigint, seen: object, instance = 0): RecordingFrame => ({
  type: 'sample',
  time,
  instance,
  ...seen,
});

export const end = (time: bigint, receivedBytes = 0n): RecordingFrame => ({
  type: 'end',
  time,
  receivedBytes,
  reason: 'interrupted',
});

const GOOD: FileReport = {
  name: 'run.zcrx',
  frames: 1,
  skipped: 0,
  bytes: 100,
  complete: true,
  damage: undefined,
};

/** The report of frames that a reader gives out. */
export function reportOf(frames: readonly RecordingFrame[], files: readonly FileReport[] = [GOOD]): Report {
  const model = new ReportModel();
  for (const frame of frames) model.take(frame);
  return model.finish(files);
}

/** The report of the bytes of a recording. */
export function reportOfBytes(bytes: Uint8Array): Report {
  const model = new ReportModel();
  for (const item of readRecording(bytes, 'run.zcrx')) {
    if (item.type !== 'result') model.take(item);
    else return model.finish([{ name: 'run.zcrx', damage: undefined, ...item }]);
  }
  throw new Error('no result');
}

/** Ten seconds of an own instance, ten samples a second: two seconds without a copy, then all copied. */
export function ownRun(note = ''): RecordingFrame[] {
  const frames: RecordingFrame[] = [{ ...start, note }, registered(MS)];
  for (let at = 0; at <= 100; at++) {
    const time = BigInt(at) * 100n * MS + 2n * MS;
    const copied = BigInt(Math.max(0, at - 20));
    if (at === 21) frames.push(notification(time - MS, 1));
    frames.push(stats(time, BigInt(at) * 409_600n, copied * 100n, copied * 409_600n));
  }
  return [...frames, end(10_100n * MS, 40_960_000n)];
}

export const bytesOf = (frames: readonly RecordingFrame[]): Uint8Array => record(frames).bytes;
