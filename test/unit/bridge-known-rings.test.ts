import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { KnownRings } from '../../bridge/verdict/known-rings.js';

// Files stand in for rings: both have a descriptor and an inode of their own.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-rings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const open = (name: string): number => openSync(join(folder, name), 'a');
const REGISTERED = { nodev: true, eventMask: 3, entries: 8 };

let rings: KnownRings;
beforeEach(() => {
  rings = new KnownRings();
});

test('a ring is known by its descriptor, and by another that was made of it', () => {
  const fd = open('ring');
  const other = open('ring');
  rings.setUp(fd, 0x3000);
  rings.registered(fd, 0, REGISTERED);
  expect(rings.find(fd)?.flags).toBe(0x3000);
  expect(rings.find(other)).toBe(rings.find(fd));
  closeSync(fd);
  expect(rings.find(other)?.instances.has(0)).toBe(true);
  expect(rings.find(fd)).toBeUndefined();
  closeSync(other);
});

test('the number of a closed descriptor used again is another ring', () => {
  const fd = open('first');
  rings.setUp(fd, 1);
  rings.registered(fd, 0, REGISTERED);
  closeSync(fd);
  const again = open('second');
  expect(again).toBe(fd);
  expect(rings.find(again)).toBeUndefined();
  rings.setUp(again, 2);
  expect(rings.find(again)).toMatchObject({ flags: 2, instances: new Map() });
  closeSync(again);
});

test('a ring that is forgotten is not known by any descriptor', () => {
  const fd = open('forgotten');
  const other = open('forgotten');
  rings.setUp(fd, 0);
  expect(rings.find(other)).toBeDefined();
  rings.forget(other);
  expect([rings.find(fd), rings.find(other)]).toEqual([undefined, undefined]);
  closeSync(fd);
  closeSync(other);
});

test('of a ring that was set up elsewhere what is done with it is known, and its flags are not', () => {
  const fd = open('foreign');
  expect(rings.find(fd)).toBeUndefined();
  rings.registered(fd, 2, REGISTERED);
  expect(rings.find(fd)?.flags).toBeUndefined();
  expect([...(rings.find(fd)?.instances.keys() ?? [])]).toEqual([2]);
  closeSync(fd);
});

test('an import is the same instance as its export, whatever number the exported descriptor was moved to', () => {
  const [exporter, importer, box, other] = [open('exporter'), open('importer'), open('box'), open('other')];
  rings.setUp(exporter, 0);
  rings.setUp(importer, 0);
  rings.registered(exporter, 4, REGISTERED);
  rings.exportedFrom(exporter, 4, box);
  const moved = open('box');
  closeSync(box);
  rings.imported(importer, 0, moved);
  const mine = rings.find(exporter)?.instances.get(4)?.box;
  const theirs = rings.find(importer)?.instances.get(0);
  expect(theirs).toEqual({ box: mine, isImported: true });
  expect(mine).toMatchObject({ isShared: true, registered: REGISTERED });
  // The number that the descriptor had may be that of another one by now.
  const again = open('again');
  expect(again).toBe(box);
  expect(rings.exportedAs(again)).toBeUndefined();
  rings.imported(importer, 1, other);
  expect(rings.find(importer)?.instances.get(1)?.box.registered).toBeUndefined();
  for (const fd of [exporter, importer, moved, other, again]) closeSync(fd);
});

test('what is fired and what is armed is kept, in whichever order it is seen', () => {
  const fd = open('events');
  rings.setUp(fd, 0);
  rings.registered(fd, 0, REGISTERED);
  const fired = () => rings.find(fd)?.instances.get(0)?.box.firedMask;
  rings.fired(fd, 0, 1);
  expect(fired()).toBe(2);
  rings.armed(fd, 0, 1);
  expect(fired()).toBe(0);
  // Armed before the completion was taken in that told of it: that one is no news any more.
  rings.armed(fd, 0, 1);
  rings.fired(fd, 0, 1);
  expect(fired()).toBe(0);
  rings.fired(fd, 0, 1);
  rings.fired(fd, 0, 0);
  expect(fired()).toBe(3);
  rings.armed(fd, 0, 0);
  expect(fired()).toBe(2);
  closeSync(fd);
});

test('what is not known is no error', () => {
  rings.armed(900, 0, 1);
  rings.fired(900, 0, 1);
  rings.areaAdded(900, 0);
  rings.exportedFrom(900, 0, 901);
  rings.registered(900, 0, REGISTERED);
  rings.forget(900);
  expect(rings.find(900)).toBeUndefined();
  expect(rings.exportedAs(901)).toBeUndefined();
});
