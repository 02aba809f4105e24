import { alignUp } from '../check.js';
import { BridgeError, isSyscallError } from '../errors.js';
import { type MemoryInfo, memoryInfo } from './meminfo.js';

/** Bytes of a huge page of the default size. @throws BridgeError `unsupported-kernel` */
function hugePageSize({ hugePageSize: size }: MemoryInfo): number {
  if (size !== undefined) return size;
  throw new BridgeError('unsupported-kernel', 'this kernel was built without huge pages (CONFIG_HUGETLBFS)');
}

/** As many bytes in whole huge pages of the default size. @throws BridgeError `unsupported-kernel` */
export const wholeHugePages = (length: number): number => alignUp(length, hugePageSize(memoryInfo()));

/**
 * Why huge pages for `length` bytes could not be had.
 * @param errno `ENOMEM` when they were to be promised, `EFAULT` when they were promised and then touched
 */
export function whyNoHugePages(length: number, errno: string, info: MemoryInfo): string {
  const size = hugePageSize(info);
  const needed = Math.ceil(length / size);
  const { hugeTotal, hugeFree, hugeReserved, hugeSurplus } = info;
  const free = hugeFree - hugeReserved;
  const pages = `${needed} huge pages of ${size / 1024} KiB are needed`;
  if (errno === 'EFAULT' || free >= needed) {
    return `${pages}, and the pool has them: a limit of a cgroup (hugetlb.*.max) or of this process (memory policy, cpuset) withholds them`;
  }
  const promised = hugeReserved === 0 ? '' : ` less ${hugeReserved} promised to others`;
  const enough = hugeTotal - hugeSurplus + needed - free;
  return `${pages}, ${free} are to be had (HugePages_Free ${hugeFree}${promised}): sysctl vm.nr_hugepages=${enough}`;
}

/** Runs what takes huge pages for `length` bytes; where it gets none, the error says what is missing. */
export function takingHugePages<Result>(length: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!isSyscallError(error) || (error.errno !== 'ENOMEM' && error.errno !== 'EFAULT')) throw error;
    throw error.because(whyNoHugePages(length, error.errno, memoryInfo()));
  }
}
