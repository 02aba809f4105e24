import { expect, test } from 'vitest';
import { DEFAULT_THRESHOLDS, HealthMonitor, type HealthOptions } from '../../src/health/index.js';
import { thresholds } from '../../src/health/thresholds.js';

test('what is not given keeps its default', () => {
  expect(thresholds()).toEqual(DEFAULT_THRESHOLDS);
  const some = thresholds({ windowMs: 1000, enterMs: { copying: 0 }, copiedShare: { enter: 0.2 } });
  expect(some).toEqual({
    ...DEFAULT_THRESHOLDS,
    windowMs: 1000,
    enterMs: { ...DEFAULT_THRESHOLDS.enterMs, copying: 0 },
    copiedShare: { ...DEFAULT_THRESHOLDS.copiedShare, enter: 0.2 },
  });
});

test.each<[HealthOptions, string]>([
  [{ events: true, thresholds: { windowMs: 0 } }, 'windowMs 0: expected a number from 1 to'],
  [{ events: true, thresholds: { idleMs: Number.NaN } }, 'idleMs NaN: expected a number from 1'],
  [
    { events: true, thresholds: { enterMs: { copying: -1 } } },
    'enterMs.copying -1: expected a number from 0',
  ],
  [
    { events: true, thresholds: { copiedShare: { enter: 2 } } },
    'copiedShare.enter 2: expected a number from 0 to 1',
  ],
  [
    { events: true, thresholds: { copiedShare: { enter: 0.004 } } },
    'copiedShare.leave 0.005: expected less than copiedShare.enter (0.004)',
  ],
  [{ events: true, thresholds: { gapMs: 4000 } }, 'gapMs 4000: expected windowMs (5000) or more'],
  [{ events: true, rq_entries: 0 }, 'rq_entries 0: expected a whole number from 1'],
  [{ events: true, rx_buf_len: 1.5 }, 'rx_buf_len 1.5: expected a whole number from 1'],
])('%j is refused by name', (options, message) => {
  expect(() => new HealthMonitor(options)).toThrow(RangeError);
  expect(() => new HealthMonitor(options)).toThrow(message);
});
