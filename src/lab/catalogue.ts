import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackageVersion, PrivateApt } from './apt.js';
import { type Architecture, isForeign } from './architecture.js';
import { cacheDirectory, publishFile } from './cache.js';
import { compareDebianVersions } from './debian-version.js';
import { isLabError, type Progress } from './errors.js';
import { withLock } from './lock.js';

/** A kernel as Debian offers it. */
export interface ListedKernel {
  /** `7.3`. */
  readonly series: string;
  /** What `uname -r` says: `7.3.4+deb13-cloud-amd64`. */
  readonly release: string;
  readonly flavour: string;
  readonly package: string;
  /** The package's Debian version. */
  readonly version: string;
  readonly suite: string;
}

/** A `linux-libc-dev` as Debian offers it. */
export interface ListedHeaders {
  readonly series: string;
  readonly package: string;
  readonly version: string;
  readonly suite: string;
}

/**
 * Programs of another architecture than the host's: each with all that it needs. Of Debian's stable release,
 * so that they change seldom.
 */
export interface ListedUserland {
  readonly busybox: readonly PackageVersion[];
  readonly node: readonly PackageVersion[];
}

/** What the suites carried at one moment. */
export interface Catalogue {
  readonly format: 1;
  readonly architecture: string;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
  readonly mirror: string;
  /** Newest first. */
  readonly kernels: readonly ListedKernel[];
  readonly headers: readonly ListedHeaders[];
  /** Absent where the guest runs the host's own programs. */
  readonly userland?: ListedUserland;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function catalogueFile(arch: Architecture): string {
  return join(cacheDirectory(), `catalogue-${arch.name}.json`);
}

async function storedCatalogue(arch: Architecture): Promise<Catalogue | undefined> {
  try {
    const stored = JSON.parse(await readFile(catalogueFile(arch), 'utf8')) as Catalogue;
    return stored.format === 1 ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** When this process last failed to fetch the lists: without a network, one attempt is enough for a while. */
let failedAt = Number.NEGATIVE_INFINITY;
const FAILURE_REST_MS = 5 * 60 * 1000;

/** How a list or a package is fetched. */
export interface FetchOptions {
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the suites carry, from the cache when that is younger than `maxAgeMs` (a day), otherwise asked anew.
 * Without a network an older answer is better than none, and `progress` says that it is used.
 * @throws LabError `fetch-failed`, `prerequisite`, `aborted`
 */
export async function catalogue(
  arch: Architecture,
  options: FetchOptions,
  maxAgeMs: number = DAY_MS,
): Promise<Catalogue> {
  const progress = options.progress ?? (() => {});
  const asked = Date.now();
  // A time in the future is a clock that was set back: not to be trusted either.
  const fresh = ({ fetchedAt }: Catalogue): boolean =>
    fetchedAt > asked - maxAgeMs && fetchedAt <= Date.now();
  const stored = await storedCatalogue(arch);
  if (stored !== undefined && (fresh(stored) || asked - failedAt < FAILURE_REST_MS)) return stored;
  try {
    return await withLock(options.signal, async () => {
      // Whoever held the lock before us may have done the work.
      const meanwhile = await storedCatalogue(arch);
      if (meanwhile !== undefined && fresh(meanwhile)) return meanwhile;
      const read = await readSuites(arch, progress, options.signal);
      await publishFile(catalogueFile(arch), `${JSON.stringify(read, null, 1)}\n`);
      return read;
    });
  } catch (error) {
    if (stored === undefined || isLabError(error, 'aborted')) throw error;
    failedAt = asked;
    const since = new Date(stored.fetchedAt).toISOString();
    progress(`using the list of kernels of ${since}: ${(error as Error).message}`);
    return stored;
  }
}

async function readSuites(
  arch: Architecture,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Catalogue> {
  const apt = await PrivateApt.open(arch, signal);
  progress(`fetching the package lists of ${apt.mirror}`);
  await apt.update();

  const flavours = Object.entries(arch.flavours);
  const suffixes = flavours.map(([, { suffix }]) => suffix).join('|');
  const pattern = `^linux-(binary|image)-[0-9][^ ]*-(${suffixes})$`;
  const kernels = new Map<string, ListedKernel>();
  for (const listed of await apt.versions(await apt.search(pattern))) {
    const match = /^linux-(binary|image)-((\d+\.\d+)\S*)$/.exec(listed.package);
    const release = match?.[2];
    const series = match?.[3];
    const flavour = flavours.find(([, { suffix }]) => release?.endsWith(`-${suffix}`))?.[0];
    if (release === undefined || series === undefined || flavour === undefined) continue;
    // Where a linux-binary package exists, the linux-image of the same release is an empty shell around it.
    const key = `${release} ${listed.version}`;
    if (kernels.has(key) && match?.[1] === 'image') continue;
    kernels.set(key, { series, release, flavour, ...listed });
  }
  const headers = (await apt.versions(['linux-libc-dev'])).flatMap((listed) => {
    const series = /^(?:\d+:)?(\d+\.\d+)/.exec(listed.version)?.[1];
    return series === undefined ? [] : [{ series, ...listed }];
  });
  return {
    format: 1,
    architecture: arch.name,
    fetchedAt: Date.now(),
    mirror: apt.mirror,
    kernels: [...kernels.values()].sort(newestFirst),
    headers: headers.sort(newestFirst),
    ...(isForeign(arch) && { userland: await readUserland(apt) }),
  };
}

async function readUserland(apt: PrivateApt): Promise<ListedUserland> {
  return {
    busybox: await apt.closure(['busybox-static'], 'trixie'),
    node: await apt.closure(['nodejs'], 'trixie'),
  };
}

function newestFirst(a: { version: string }, b: { version: string }): number {
  return compareDebianVersions(b.version, a.version);
}
