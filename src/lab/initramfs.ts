import { createHash } from 'node:crypto';
import { constants, existsSync, realpathSync, statSync } from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { cacheFolder, dropUnused, publishFolder, touch } from './cache.js';
import { packageEntries } from './closure.js';
import { requireProgram, runCommand, tryCommand } from './command.js';
import { type ArchiveEntry, entriesOf, writeArchive } from './cpio.js';
import { LabError, type Progress } from './errors.js';
import { fetchScript, type GuestJob, INIT_SCRIPT, jobScript } from './guest-init.js';

/** Something more for the guest: a file, link or folder of the host, or a file made of `data`. */
export type Extra =
  | { readonly from: string; readonly to: string }
  | { readonly data: string | Buffer; readonly to: string; readonly mode?: number };

/** Bumped when what a base archive contains changes. */
const BASE_FORMAT = 1;

/**
 * Writes the guest's initramfs to `target`: the cached base (busybox, node, their libraries) and behind it a
 * second archive with this package, the extras and the job. Not compressed: unpacking costs an emulated
 * processor 0.5 s more than reading 100 MB does, and the kernel takes a row of archives as one.
 */
export async function buildInitramfs(
  target: string,
  job: GuestJob,
  options: { packageRoot: string; extra: readonly Extra[]; progress: Progress },
): Promise<void> {
  const { archive: base, libraries } = await baseArchive(options.progress);
  const entries = await packageEntries(options.packageRoot);
  for (const extra of options.extra) entries.push(...(await extraEntries(extra)));
  entries.push(...(await libraryEntries(await nativeFiles(entries), new Set(libraries))));
  entries.push(...jobEntries(job));

  await copyFile(base, target, constants.COPYFILE_FICLONE);
  const file = await open(target, 'a');
  try {
    await append(file, entries);
  } finally {
    await file.close();
  }
}

function jobEntries(job: GuestJob): ArchiveEntry[] {
  return [
    { kind: 'file', path: '/lab/job', data: jobScript(job) },
    { kind: 'file', path: '/lab/fetch', data: fetchScript(job.fetch) },
    { kind: 'file', path: '/lab/sentinel', data: `${job.sentinel}\n`, mode: 0o600 },
  ];
}

async function extraEntries(extra: Extra): Promise<ArchiveEntry[]> {
  if (!extra.to.startsWith('/')) {
    throw new LabError(
      'bad-input',
      `extra.to ${JSON.stringify(extra.to)}: expected an absolute path in the guest`,
    );
  }
  if ('data' in extra) return [{ kind: 'file', path: extra.to, data: extra.data, mode: extra.mode ?? 0o644 }];
  if (!existsSync(extra.from)) {
    throw new LabError('bad-input', `extra.from ${JSON.stringify(extra.from)}: no such file or folder`);
  }
  return await entriesOf(realpathSync(extra.from), posix.normalize(extra.to));
}

async function append(file: FileHandle, entries: Iterable<ArchiveEntry>): Promise<void> {
  for await (const piece of writeArchive(entries)) await file.write(piece);
}

/** The archive that all runs with this node and this busybox share, and the libraries that are in it. */
async function baseArchive(progress: Progress): Promise<{ archive: string; libraries: string[] }> {
  const node = realpathSync(process.execPath);
  const busybox = realpathSync(requireProgram('busybox', 'busybox-static'));
  const libraries = [...(await neededLibraries([node, busybox]))].sort();
  const identity = [node, busybox, ...libraries].map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
  const parts = JSON.stringify([BASE_FORMAT, process.version, INIT_SCRIPT, identity]);
  const key = createHash('sha256').update(parts).digest('hex').slice(0, 24);
  const parent = await cacheFolder('initramfs');
  const folder = await publishFolder(join(parent, key), async (fresh) => {
    progress(`packing node ${process.version} for the guest`);
    await dropUnused(parent);
    const file = await open(join(fresh, 'base.cpio'), 'wx');
    try {
      await append(file, await baseEntries(node, busybox, libraries));
    } finally {
      await file.close();
    }
  });
  await touch(folder);
  return { archive: join(folder, 'base.cpio'), libraries };
}

async function baseEntries(
  node: string,
  busybox: string,
  libraries: readonly string[],
): Promise<ArchiveEntry[]> {
  const applets = (await runCommand(busybox, ['--list'])).toString().split('\n');
  const links = applets.filter((applet) => applet !== '' && applet !== 'busybox');
  return [
    ...['/proc', '/sys', '/dev', '/run', '/var', '/mnt', '/opt'].map((path) => folder(path)),
    folder('/root', 0o700),
    folder('/tmp', 0o1777),
    { kind: 'file', path: '/init', data: INIT_SCRIPT, mode: 0o755 },
    { kind: 'file', path: '/bin/busybox', source: busybox, mode: 0o755 },
    ...links.map((applet): ArchiveEntry => ({ kind: 'link', path: `/bin/${applet}`, target: 'busybox' })),
    { kind: 'link', path: '/usr/bin/env', target: '/bin/busybox' },
    { kind: 'file', path: '/usr/bin/node', source: node, mode: 0o755 },
    {
      kind: 'file',
      path: '/usr/bin/zcrx',
      data: '#!/bin/sh\nexec node /node_modules/zcrx/dist/src/cli/main.js "$@"\n',
      mode: 0o755,
    },
    ...libraries.map((path): ArchiveEntry => ({ kind: 'file', path, source: path, mode: 0o755 })),
    { kind: 'file', path: '/etc/passwd', data: PASSWD },
    { kind: 'file', path: '/etc/group', data: 'root:x:0:\nnogroup:x:65534:\n' },
    { kind: 'file', path: '/etc/hosts', data: '127.0.0.1 localhost lab\n::1 localhost lab\n' },
    { kind: 'file', path: '/etc/nsswitch.conf', data: 'passwd: files\ngroup: files\nhosts: files\n' },
  ];
}

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n';

function folder(path: string, mode?: number): ArchiveEntry {
  return mode === undefined ? { kind: 'folder', path } : { kind: 'folder', path, mode };
}

/** Files of the entries that the dynamic loader may have to serve: native add-ons and ELF programs. */
async function nativeFiles(entries: readonly ArchiveEntry[]): Promise<string[]> {
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

async function libraryEntries(
  files: readonly string[],
  present: ReadonlySet<string>,
): Promise<ArchiveEntry[]> {
  const libraries = await neededLibraries(files);
  return [...libraries]
    .filter((path) => !present.has(path))
    .map((path) => ({ kind: 'file', path, source: path, mode: 0o755 }));
}

/** What ldd names for the files, the loader included; a static program, or one for another libc, needs none. */
async function neededLibraries(files: readonly string[]): Promise<Set<string>> {
  const libraries = new Set<string>();
  const ldd = requireProgram('ldd', 'libc-bin');
  for (const file of files) {
    const { stdout } = await tryCommand(ldd, [file]);
    for (const match of stdout.toString().matchAll(/(?:=>|^)\s*(\/\S+) \(0x/gm)) libraries.add(match[1]!);
  }
  return libraries;
}
