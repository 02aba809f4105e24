import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecordingDecoder, RecordingEncoder, type RecordingFrame } from '../../src/capture/index.js';
import { pageAssets } from '../../src/report/assets.js';
import { csvLines } from '../../src/report/csv.js';
import { reportDocument } from '../../src/report/json.js';
import { ReportModel } from '../../src/report/model.js';
import { reportPage } from '../../src/report/page.js';
import type { Report } from '../../src/report/report.js';
import { reportText } from '../../src/report/text.js';
import { bytesOf, ownRun, start } from './report-samples.js';

const assets = pageAssets();

/** All that is made of a report; nothing of it may throw, or contain what a careless renderer makes of odd numbers. */
function render(report: Report): void {
  const text = reportText(report);
  const page = reportPage(report, assets);
  const lines = [...csvLines(report)].join('');
  const json = JSON.stringify(reportDocument(report));
  for (const output of [text, lines]) expect(output).not.toMatch(/\b(NaN|undefined|Infinity|\[object)\b/);
  expect(json).not.toMatch(/\bNaN|Infinity\b/);
  // The scripts of the page speak of NaN themselves.
  expect(page.replace(/<script.*?<\/script>/gs, '')).not.toMatch(/\b(NaN|undefined|Infinity|\[object)\b/);
}

/** The report of what can be read of bytes; undefined where they are no recording. */
function read(bytes: Uint8Array): Report | undefined {
  const model = new ReportModel();
  const decoder = new RecordingDecoder('bytes');
  decoder.push(bytes);
  try {
    for (let frame = decoder.next(); frame; frame = decoder.next()) model.take(frame);
  } catch (error) {
    expect(error).toMatchObject({ name: 'RecordingError' });
    return undefined;
  }
  return model.finish([{ name: 'bytes', damage: undefined, ...decoder.finish() }]);
}

const WHOLE = bytesOf(ownRun());

test('cut at every byte, it reports what is before the cut, and no number is beyond that', {
  timeout: 60_000,
}, () => {
  const last = read(WHOLE)!.instances[0]!;
  let before = 0n;
  for (let length = 0; length <= WHOLE.length; length++) {
    const report = read(WHOLE.subarray(0, length));
    if (!report) continue;
    expect(report.files[0]!.complete).toBe(length === WHOLE.length);
    const increase = report.instances[0]?.counters.received_bytes?.increase ?? 0n;
    expect(increase).toBeGreaterThanOrEqual(before);
    before = increase;
    if (length % 101 === 0) render(report);
  }
  expect(before).toBe(last.counters.received_bytes!.increase);
});

test('bytes changed anywhere: what comes before is reported as it was, or the file is refused', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (changes) => {
        const bytes = WHOLE.slice();
        for (const [at, mask] of changes) bytes[at]! ^= mask;
        if (bytes.every((byte, at) => byte === WHOLE[at])) return;
        const report = read(bytes);
        if (!report) return;
        expect(report.files[0]!.damage).toBeDefined();
        const samples = report.instances[0]?.samples ?? 0;
        expect(report.instances[0]?.counters.received_bytes?.increase ?? 0n).toBe(
          BigInt(Math.max(0, samples - 1)) * 409_600n,
        );
      },
    ),
    { numRuns: 2000 },
  );
});

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const number = fc.integer({ min: 0, max: 3 });
const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const words = fc.string({ unit: 'binary', maxLength: 40 });
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });

/** Frames with sound checksums that say anything. */
const anyFrame = fc.oneof(
  fc.record({ type: fc.constant('stats' as const), instance: number, receivedBytes: u64, block: bytes(20) }),
  fc.record({
    type: fc.constant('sample' as const),
    instance: number,
    counters: maybe(fc.record({ copy_count: u64, copy_bytes: u64 })),
    refill: maybe(fc.record({ head: u32, tail: u32 })),
    receivedBytes: maybe(u64),
    rxAllocFail: maybe(u64),
    waitingBytes: maybe(u64),
    stalled: maybe(fc.constantFrom('alloc-fail' as const, 'slow-consumer' as const)),
  }),
  fc.record({
    type: fc.constant('registered' as const),
    instance: number,
    ifqReg: fc.oneof(bytes(10), fc.uint8Array({ minLength: 96, maxLength: 96 })),
    eventDesc: fc.oneof(bytes(10), fc.uint8Array({ minLength: 96, maxLength: 96 })),
    regionDesc: bytes(64),
    areaReg: fc.oneof(bytes(10), fc.uint8Array({ minLength: 48, maxLength: 48 })),
  }),
  fc.record({
    type: fc.constant('watched' as const),
    instance: number,
    pid: u32,
    startTime: u64,
    command: words,
    fd: u32,
    zcrxId: u32,
    how: fc.constantFrom('own' as const, 'mapped' as const, 'remote' as const),
    rqEntries: maybe(u32),
    rxBufLen: maybe(u32),
    note: words,
  }),
  fc.record({
    type: fc.constant('completions' as const),
    instance: number,
    entrySize: fc.constant(16 as const),
    entries: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  fc.record({
    type: fc.constant('control' as const),
    instance: number,
    ctrl: fc.oneof(bytes(10), fc.uint8Array({ minLength: 72, maxLength: 72 })),
    result: fc.integer({ min: -200, max: 10 }),
  }),
  fc.record({ type: fc.constant('state' as const), instance: number, state: words, reason: words }),
  fc.record({ type: fc.constant('gone' as const), instance: number, reason: words }),
);
const gaps = fc.oneof(
  fc.constant(0n),
  fc.bigInt({ min: 0n, max: 10n ** 10n }),
  fc.bigInt({ min: 0n, max: 2n ** 57n }),
);

test('sound frames that say anything are rendered in every form', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('v1' as const, 'rc' as const, 'event' as const),
      u64,
      fc.array(fc.tuple(gaps, anyFrame), { maxLength: 60 }),
      (revision, wallClock, items) => {
        const encoder = new RecordingEncoder();
        let time = 0n;
        const frames: RecordingFrame[] = items.map(([gap, frame]) => {
          time += gap;
          return { ...frame, time };
        });
        const parts = [encoder.header, encoder.encode({ ...start, revision, wallClock })];
        for (const frame of frames) parts.push(encoder.encode(frame));
        const report = read(new Uint8Array(Buffer.concat(parts)))!;
        expect(report.files[0]!.damage).toBeUndefined();
        expect(report.instances.reduce((sum, { samples }) => sum + samples, 0)).toBe(
          frames.filter(({ type }) => type === 'stats' || type === 'sample').length,
        );
        render(report);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
