// A party that puts buffers into the refill ring in shared memory: `node share-producer.mjs FD LENGTH ENTRIES FIRST COUNT`,
// with the memory as descriptor FD. Entry n has n in its length; so whoever reads the ring can tell what is missing.

import { libc } from '../../dist/bridge/libc.js';
import { sharedLayout } from '../../dist/bridge/share/layout.js';
import { LockFile } from '../../dist/bridge/share/lock.js';
import { SharedMemory } from '../../dist/bridge/share/memory.js';

const [fd, rq_entries, first, count] = process.argv.slice(2).map(Number);
const { pageSize } = libc();
const plan = { rq_entries, rqes: 128, entries_end: 128 + rq_entries * 16, region_size: pageSize };
const memory = SharedMemory.attach(fd, sharedLayout(plan, pageSize, pageSize));
const { region } = memory;
region.attachRefill({ head: 0, tail: 64, rqes: 128 });
if (process.argv[6] === 'seize') {
  new LockFile(fd).tryTake('producer');
  process.stdout.write('seized\n');
  setInterval(() => {}, 1000);
} else {
  process.stdout.write('putting\n');
  for (let next = first; next < first + count; ) {
    const size = Math.min(7, first + count - next);
    for (let i = 0; i < size; i++) region.batch.set([next + i, 0, next + i, 0], i * 4);
    next += region.put(size);
  }
  process.stdout.write('done\n');
}
