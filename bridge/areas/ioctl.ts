/** Where the direction lies in the number of an ioctl, and what writing is there (asm/ioctl.h). */
const WRITE = process.arch === 'ppc64' ? 4 * 2 ** 29 : 1 * 2 ** 30;

/** `_IOW(type, nr, size)`: the number of an ioctl that the kernel reads `size` bytes for. */
export const iow = (type: string, nr: number, size: number): number =>
  WRITE + size * 2 ** 16 + type.charCodeAt(0) * 2 ** 8 + nr;
