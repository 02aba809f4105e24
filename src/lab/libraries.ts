import { open } from 'node:fs/promises';
import { requireProgram, tryCommand } from './command.js';
import type { ArchiveEntry } from './cpio.js';

/** Files of the entries that the dynamic loader may have to serve: native add-ons and ELF programs. */
export async function nativeFiles(entries: readonly ArchiveEntry[]): Promise<string[]> {
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'file' || !('source' in entry)) continue;
    if (entry.source.endsWith('.node') || ((entry.mode ?? 0) & 0o111) !== 0) {
      if (await isElf(entry.source)) files.push(entry.source);
    }
  }
  return files;
}

async function isElf(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === '\x7fELF';
  } finally {
    await file.close();
  }
}

/** What ldd names for the files, the loader included; a static program, or one for another libc, needs none. */
export async function neededLibraries(files: readonly string[]): Promise<Set<string>> {
  const libraries = new Set<string>();
  const ldd = requireProgram('ldd', 'libc-bin');
  for (const file of files) {
    const { stdout } = await tryCommand(ldd, [file]);
    for (const match of stdout.toString().matchAll(/(?:=>|^)\s*(\/\S+) \(0x/gm)) libraries.add(match[1]!);
  }
  return libraries;
}
