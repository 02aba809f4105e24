import { expect, test } from 'vitest';
import { importSettings } from '../../bridge/share/options.js';
import { checkTicket, type Ticket } from '../../bridge/share/ticket.js';

const GOOD: Ticket = {
  format: 'zcrx-ticket',
  version: 1,
  revision: 'event',
  pid: 17,
  box: { fd: 20, inode: '1041' },
  memory: { fd: 21, inode: '18446744073709551615', size: 8192 + 4096 + 2 * 65536 },
  page_size: 4096,
  rq_entries: 32,
  region_size: 8192,
  stats: { offset: 4096, size: 16 },
  buffer_size: 4096,
  area_size: 65536,
  areas: 2,
  device: { name: 'eth0', queue: 1 },
  events: ['copy'],
  user_data: '18446744073709551615',
  registration: {
    reg: '00'.repeat(96),
    area: '00'.repeat(48),
    region: '00'.repeat(64),
    event_desc: '00'.repeat(96),
  },
};

/** A good ticket with one field, by its path, made something else. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(GOOD) as unknown as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() as string;
  let holder = copy;
  for (const name of names) holder = holder[name] as Record<string, unknown>;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

test('a good ticket passes, also as JSON, and without what may be absent', () => {
  expect(checkTicket(JSON.parse(JSON.stringify(GOOD)))).toEqual(GOOD);
  const bare = {
    stats: null,
    device: null,
    events: [],
    registration: { ...GOOD.registration, event_desc: null },
  };
  expect(checkTicket({ ...GOOD, ...bare })).toEqual({ ...GOOD, ...bare });
});

test.each([
  ['format', 'zcrx', '"zcrx", expected "zcrx-ticket"'],
  ['format', undefined, 'missing, expected "zcrx-ticket"'],
  ['version', 2, '2, expected 1'],
  ['version', '1', '"1", expected 1'],
  ['revision', 'v2', '"v2", expected one of v1, rc, event'],
  ['pid', 0, '0, expected a whole number from 1 to 2147483647'],
  ['pid', 1.5, '1.5, expected a whole number from 1 to 2147483647'],
  ['box', 20, '20, expected an object of fd, inode'],
  ['box', null, 'null, expected an object of fd, inode'],
  ['box.fd', -1, '-1, expected a whole number from 0 to 2147483647'],
  ['box.fd', 2 ** 31, '2147483648, expected a whole number'],
  ['box.inode', 1041, '1041, expected a decimal number below 2^64 as a string'],
  ['box.inode', '18446744073709551616', '"18446744073709551616", expected a decimal number below 2^64'],
  ['box.path', '/', '"/", expected no such field, only fd, inode'],
  ['memory.size', 8192, '8192, expected 143360: the region, a page, and 2 areas of 65536'],
  ['page_size', 4095, '4095, expected a power of two from 4096'],
  ['page_size', 2048, '2048, expected a power of two from 4096'],
  ['rq_entries', 33, '33, expected a power of two from 1 to 32768'],
  ['rq_entries', 65536, '65536, expected a power of two from 1 to 32768'],
  ['region_size', 8000, '8000, expected whole pages of 4096'],
  ['region_size', Number.NaN, 'null, expected a whole number'],
  ['stats', [], '[], expected an object of offset, size, or null'],
  ['stats.offset', 4100, '4100, expected a multiple of 8'],
  ['stats.offset', 8184, '8184, expected at most 8176, for the region ends at 8192'],
  ['stats.size', 8, '8, expected a whole number from 16'],
  ['buffer_size', 6000, '6000, expected a power of two from 4096'],
  ['buffer_size', 131072, 'ticket.area_size is 65536, expected whole buffers of 131072'],
  ['area_size', 0, '0, expected a whole number from 1 to 1099511627776'],
  ['areas', 1025, '1025, expected a whole number from 1 to 1024'],
  ['device.name', '', '"", expected a name'],
  ['device.queue', 2 ** 32, '4294967296, expected a whole number from 0 to 4294967294'],
  ['events', 'copy', '"copy", expected a list of alloc_fail and copy'],
  ['events', ['copy', 'copy'], '["copy","copy"], expected a list'],
  ['events', ['no_buffers'], '["no_buffers"], expected a list'],
  ['user_data', 5, '5, expected a decimal number below 2^64 as a string'],
  ['registration.reg', '00'.repeat(95), 'expected the 96 bytes of io_uring_zcrx_ifq_reg in hexadecimal'],
  ['registration.area', 'xx'.repeat(48), 'expected the 48 bytes of io_uring_zcrx_area_reg in hexadecimal'],
  ['registration.event_desc', '', '"", expected the 96 bytes of zcrx_event_desc in hexadecimal, or null'],
  ['secret', 1, '1, expected no such field, only format, version'],
] as const)('%s: %j is refused', (path, value, told) => {
  const field = told.startsWith('ticket.') ? '' : `ticket.${path} is `;
  expect(() => checkTicket(changed(path, value))).toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(field) }),
  );
  expect(() => checkTicket(changed(path, value))).toThrow(told);
});

test.each([undefined, null, 5, 'ticket', [GOOD]])('what is no object at all is refused: %j', (value) => {
  expect(() => checkTicket(value)).toThrow(/^the ticket is .*expected an object as share\(\) gives$/);
});

test('a ticket of a later version is told by its number, not by a field that is not known', () => {
  expect(() => checkTicket({ ...GOOD, version: 2, quota: 1 })).toThrow('ticket.version is 2, expected 1');
});

test('each field is looked at: none can be left out', () => {
  const paths = Object.entries(GOOD).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [name, ...Object.keys(value).map((each) => `${name}.${each}`)]
      : [name],
  );
  expect(paths.length).toBeGreaterThan(25);
  for (const path of paths) {
    expect(() => checkTicket(changed(path, undefined))).toThrow(`ticket.${path} is missing`);
  }
});

test('an importer has the settings of the creator, and its own', () => {
  const settings = importSettings({ cqEntries: 100, highWaterMark: 3, guard: true }, GOOD);
  expect(settings).toMatchObject({
    device: { name: 'eth0', queue: 1 },
    areaSize: 65536,
    area: 'shared',
    spareAreas: 0,
    entries: 32,
    cqEntries: 128,
    events: ['copy'],
    stats: true,
    rearmIntervalMs: undefined,
    highWaterMark: 3,
    guard: true,
    userData: 2n ** 64n - 1n,
    rxBufLen: 0,
  });
  expect(importSettings({}, { ...GOOD, stats: null, device: null, buffer_size: 8192 })).toMatchObject({
    stats: false,
    device: undefined,
    rxBufLen: 8192,
    highWaterMark: 2,
    cqEntries: 4,
    userData: 2n ** 64n - 1n,
  });
});

test('by default one party cannot have all of the area', () => {
  for (const buffers of [32, 64, 100, 4096, 2 ** 20]) {
    const areas = { area_size: buffers * 4096, buffer_size: 4096 };
    const { highWaterMark, cqEntries } = importSettings({}, { ...GOOD, ...areas });
    expect(highWaterMark - 1 + 2 * cqEntries).toBeLessThan(0.6 * buffers);
  }
});

test.each([
  ['events', /^events is no option of an import: events go to the creator's ring only/],
  ['rearm', /an importer can re-arm one with rearm\(type\)$/],
  ['userData', /creator's ring only/],
  ['stats', /the statistics are common to all parties/],
  ['areaSize', /it is of the instance, which the creator has opened/],
  ['spareAreas', /the creator alone adds areas$/],
  ['device', /it is of the instance/],
  ['colour', /^there is no option colour, expected box, area, cqEntries/],
  ['cqEntries', /^cqEntries is true, expected a whole number/],
])('the option %s: true is refused with the reason', (option, told) => {
  expect(() => importSettings({ [option]: true }, GOOD)).toThrow(told);
});
