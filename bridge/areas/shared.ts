import { closeSync } from 'node:fs';
import { alignUp, wholeNumber } from '../check.js';
import { libc } from '../libc.js';
import { createMemfd } from '../memfd.js';
import { LENGTH_LIMIT, Mapping } from '../memory.js';
import type { Area } from './area.js';
import { takingHugePages, wholeHugePages } from './huge-pages.js';
import { MappingArea } from './mapping-area.js';
import { checkAvailable } from './meminfo.js';

export interface SharedOptions {
  /** Of huge pages; default false. */
  huge?: boolean;
}

/** Memory with a descriptor, all of it present. */
export interface SharedMemory {
  readonly fd: number;
  readonly mapping: Mapping;
}

/** @throws as {@link sharedArea} */
export function sharedMemory(length: number, huge: boolean): SharedMemory {
  wholeNumber('length', length, 1, LENGTH_LIMIT);
  const whole = huge ? wholeHugePages(length) : alignUp(length, libc().pageSize);
  if (!huge) checkAvailable(whole);
  const fd = createMemfd(whole, huge);
  const take = () => Mapping.shared(fd, whole).populate();
  try {
    return { fd, mapping: huge ? takingHugePages(whole, take) : take() };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Memory that another process may have too: it attaches the area's `fd` (`attachArea`), and reads what is received
 * without a copy in between.
 * @param length bytes, rounded up to whole pages, or to whole huge pages
 * @throws SyscallError, with how many huge pages are missing; BridgeError `bad-option`, `unsupported-kernel`
 */
export function sharedArea(length: number, { huge = false }: SharedOptions = {}): Area {
  const { fd, mapping } = sharedMemory(length, huge);
  return new MappingArea('shared', mapping, fd);
}
