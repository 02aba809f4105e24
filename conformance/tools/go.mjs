// Debian's Go and wazero, unpacked in the cache and never installed.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PrivateApt } from '../../dist/src/lab/apt.js';
import { architecture } from '../../dist/src/lab/architecture.js';
import { publishFolder, withScratch } from '../../dist/src/lab/cache.js';
import { unpackPackage } from '../../dist/src/lab/deb.js';
import { cacheDirectory } from '../../dist/src/lab/index.js';
import { withLock } from '../../dist/src/lab/lock.js';

/** The newest Go of the suite, and wazero; what they need comes with them. */
const PACKAGES = ['golang-go', 'golang-github-tetratelabs-wazero-dev'];
const SUITE = 'sid';

/** All but what tests Go itself. */
const MEMBERS = ['--wildcards', '--exclude=./usr/share/go-*/test', './usr'];

const root = () => join(cacheDirectory(), 'go');

/** The toolchain as it lies in the cache, or undefined: its programs, their environment, and the sources of packages. */
export function unpackedGo() {
  const goroot = join(root(), 'usr/lib/go');
  if (!existsSync(join(goroot, 'bin/go'))) return undefined;
  // What it compiles is kept, and none of the user's own settings or modules matter.
  const own = join(cacheDirectory(), 'go-build');
  mkdirSync(own, { recursive: true });
  return {
    go: join(goroot, 'bin/go'),
    gofmt: join(goroot, 'bin/gofmt'),
    sources: join(root(), 'usr/share/gocode/src'),
    env: {
      ...process.env,
      GOROOT: goroot,
      GOCACHE: own,
      GOPATH: join(own, 'path'),
      GOENV: 'off',
      GOWORK: 'off',
      GOTOOLCHAIN: 'local',
      GOPROXY: 'off',
      GOFLAGS: '-mod=mod',
      CGO_ENABLED: '0',
    },
  };
}

/** Brings the toolchain to the cache (50 MB to fetch, once). */
export async function fetchGo(progress = () => {}) {
  await withLock(undefined, () =>
    publishFolder(root(), async (folder) => {
      const apt = await PrivateApt.open(architecture());
      progress(`fetching Go and wazero from ${apt.mirror}`);
      await apt.update();
      await withScratch(async (scratch) => {
        for (const archive of await apt.download(await apt.closure(PACKAGES, SUITE), scratch)) {
          await unpackPackage(archive, folder, MEMBERS);
        }
      });
    }),
  );
  return unpackedGo();
}
