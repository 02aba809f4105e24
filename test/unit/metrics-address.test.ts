import { expect, test } from 'vitest';
import { isMetricsError, parseMetricsAddress } from '../../src/metrics/index.js';

test.each([
  ['9464', undefined, 9464],
  ['0', undefined, 0],
  ['65535', undefined, 65_535],
  ['0.0.0.0:9464', '0.0.0.0', 9464],
  ['[::1]:9464', '::1', 9464],
  ['[::]:1', '::', 1],
])('%s', (text, host, port) => {
  expect(parseMetricsAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  ' 9464',
  '-1',
  '65536',
  '99999999',
  '9464x',
  '1e3',
  '0x10',
  ':9464',
  '1.2.3:9464',
  '256.0.0.1:9464',
  'example.org:9464',
  '::1:9464',
  '[::1]',
  '[::1]9464',
  '[127.0.0.1]:9464',
  '[::g]:9464',
  '127.0.0.1:',
  'http://127.0.0.1:9464',
  '9464\n',
])('%j is no address, and the error says so', (text) => {
  try {
    parseMetricsAddress(text, '--prometheus');
  } catch (error) {
    expect(isMetricsError(error, 'bad-address')).toBe(true);
    expect((error as Error).message).toBe(
      `--prometheus is ${JSON.stringify(text)}, expected a port of 0 to 65535 or an address and a port, as 9464, 192.0.2.1:9464 or [::1]:9464`,
    );
    return;
  }
  expect.unreachable();
});
