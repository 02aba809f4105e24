import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrivateApt } from './apt.js';
import { type Architecture, type ArchitectureName, architecture, flavourOf } from './architecture.js';
import { cacheFolder, dropUnused, publishFolder, touch, withScratch } from './cache.js';
import {
  type Catalogue,
  catalogue,
  type FetchOptions,
  type ListedHeaders,
  type ListedKernel,
} from './catalogue.js';
import { unpackPackage } from './deb.js';
import { compareDebianVersions, compareSeries } from './debian-version.js';
import { isLabError, LabError } from './errors.js';
import { withLock } from './lock.js';
import { extractVmlinux } from './vmlinux.js';

/** Which kernel is meant: a series, or the newest series older than one. */
export type KernelSelector = {
  readonly architecture?: ArchitectureName;
  /** `cloud`, the default; on arm64 also `16k`, whose pages have 16 KiB. */
  readonly flavour?: string | undefined;
} & ({ readonly series: string } | { readonly olderThan: string });

/** A kernel that the archive offers, or that the cache holds. */
export interface Kernel extends ListedKernel {
  readonly architecture: ArchitectureName;
  /** Bytes. */
  readonly pageSize: number;
}

/** A kernel on this machine's disk. */
export interface FetchedKernel extends Kernel {
  readonly directory: string;
  /** The compressed image as the package has it. */
  readonly vmlinuz: string;
  /** The same unpacked, which boots a second faster; undefined where it could not be unpacked. */
  readonly vmlinux: string | undefined;
}

export interface FetchedHeaders extends ListedHeaders {
  readonly directory: string;
  /** Folders for a C compiler's `-isystem`, in this order. */
  readonly include: readonly string[];
}

/** A missing series may have arrived since the last look, so look again; but not at every call. */
const RETRY_MISSING_MS = 5 * 60 * 1000;

/**
 * `'7.3'` or `'<6.18'` as a selector.
 * @throws LabError `bad-input`
 */
export function parseKernelSelector(text: string): KernelSelector {
  const match = /^(<?)(\d+\.\d+)$/.exec(text);
  if (match === null) {
    throw new LabError(
      'bad-input',
      `kernel ${JSON.stringify(text)}: expected a series such as "7.3", or "<6.18" for the newest series before it`,
    );
  }
  return match[1] === '<' ? { olderThan: match[2]! } : { series: match[2]! };
}

/**
 * The newest release of each series that the suites carry, newest first.
 * @throws LabError `fetch-failed`, `prerequisite`
 */
export async function availableKernels(
  options: FetchOptions & { architecture?: ArchitectureName; flavour?: string | undefined } = {},
): Promise<Kernel[]> {
  const arch = architecture(options.architecture);
  const flavour = options.flavour ?? arch.defaultFlavour;
  const listed = await catalogue(arch, options);
  return newestOfEachSeries(listed, arch, flavour);
}

function newestOfEachSeries(listed: Catalogue, arch: Architecture, flavour: string): Kernel[] {
  const { pageSize } = flavourOf(arch, flavour);
  const seen = new Set<string>();
  return listed.kernels
    .filter((kernel) => kernel.flavour === flavour && !seen.has(kernel.series) && seen.add(kernel.series))
    .map((kernel) => ({ ...kernel, architecture: arch.name, pageSize }));
}

/**
 * The newest release of a series in the suites.
 * @throws LabError `not-available` when no suite carries the series; `bad-input`, `fetch-failed`, `prerequisite`
 */
export async function resolveKernel(
  wanted: KernelSelector | string,
  options: FetchOptions = {},
): Promise<Kernel> {
  const selector = typeof wanted === 'string' ? parseKernelSelector(wanted) : wanted;
  const arch = architecture(selector.architecture);
  const flavour = selector.flavour ?? arch.defaultFlavour;
  let known: Kernel[] = [];
  for (const maxAgeMs of [undefined, RETRY_MISSING_MS]) {
    known = newestOfEachSeries(await catalogue(arch, options, maxAgeMs), arch, flavour);
    const found = pick(known, selector);
    if (found !== undefined) return found;
  }
  const what = 'series' in selector ? selector.series : `older than ${selector.olderThan}`;
  throw new LabError(
    'not-available',
    `kernel ${what} (${flavour}, ${arch.name}) is not available from Debian; available: ${known
      .map((kernel) => kernel.series)
      .join(', ')}`,
  );
}

function pick<T extends { readonly series: string }>(
  known: readonly T[],
  selector: KernelSelector,
): T | undefined {
  if ('series' in selector) return known.find((kernel) => kernel.series === selector.series);
  return known
    .filter((kernel) => compareSeries(kernel.series, selector.olderThan) < 0)
    .sort((a, b) => compareSeries(b.series, a.series))[0];
}

/**
 * Brings a kernel's image to the cache (13 to 50 MB to fetch) and gives its place. Needs no network when it
 * is there; without one, an older release of the series that is there serves too, and `progress` says so.
 * @throws LabError as {@link resolveKernel}
 */
export async function fetchKernel(
  wanted: KernelSelector | Kernel | string,
  options: FetchOptions = {},
): Promise<FetchedKernel> {
  const progress = options.progress ?? ignore;
  const selector = typeof wanted === 'string' ? parseKernelSelector(wanted) : wanted;
  if (isResolved(selector)) return await fetchResolved(selector, options);
  const arch = architecture(selector.architecture);
  try {
    const kernel = await resolveKernel(selector, options);
    try {
      return await fetchResolved(kernel, options);
    } catch (error) {
      if (!isLabError(error, 'fetch-failed')) throw error;
      // The suites move: a package that was listed this morning may have been replaced.
      await catalogue(arch, options, 0);
      return await fetchResolved(await resolveKernel(selector, options), options);
    }
  } catch (error) {
    if (!isLabError(error, 'fetch-failed')) throw error;
    const flavour = selector.flavour ?? arch.defaultFlavour;
    const kept = pick(
      (await cachedKernels(arch)).filter((kernel) => kernel.flavour === flavour),
      selector,
    );
    if (kept === undefined) throw error;
    progress(`using ${kept.release} from the cache: ${error.message}`);
    return kept;
  }
}

function isResolved(wanted: KernelSelector | Kernel): wanted is Kernel {
  return 'release' in wanted;
}

function kernelFolderName(kernel: ListedKernel): string {
  return `${kernel.release}_${kernel.version}`;
}

async function fetchResolved(kernel: Kernel, options: FetchOptions): Promise<FetchedKernel> {
  const arch = architecture(kernel.architecture);
  const progress = options.progress ?? ignore;
  const parent = await cacheFolder('kernels', arch.name);
  const target = join(parent, kernelFolderName(kernel));
  if (!existsSync(target)) {
    await withLock(options.signal, () =>
      publishFolder(target, async (folder) => {
        await dropUnused(parent);
        progress(`fetching ${kernel.package} ${kernel.version}`);
        await withScratch(async (scratch) => {
          const apt = await PrivateApt.open(arch, options.signal);
          const [archive] = await apt.download([kernel], scratch);
          const tree = join(scratch, 'tree');
          await unpackPackage(archive!, tree, [
            '--wildcards',
            './boot/vmlinuz-*',
            './usr/lib/modules/*/vmlinuz',
          ]);
          const found = await readdir(tree, { recursive: true });
          const image = found.find((path) => /\/vmlinuz[^/]*$/.test(path));
          if (image === undefined) {
            throw new LabError('command-failed', `${kernel.package} ${kernel.version} contains no vmlinuz`);
          }
          await rename(join(tree, image), join(folder, 'vmlinuz'));
        });
        progress(`unpacking ${kernel.release}`);
        await extractVmlinux(join(folder, 'vmlinuz'), join(folder, 'vmlinux'));
        await writeFile(join(folder, 'kernel.json'), `${JSON.stringify(kernel, null, 1)}\n`);
      }),
    );
  }
  await touch(target);
  return onDisk(target, kernel);
}

function onDisk(directory: string, kernel: Kernel): FetchedKernel {
  const vmlinux = join(directory, 'vmlinux');
  return {
    ...kernel,
    directory,
    vmlinuz: join(directory, 'vmlinuz'),
    vmlinux: existsSync(vmlinux) ? vmlinux : undefined,
  };
}

/** What the cache holds, newest first. */
export async function cachedKernels(arch: Architecture = architecture()): Promise<FetchedKernel[]> {
  const parent = await cacheFolder('kernels', arch.name);
  const kernels: FetchedKernel[] = [];
  for (const name of await readdir(parent)) {
    const directory = join(parent, name);
    try {
      const record = JSON.parse(await readFile(join(directory, 'kernel.json'), 'utf8')) as Kernel;
      kernels.push(onDisk(directory, record));
    } catch {
      // no folder of ours
    }
  }
  return kernels.sort((a, b) => compareDebianVersions(b.version, a.version));
}

/**
 * The kernel's headers for C programs (`linux-libc-dev`), unpacked in the cache and never installed.
 * @throws LabError `not-available`, `fetch-failed`, `prerequisite`
 */
export async function fetchHeaders(
  series: string,
  options: FetchOptions & { architecture?: ArchitectureName } = {},
): Promise<FetchedHeaders> {
  const progress = options.progress ?? ignore;
  const arch = architecture(options.architecture);
  let found: ListedHeaders | undefined;
  let known: readonly ListedHeaders[] = [];
  for (const maxAgeMs of [undefined, RETRY_MISSING_MS]) {
    known = (await catalogue(arch, options, maxAgeMs)).headers;
    found = known.find((headers) => headers.series === series);
    if (found !== undefined) break;
  }
  if (found === undefined) {
    const available = [...new Set(known.map((headers) => headers.series))].join(', ');
    throw new LabError(
      'not-available',
      `headers of series ${JSON.stringify(series)} are not available from Debian; available: ${available}`,
    );
  }
  const { package: name, version } = found;
  const parent = await cacheFolder('headers', arch.name);
  const directory = join(parent, version);
  if (!existsSync(directory)) {
    await withLock(options.signal, () =>
      publishFolder(directory, async (folder) => {
        await dropUnused(parent);
        progress(`fetching ${name} ${version}`);
        await withScratch(async (scratch) => {
          const apt = await PrivateApt.open(arch, options.signal);
          const [archive] = await apt.download([found], scratch);
          await unpackPackage(archive!, folder, [
            '--wildcards',
            './usr/include',
            `./usr/lib/linux/uapi/${arch.uapi}`,
          ]);
        });
      }),
    );
  }
  await touch(directory);
  return {
    ...found,
    directory,
    include: [join(directory, 'usr/include', arch.triplet), join(directory, 'usr/include')],
  };
}

function ignore(): void {}
