import { wholeNumber } from '../check.js';
import { LENGTH_LIMIT, Mapping } from '../memory.js';
import type { Area } from './area.js';
import { takingHugePages, wholeHugePages } from './huge-pages.js';
import { MappingArea } from './mapping-area.js';

/**
 * Huge pages: contiguous memory, which buffers larger than a page need (`rx_buf_len`), and less work for the kernel.
 * They come out of a pool that the administrator fills (`sysctl vm.nr_hugepages`).
 * @param length bytes, rounded up to whole huge pages of the default size
 * @throws SyscallError `ENOMEM`, with how many are missing; BridgeError `unsupported-kernel`
 */
export function hugeArea(length: number): Area {
  const whole = wholeHugePages(wholeNumber('length', length, 1, LENGTH_LIMIT));
  return takingHugePages(
    whole,
    // A huge page that is not there ends the process that touches it: all of them have to be there before anybody does.
    () => new MappingArea('huge', Mapping.pinnable(whole, { huge: true }).populate()),
  );
}
