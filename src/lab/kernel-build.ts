import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ListedPackage, type PackageVersion, PrivateApt } from './apt.js';
import { type Architecture, architecture, isForeign } from './architecture.js';
import { cacheFolder, dropUnused, publishFolder, touch, withScratch } from './cache.js';
import { catalogue, type FetchOptions } from './catalogue.js';
import { requireProgram, tryCommand } from './command.js';
import { unpackPackage } from './deb.js';
import { isLabError, LabError } from './errors.js';
import type { FetchedKernel } from './kernels.js';
import { withLock } from './lock.js';

/** What building a module takes beside the kernel's headers, which bring their compiler along. */
const TOOLS = ['base-files', 'binutils', 'coreutils', 'dash', 'findutils', 'grep', 'make', 'mawk', 'sed'];

/** All but what no module needs: half of 300 MB are texts, link-time optimization and sanitizers. */
const MEMBERS = [
  '--wildcards',
  ...[
    ...['doc', 'info', 'locale', 'man'].map((name) => `./usr/share/${name}`),
    '*/gconv',
    '*/lto1',
    '*-lto-dump-*',
    './usr/lib/*san.so.*',
    './usr/lib/*.a',
  ].map((path) => `--exclude=${path}`),
  '.',
];

/** In the build's root: where the module's folder is mounted. */
const SOURCE_FOLDER = '/module';

/** Bumped when what a build's root contains changes. */
const ROOT_FORMAT = 1;

/**
 * Builds an out-of-tree module for a Debian kernel: the folder's `Makefile` names it, and what the build makes
 * is left in the folder. The compiler and the headers of that very kernel are Debian's, unpacked in the cache
 * (85 MB to fetch, once for each kernel) and never installed; they run with that folder for a root, in a mount
 * namespace of their own, so nothing stays mounted whatever happens.
 * @throws LabError `prerequisite` where neither root nor user namespaces can be had; `not-available`,
 * `fetch-failed`, `command-failed` with the compiler's words
 */
export async function buildModule(
  kernel: FetchedKernel,
  folder: string,
  options: FetchOptions,
): Promise<void> {
  const arch = architecture(kernel.architecture);
  const root = await buildRoot(kernel, arch, options);
  options.progress?.(`compiling a module for ${kernel.release}`);
  const make = ['make', '-C', `/usr/src/linux-headers-${kernel.release}`, `M=${SOURCE_FOLDER}`, 'modules'];
  const result = await enter(root, folder, ['sh', '-c', `${make.join(' ')} 2>&1`], options);
  if (result.status !== 0) {
    throw new LabError(
      'command-failed',
      `the module did not compile for ${kernel.release}:\n${result.stdout}${result.stderr}`.trimEnd(),
    );
  }
  // Debugging information is nine tenths of a module.
  await enter(root, folder, ['sh', '-c', `cd ${SOURCE_FOLDER} && ${arch.triplet}-strip -g *.ko`], options);
}

/** Becomes the command in another root; objtool reads `/proc`, and scripts write to `/dev/null`. */
const ENTER = `mount --rbind /dev "$0/dev" &&
mount --rbind /proc "$0/proc" &&
mount --bind "$1" "$0${SOURCE_FOLDER}" || exit 126
root=$0
shift
exec env -i PATH=/usr/bin LC_ALL=C "$(command -v chroot)" "$root" "$@"
`;

async function enter(root: string, folder: string, command: readonly string[], options: FetchOptions) {
  const unshare = requireProgram('unshare', 'util-linux');
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const args = ['--mount', ...asRoot, 'sh', '-c', ENTER, root, folder, ...command];
  // Root's programs are outside an ordinary user's PATH on Debian.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const result = await tryCommand(unshare, args, { env, signal: options.signal });
  if (result.status === 126 || /^unshare: /m.test(result.stderr)) {
    throw new LabError(
      'prerequisite',
      `building a kernel module needs mount namespaces, which this process may not have (${result.stderr.trim()}); run as root, or allow user namespaces`,
    );
  }
  return result;
}

/** The folder with the compiler and the headers of a kernel. */
async function buildRoot(kernel: FetchedKernel, arch: Architecture, options: FetchOptions): Promise<string> {
  const parent = await cacheFolder('build', arch.name);
  const target = join(parent, `${kernel.release}_${kernel.version}_${ROOT_FORMAT}`);
  if (!existsSync(target)) {
    await refreshLists(arch, options);
    try {
      await fetchRoot(kernel, arch, parent, target, options);
    } catch (error) {
      if (!isLabError(error, 'fetch-failed')) throw error;
      // The suites move: what was listed this morning may have been replaced.
      await refreshLists(arch, options, 0);
      await fetchRoot(kernel, arch, parent, target, options);
    }
  }
  await touch(target);
  return target;
}

async function refreshLists(arch: Architecture, options: FetchOptions, maxAgeMs?: number): Promise<void> {
  await catalogue(arch, options, maxAgeMs);
  if (isForeign(arch)) await catalogue(architecture(), options, maxAgeMs);
}

async function fetchRoot(
  kernel: FetchedKernel,
  arch: Architecture,
  parent: string,
  target: string,
  options: FetchOptions,
): Promise<void> {
  await withLock(options.signal, () =>
    publishFolder(target, async (folder) => {
      await dropUnused(parent);
      options.progress?.(`looking for the headers of ${kernel.release} and their compiler`);
      const parts = await neededPackages(kernel, arch, options.signal);
      options.progress?.(`fetching the headers of ${kernel.release} and their compiler`);
      for (const { apt, packages } of parts) {
        await withScratch(async (scratch) => {
          const archives = await apt.download(packages, scratch);
          options.progress?.(`unpacking ${archives.length} packages`);
          for (const archive of archives) await unpackPackage(archive, folder, MEMBERS);
        });
      }
      await mkdir(join(folder, SOURCE_FOLDER));
      // No package contains this name: installing one would make it.
      await symlink('mawk', join(folder, 'usr/bin/awk'));
    }),
  );
}

/** Packages of one architecture. */
interface Part {
  readonly apt: PrivateApt;
  readonly packages: readonly PackageVersion[];
}

/** The headers are of the kernel's architecture; what runs has to be of this machine's, cross compiler and all. */
async function neededPackages(
  kernel: FetchedKernel,
  arch: Architecture,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const apt = await PrivateApt.open(arch, signal);
  const headers = `linux-headers-${kernel.release}`;
  const listed = (await apt.versions([headers])).find(({ version }) => version === kernel.version);
  if (listed === undefined) {
    throw new LabError(
      'not-available',
      `${headers} ${kernel.version} is no longer available from Debian: the archive has a newer kernel of ${kernel.series}`,
    );
  }
  const suite = toolSuite(listed);
  const wanted = `${headers}=${kernel.version}`;
  if (!isForeign(arch)) return [{ apt, packages: await apt.closure([wanted, ...TOOLS], suite) }];

  const needed = await apt.closure([wanted], suite);
  const compilers = needed.filter(({ package: name }) => /^gcc-\d+-.*-linux-gnu$/.test(name));
  const scripts = needed.filter(({ package: name }) => name.startsWith('linux-kbuild-'));
  const host = await PrivateApt.open(architecture(), signal);
  const tools = [
    ...compilers.map(({ package: name }) => name),
    ...scripts.map(({ package: name, version }) => `${name}=${version}`),
    ...TOOLS,
  ];
  return [
    { apt: host, packages: await host.closure(tools, suite) },
    { apt, packages: needed.filter(({ package: name }) => name.startsWith('linux-headers-')) },
  ];
}

/** Backports are compiled with the stable release's tools, which change seldom. */
function toolSuite({ suite }: ListedPackage): 'trixie' | 'sid' {
  return suite.startsWith('trixie') ? 'trixie' : 'sid';
}
