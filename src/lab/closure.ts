import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Architecture, isForeign } from './architecture.js';
import type { FetchOptions } from './catalogue.js';
import { type ArchiveEntry, entriesOf } from './cpio.js';
import { LabError } from './errors.js';
import { manifest, type PlacedPackage } from './manifest.js';
import { forArchitecture } from './native.js';

/** This package's own folder, from where this very file lies. */
export function ownPackageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && manifest(folder).name === 'zcrx') return folder;
    if (folder === dirname(folder)) {
      throw new LabError('not-built', `no package.json of zcrx above ${fileURLToPath(import.meta.url)}`);
    }
  }
}

/** The folder of a package that `from` would import: the nearest `node_modules` that has it, links followed. */
function resolvePackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * A package and all that it needs in production, laid out for the guest's `/node_modules`. The host's layout
 * (a checkout, a flat tree, a store of links) does not matter: what each package resolves to here, it
 * resolves to there. Breadth first, so that no later placing comes between a package and its dependency.
 */
export function productionClosure(root: string): PlacedPackage[] {
  const source = realpathSync(root);
  const name = manifest(source).name;
  const placed = new Map<string, PlacedPackage>();
  const place = (entry: PlacedPackage): void => {
    placed.set(entry.path, entry);
  };
  place({ name, source, path: `/node_modules/${name}` });
  // A Map also iterates over what is added on the way.
  for (const requirer of placed.values()) {
    const { dependencies = {}, optionalDependencies = {} } = manifest(requirer.source);
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const wanted = resolvePackage(dependency, requirer.source);
      if (wanted === undefined) {
        if (Object.hasOwn(optionalDependencies, dependency)) continue;
        throw new LabError(
          'not-built',
          `${requirer.name} needs ${dependency}, which is not installed; run npm install`,
        );
      }
      const visible = lookup(placed, dependency, requirer.path);
      if (visible?.source === wanted) continue;
      const parent = visible === undefined ? '/' : requirer.path;
      place({ name: dependency, source: wanted, path: posix.join(parent, 'node_modules', dependency) });
    }
  }
  return [...placed.values()];
}

function lookup(
  placed: ReadonlyMap<string, PlacedPackage>,
  name: string,
  from: string,
): PlacedPackage | undefined {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const found = placed.get(posix.join(folder, 'node_modules', name));
    if (found !== undefined || folder === '/') return found;
  }
}

/** What Node can load; type declarations, sources and documents stay on the host. */
const LOADABLE = /\.(?:js|cjs|mjs|json|node|wasm)$/;

/** The files of the closure: of this package `dist/` and `package.json`, of the others all that Node loads. */
export async function packageEntries(
  root: string,
  arch: Architecture,
  options: FetchOptions,
): Promise<ArchiveEntry[]> {
  const placed = productionClosure(root);
  const [own, ...others] = isForeign(arch) ? await forArchitecture(placed, arch, options) : placed;
  const entries: ArchiveEntry[] = await entriesOf(
    join(own!.source, 'package.json'),
    `${own!.path}/package.json`,
  );
  const dist = join(own!.source, 'dist');
  if (existsSync(dist)) {
    entries.push(...(await entriesOf(dist, `${own!.path}/dist`, (path) => !/\.(?:d\.ts|map)$/.test(path))));
  }
  for (const other of others) {
    const nested = join(other.source, 'node_modules');
    const keep = (path: string): boolean => LOADABLE.test(path) && !path.startsWith(`${nested}/`);
    entries.push(...(await entriesOf(other.source, other.path, keep)));
  }
  return entries;
}
