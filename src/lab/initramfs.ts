import { createHash } from 'node:crypto';
import { constants, existsSync, realpathSync } from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Architecture, isForeign } from './architecture.js';
import { cacheFolder, dropUnused, publishFolder, touch } from './cache.js';
import type { FetchOptions } from './catalogue.js';
import { packageEntries } from './closure.js';
import { type ArchiveEntry, entriesOf, writeArchive } from './cpio.js';
import { LabError, type Progress } from './errors.js';
import { fetchScript, type GuestJob, INIT_SCRIPT, jobScript } from './guest-init.js';
import { nativeFiles, neededLibraries } from './libraries.js';
import { NIC, type NicParameters, nicScript } from './nic.js';
import { type Userland, userland } from './userland.js';

/** Something more for the guest: a file, link or folder of the host, or a file made of `data`. */
export type Extra =
  | { readonly from: string; readonly to: string }
  | { readonly data: string | Buffer; readonly to: string; readonly mode?: number };

/** Bumped when what a base archive contains changes. */
const BASE_FORMAT = 2;

/** What goes into an initramfs, beside the job. */
export interface InitramfsContents {
  readonly arch: Architecture;
  /** This package, to go in with node; undefined for a guest without either. */
  readonly packageRoot: string | undefined;
  readonly extra: readonly Extra[];
  /** The simulated network card. */
  readonly nic: Nic | undefined;
}

export interface Nic {
  /** Of the host. */
  readonly module: string;
  readonly parameters: NicParameters;
}

/**
 * Writes the guest's initramfs to `target`: the cached base (busybox, node, their libraries) and behind it a
 * second archive with this package, the extras and the job. Not compressed: unpacking costs an emulated
 * processor 0.5 s more than reading 100 MB does, and the kernel takes a row of archives as one.
 */
export async function buildInitramfs(
  target: string,
  job: GuestJob,
  contents: InitramfsContents,
  options: FetchOptions,
): Promise<void> {
  const { arch, packageRoot } = contents;
  const programs = await userland(arch, packageRoot !== undefined, options);
  const base = await baseArchive(programs, options.progress ?? (() => {}));
  const entries = packageRoot === undefined ? [] : await packageEntries(packageRoot, arch, options);
  for (const extra of contents.extra) entries.push(...(await extraEntries(extra)));
  // Nobody here can tell what programs of another architecture need.
  if (!isForeign(arch)) {
    entries.push(...(await libraryEntries(await nativeFiles(entries), new Set(programs.libraries))));
  }
  if (contents.nic !== undefined) entries.push(...nicEntries(contents.nic));
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

function nicEntries({ module, parameters }: Nic): ArchiveEntry[] {
  return [
    { kind: 'file', path: NIC.module, source: module },
    { kind: 'file', path: '/lab/nic', data: nicScript(parameters) },
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

/** The archive that all runs with these programs share. */
async function baseArchive(programs: Userland, progress: Progress): Promise<string> {
  const parts = JSON.stringify([BASE_FORMAT, INIT_SCRIPT, programs.identity]);
  const key = createHash('sha256').update(parts).digest('hex').slice(0, 24);
  const parent = await cacheFolder('initramfs');
  const folder = await publishFolder(join(parent, key), async (fresh) => {
    progress(`packing ${programs.description} for the guest`);
    await dropUnused(parent);
    const file = await open(join(fresh, 'base.cpio'), 'wx');
    try {
      await append(file, [...commonEntries(), ...(await programs.entries())]);
    } finally {
      await file.close();
    }
  });
  await touch(folder);
  return join(folder, 'base.cpio');
}

function commonEntries(): ArchiveEntry[] {
  return [
    ...['/proc', '/sys', '/dev', '/run', '/var', '/mnt', '/opt'].map((path) => folder(path)),
    folder('/root', 0o700),
    folder('/tmp', 0o1777),
    { kind: 'file', path: '/init', data: INIT_SCRIPT, mode: 0o755 },
    { kind: 'link', path: '/usr/bin/env', target: '/bin/busybox' },
    {
      kind: 'file',
      path: '/usr/bin/zcrx',
      data: '#!/bin/sh\nexec node /node_modules/zcrx/dist/src/cli/main.js "$@"\n',
      mode: 0o755,
    },
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

async function libraryEntries(
  files: readonly string[],
  present: ReadonlySet<string>,
): Promise<ArchiveEntry[]> {
  const libraries = await neededLibraries(files);
  return [...libraries]
    .filter((path) => !present.has(path))
    .map((path) => ({ kind: 'file', path, source: path, mode: 0o755 }));
}
