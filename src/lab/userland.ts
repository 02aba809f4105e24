import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackageVersion, PrivateApt } from './apt.js';
import { type Architecture, isForeign } from './architecture.js';
import { cacheFolder, dropUnused, publishFolder, touch, withScratch } from './cache.js';
import { catalogue, type FetchOptions, type ListedUserland } from './catalogue.js';
import { requireProgram, runCommand } from './command.js';
import { type ArchiveEntry, entriesOf } from './cpio.js';
import { unpackPackage } from './deb.js';
import { isLabError, LabError } from './errors.js';
import { neededLibraries } from './libraries.js';
import { withLock } from './lock.js';

/** The programs of a guest, before this package and the extras come to them. */
export interface Userland {
  /** Says what is in it: two with one identity are the same. */
  readonly identity: unknown;
  /** For people. */
  readonly description: string;
  entries(): Promise<ArchiveEntry[]>;
  /** Shared libraries of the host that are among the entries. */
  readonly libraries: readonly string[];
}

/**
 * The host's own busybox and node where the guest can run them, otherwise Debian's (30 MB to fetch, once; 1 MB
 * without node).
 * @throws LabError `prerequisite`; for Debian's also as {@link catalogue}
 */
export function userland(arch: Architecture, node: boolean, options: FetchOptions): Promise<Userland> {
  return isForeign(arch) ? debianUserland(arch, node, options) : hostUserland(node);
}

async function hostUserland(withNode: boolean): Promise<Userland> {
  const busybox = realpathSync(requireProgram('busybox', 'busybox-static'));
  const node = withNode ? [realpathSync(process.execPath)] : [];
  const libraries = [...(await neededLibraries([...node, busybox]))].sort();
  const files = [...node, busybox, ...libraries].map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
  return {
    identity: [process.version, withNode, files],
    description: withNode ? `node ${process.version}` : 'busybox',
    libraries,
    async entries() {
      const applets = (await runCommand(busybox, ['--list'])).toString().split('\n');
      const links = applets.filter((applet) => applet !== '' && applet !== 'busybox');
      return [
        { kind: 'file', path: '/bin/busybox', source: busybox, mode: 0o755 },
        ...links.map((applet): ArchiveEntry => ({ kind: 'link', path: `/bin/${applet}`, target: 'busybox' })),
        ...node.map((source): ArchiveEntry => ({ kind: 'file', path: '/usr/bin/node', source, mode: 0o755 })),
        ...libraries.map((path): ArchiveEntry => ({ kind: 'file', path, source: path, mode: 0o755 })),
      ];
    },
  };
}

/** What of the packages a guest has a use for: of 130 MB, 20 are character sets and 7 are package managers and types. */
const MEMBERS = [
  '--wildcards',
  ...['*/gconv', './usr/share/nodejs/corepack', './usr/share/nodejs/@types'].map(
    (path) => `--exclude=${path}`,
  ),
  './usr/bin/busybox',
  './usr/bin/node',
  './usr/lib/*.so',
  './usr/lib/*.so.*',
  './usr/share/nodejs',
];

async function debianUserland(
  arch: Architecture,
  withNode: boolean,
  options: FetchOptions,
): Promise<Userland> {
  const busybox = await fetchPart(arch, 'busybox', options);
  const node = withNode ? await fetchPart(arch, 'node', options) : undefined;
  return {
    identity: [busybox, node],
    description: node === undefined ? `busybox for ${arch.name}` : `Debian's node for ${arch.name}`,
    libraries: [],
    async entries() {
      return [
        // Its applets cannot be asked for here; the guest makes their links (see INIT_SCRIPT).
        { kind: 'file', path: '/bin/busybox', source: join(busybox, 'usr/bin/busybox'), mode: 0o755 },
        { kind: 'link', path: '/bin/sh', target: 'busybox' },
        ...(node === undefined ? [] : await nodeEntries(node)),
      ];
    },
  };
}

/** Packages of Debian's merged file system contain only `usr/lib`; programs name their loader in `/lib`. */
async function nodeEntries(folder: string): Promise<ArchiveEntry[]> {
  return [
    { kind: 'link', path: '/lib', target: 'usr/lib' },
    ...(await entriesOf(join(folder, 'usr'), '/usr')),
  ];
}

/** Brings some of Debian's programs to the cache; without a network, older ones that are there do as well. */
async function fetchPart(
  arch: Architecture,
  part: keyof ListedUserland,
  options: FetchOptions,
): Promise<string> {
  const parent = await cacheFolder('userland', arch.name, part);
  try {
    const packages = await listedPackages(arch, part, options);
    try {
      return await fetchPackages(arch, packages, parent, options);
    } catch (error) {
      if (!isLabError(error, 'fetch-failed')) throw error;
      // What was listed this morning may have been replaced.
      return await fetchPackages(arch, await listedPackages(arch, part, options, 0), parent, options);
    }
  } catch (error) {
    if (!isLabError(error, 'fetch-failed')) throw error;
    const kept = await newestFolder(parent);
    if (kept === undefined) throw error;
    options.progress?.(`using the ${part} of ${arch.name} from the cache: ${error.message}`);
    return kept;
  }
}

async function listedPackages(
  arch: Architecture,
  part: keyof ListedUserland,
  options: FetchOptions,
  maxAgeMs?: number,
): Promise<readonly PackageVersion[]> {
  const listed = await catalogue(arch, options, maxAgeMs);
  // A list that was read by a host of this very architecture names no programs.
  const { userland: programs } = listed.userland ? listed : await catalogue(arch, options, 0);
  const packages = programs?.[part] ?? [];
  if (packages.length === 0) {
    throw new LabError('not-available', `${part} for ${arch.name} is not available from Debian`);
  }
  return packages;
}

async function fetchPackages(
  arch: Architecture,
  packages: readonly PackageVersion[],
  parent: string,
  options: FetchOptions,
): Promise<string> {
  const folder = join(parent, nameOf(packages));
  if (!existsSync(folder)) {
    await withLock(options.signal, () =>
      publishFolder(folder, async (fresh) => {
        await dropUnused(parent);
        const main = packages.find(({ package: name }) => /^(?:nodejs|busybox-static)$/.test(name))!;
        const others = packages.length === 1 ? '' : ` and ${packages.length - 1} packages that it needs`;
        options.progress?.(`fetching ${main.package} ${main.version} for ${arch.name}${others}`);
        await withScratch(async (scratch) => {
          const apt = await PrivateApt.open(arch, options.signal);
          for (const archive of await apt.download(packages, scratch)) {
            await unpackPackage(archive, fresh, MEMBERS);
          }
        });
      }),
    );
  }
  await touch(folder);
  return folder;
}

function nameOf(packages: readonly PackageVersion[]): string {
  const words = packages.map(({ package: name, version }) => `${name}=${version}`).sort();
  return createHash('sha256')
    .update(JSON.stringify([MEMBERS, words]))
    .digest('hex')
    .slice(0, 24);
}

async function newestFolder(parent: string): Promise<string | undefined> {
  const folders = (await readdir(parent)).map((name) => join(parent, name));
  const used = await Promise.all(folders.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  return used.sort((a, b) => b.at - a.at)[0]?.path;
}
