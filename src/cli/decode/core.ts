import { getSystemErrorMap } from 'node:util';
import { openCore } from '../../evidence/core.js';
import { type FileSource, fileSource } from '../../evidence/core-file.js';
import type { AbiRevision } from '../../layout/revision.js';
import { quote, UsageError } from '../errors.js';
import { structsCalled } from '../structs.js';
import { type Entry, splitEntries } from './entries.js';

export interface CoreOptions {
  /** Path of the core file. */
  readonly core: string;
  readonly address: bigint;
  /** Bytes of one struct. */
  readonly size?: number;
  readonly count?: number;
  readonly revision?: AbiRevision;
}

/** Opens a core file for as long as it is used. @throws UsageError if it cannot be read */
function withFile<Result>(path: string, use: (source: FileSource) => Result): Result {
  let source: FileSource | undefined;
  try {
    source = fileSource(path);
    return use(source);
  } catch (error) {
    const { errno, syscall } = error as NodeJS.ErrnoException;
    if (errno === undefined || syscall === undefined) throw error;
    throw new UsageError(`cannot read ${quote(path)}: ${getSystemErrorMap().get(errno)?.[1] ?? syscall}`);
  } finally {
    source?.close();
  }
}

/** Bytes of one struct: what the name says, or `--size` where it fits several. */
function sizeInCore(name: string, { size, revision }: CoreOptions): number {
  const { structs } = structsCalled(name, revision);
  const sizes = [...new Set(structs.map((struct) => struct.size))];
  if (size !== undefined ? sizes.includes(size) : sizes.length === 1) return size ?? (sizes[0] as number);
  const given = size === undefined ? '' : `, got ${size}`;
  throw new UsageError(
    `${name} has ${sizes.join(' or ')} bytes${given}; expected --size ${sizes.join(' or --size ')}`,
  );
}

/**
 * The struct, or with `count` the array of them, at an address of a core file.
 * @throws UsageError
 * @throws EvidenceError if the file is no core, or the address is not in it
 */
export function structInCore(name: string, options: CoreOptions): Entry[] {
  const length = sizeInCore(name, options) * (options.count ?? 1);
  const bytes = withFile(options.core, (source) => openCore(source).read(options.address, length));
  return splitEntries(name, bytes, options).map((entry) => ({
    ...entry,
    from: `core ${quote(options.core)}, at 0x${(options.address + BigInt(entry.at)).toString(16)}`,
  }));
}
