import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architecture.js';
import { cacheFolder, publishFolder, touch, withScratch } from './cache.js';
import type { FetchOptions } from './catalogue.js';
import { requireProgram, runCommand, tryCommand } from './command.js';
import { LabError } from './errors.js';
import { withLock } from './lock.js';
import { manifest, type PlacedPackage } from './manifest.js';

/**
 * A closure made for another architecture: without the packages that are for the host's processor alone, and
 * with those that their requirers name for the guest's, which npm leaves out here. Packages of native code
 * carry their platform in the name, as `@koromix/koffi-linux-arm64`.
 * @throws LabError `fetch-failed`, `prerequisite`
 */
export async function forArchitecture(
  placed: readonly PlacedPackage[],
  arch: Architecture,
  options: FetchOptions,
): Promise<PlacedPackage[]> {
  const kept = placed.filter(({ source }) => manifest(source).cpu?.includes(arch.node) ?? true);
  const fetched: PlacedPackage[] = [];
  for (const { source } of kept) {
    for (const [name, version] of Object.entries(manifest(source).optionalDependencies ?? {})) {
      if (!name.endsWith(`-linux-${arch.node}`)) continue;
      const lockFile = lockFileAbove(source);
      const folder = await fetchPackage(name, version, lockFile, options);
      fetched.push({ name, source: folder, path: `/node_modules/${name}` });
    }
  }
  return [...kept, ...fetched];
}

/** The lock file of the project into whose `node_modules` a package is installed, whether or not it exists. */
function lockFileAbove(source: string): string {
  return join(source.slice(0, source.lastIndexOf('/node_modules/')), 'package-lock.json');
}

/** Of npm's `package-lock.json`. */
interface LockFile {
  readonly packages?: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/** The checksum that a lock file has for a package, if it has the file and the package. */
function lockedIntegrity(lockFile: string, name: string, version: string): string | undefined {
  if (!existsSync(lockFile)) return undefined;
  const { packages = {} } = JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile;
  const locked = packages[`node_modules/${name}`];
  return locked?.version === version ? locked.integrity : undefined;
}

/** What `npm pack --json` tells of an archive. */
interface Packed {
  readonly filename: string;
  readonly integrity: string;
}

async function fetchPackage(
  name: string,
  version: string,
  lockFile: string,
  options: FetchOptions,
): Promise<string> {
  const expected = lockedIntegrity(lockFile, name, version);
  const target = join(await cacheFolder('npm'), `${name.replaceAll('/', '+')}@${version}`);
  if (!existsSync(target)) {
    await withLock(options.signal, () =>
      publishFolder(target, async (folder) => {
        options.progress?.(`fetching ${name} ${version} from npm's registry`);
        await withScratch(async (scratch) => {
          const [packed] = await pack(`${name}@${version}`, scratch, options.signal);
          if (expected !== undefined && packed.integrity !== expected) {
            throw new LabError(
              'fetch-failed',
              `${name} ${version} came with the checksum ${packed.integrity}, but ${lockFile} says ${expected}`,
            );
          }
          const archive = join(scratch, packed.filename);
          await runCommand('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner']);
        });
      }),
    );
  }
  await touch(target);
  return target;
}

async function pack(wanted: string, folder: string, signal: AbortSignal | undefined): Promise<[Packed]> {
  const npm = requireProgram('npm', 'npm');
  const args = ['pack', wanted, '--json', '--ignore-scripts', '--pack-destination', folder];
  const result = await tryCommand(npm, args, { signal });
  if (result.status !== 0) {
    const words =
      /^npm (?:error|ERR!) (?!(?:code|errno|syscall) )(.*)$/m.exec(result.stderr)?.[1] ??
      result.stderr.trim();
    throw new LabError('fetch-failed', `cannot fetch ${wanted} (${words}); check the network and try again`);
  }
  return JSON.parse(result.stdout.toString()) as [Packed];
}
