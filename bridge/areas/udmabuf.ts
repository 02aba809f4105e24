import { closeSync, openSync, readFileSync } from 'node:fs';
import { adopt } from '../descriptor.js';
import { isSyscallError, type SyscallError } from '../errors.js';
import { fromNode } from '../files.js';
import { libc } from '../libc.js';
import type { Area } from './area.js';
import { dmabufArea } from './dmabuf.js';
import { iow } from './ioctl.js';
import { type SharedOptions, sharedMemory } from './shared.js';

const DEVICE = '/dev/udmabuf';

// struct udmabuf_create of linux/udmabuf.h: __u32 memfd, __u32 flags, __u64 offset, __u64 size
const CREATE_SIZE = 24;
const UDMABUF_CREATE = iow('u', 0x42, CREATE_SIZE);
const UDMABUF_FLAGS_CLOEXEC = 1;

const WHY_NOT_OPENED: { readonly [errno: string]: string } = {
  ENOENT: 'this kernel makes no dma-buf of memory: it needs CONFIG_UDMABUF, or modprobe udmabuf',
  EACCES: 'root may use it, or who is in the group that owns it',
  EPERM: 'it is withheld from this process, as container engines do: give it the device',
};

function openDevice(): number {
  try {
    return fromNode(`open(${DEVICE})`, () => openSync(DEVICE, 'r+'));
  } catch (error) {
    const why = isSyscallError(error) ? WHY_NOT_OPENED[error.errno] : undefined;
    throw why === undefined ? error : (error as SyscallError).because(why);
  }
}

/** A parameter of the kernel's module. */
function parameter(name: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/module/udmabuf/parameters/${name}`, 'latin1'));
  } catch {
    return undefined; // not every container shows it
  }
}

/** The kernel answers EINVAL to all that it does not like, as to more than its limit. */
function explain(error: unknown, length: number): unknown {
  const limit = parameter('size_limit_mb');
  if (!isSyscallError(error) || error.errno !== 'EINVAL' || limit === undefined) return error;
  if (length <= limit * 2 ** 20) return error;
  return error.because(
    `${length} bytes are more than the ${limit} MiB that one may have: raise /sys/module/udmabuf/parameters/size_limit_mb`,
  );
}

function createDmabuf(memfd: number, length: number): number {
  const device = openDevice();
  try {
    const request = new DataView(new ArrayBuffer(CREATE_SIZE));
    request.setUint32(0, memfd, true);
    request.setUint32(4, UDMABUF_FLAGS_CLOEXEC, true);
    request.setBigUint64(16, BigInt(length), true);
    const argument = new Uint8Array(request.buffer);
    return adopt(Number(libc().call('ioctl', 'ioctl(UDMABUF_CREATE)', device, UDMABUF_CREATE, argument)));
  } catch (error) {
    throw explain(error, length);
  } finally {
    closeSync(device);
  }
}

/**
 * Memory of this machine as a dma-buf: what a GPU's would be, for where there is none.
 * @param length bytes, rounded up to whole pages, or to whole huge pages
 * @throws SyscallError with the cause where /dev/udmabuf is missing, withheld, or allows less; BridgeError
 */
export function udmabufArea(length: number, { huge = false }: SharedOptions = {}): Area {
  const { fd: memfd, mapping } = sharedMemory(length, huge);
  try {
    const fd = createDmabuf(memfd, mapping.length);
    try {
      return dmabufArea({ fd, length: mapping.length });
    } finally {
      closeSync(fd);
    }
  } finally {
    // The dma-buf holds the pages.
    mapping.close();
    closeSync(memfd);
  }
}
