import { createRequire } from 'node:module';

interface Koffi {
  load(path: null): { func(signature: string): (...args: unknown[]) => number };
  address(value: ArrayBufferLike): bigint;
  errno(): number;
}

/** For what the bridge has no call for. */
export const koffi = createRequire(import.meta.url)('koffi') as Koffi;
export const libc = koffi.load(null);
