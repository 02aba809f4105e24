import { closeSync, fstatSync } from 'node:fs';
import { wholeNumber } from '../check.js';
import { isSyscallError } from '../errors.js';
import { duplicate, fileSystemOf, fromNode, HUGETLBFS_MAGIC } from '../files.js';
import { checkMemfd } from '../memfd.js';
import { LENGTH_LIMIT, Mapping } from '../memory.js';
import type { Area } from './area.js';
import { takingHugePages } from './huge-pages.js';
import { MappingArea } from './mapping-area.js';
import { checkAvailable } from './meminfo.js';

export interface AttachOptions {
  /** Only to read what another process receives; such an area cannot be registered. Default false. */
  readonly?: boolean;
}

/** Bytes of the file that nobody has touched yet. */
function missingIn(fd: number, length: number): number {
  const { blocks } = fromNode('fstat', () => fstatSync(fd));
  return Math.max(0, length - blocks * 512);
}

function mapWritable(fd: number, length: number): Mapping {
  const map = () => Mapping.shared(fd, length);
  if (fileSystemOf(fd) === HUGETLBFS_MAGIC) return takingHugePages(length, () => map().populate());
  checkAvailable(missingIn(fd, length));
  try {
    return map().populate();
  } catch (error) {
    if (!isSyscallError(error) || error.errno !== 'EACCES') throw error;
    throw error.because('the descriptor was opened for reading only: attach it with { readonly: true }');
  }
}

/**
 * The memory of a shared area of another process, from which the descriptor came.
 * @param fd stays the caller's
 * @param length bytes, as the area there has
 * @throws BridgeError `bad-option` for other memory, or such as could be taken away from under this process
 * @throws SyscallError
 */
export function attachArea(fd: number, length: number, { readonly = false }: AttachOptions = {}): Area {
  wholeNumber('fd', fd, 0, 2 ** 31 - 1);
  wholeNumber('length', length, 1, LENGTH_LIMIT);
  const own = duplicate(fd);
  try {
    checkMemfd(own, length, !readonly);
    const mapping = readonly ? Mapping.shared(own, length, { writable: false }) : mapWritable(own, length);
    return new MappingArea('shared', mapping, own);
  } catch (error) {
    closeSync(own);
    throw error;
  }
}
