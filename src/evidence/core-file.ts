import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { CoreSource } from './elf.js';

/** A file as a source of bytes; only what is asked for is read. Close it. */
export interface FileSource extends CoreSource {
  close(): void;
}

/** Opens a file. @throws the system's error if it cannot be read */
export function fileSource(path: string): FileSource {
  const fd = openSync(path, 'r');
  return {
    size: fstatSync(fd).size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = readSync(fd, bytes, done, length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
    close: () => closeSync(fd),
  };
}
