import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { requireProgram } from './command.js';
import { LabError } from './errors.js';

/** Unpacks members of a Debian package into a folder, as the current user. Members that are not there: fine. */
export async function unpackPackage(
  archive: string,
  folder: string,
  members: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dpkg = spawn(requireProgram('dpkg-deb', 'dpkg'), ['--fsys-tarfile', archive], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tar = spawn(requireProgram('tar', 'tar'), ['-x', '--no-same-owner', '-C', folder, ...members], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  dpkg.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  tar.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  // tar may stop reading once it has all it wants; what dpkg-deb makes of that shows in its status.
  const [[status], [tarStatus]] = (await Promise.all([
    once(dpkg, 'close'),
    once(tar, 'close'),
    pipeline(dpkg.stdout, tar.stdin).catch(() => undefined),
  ])) as [[number | null], [number | null], unknown];
  // tar ends with 2 when a member is missing; whoever asked looks for what it needs.
  if (status !== 0 || (tarStatus !== 0 && !/Not found in archive/.test(words))) {
    throw new LabError('command-failed', `cannot unpack ${archive}: ${words.trim()}`);
  }
}
