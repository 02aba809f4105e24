import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, dropUnused, publishFolder, touch, withScratch } from './cache.js';
import type { FetchOptions } from './catalogue.js';
import { compareSeries } from './debian-version.js';
import { LabError } from './errors.js';
import { quote } from './guest-init.js';
import { buildModule } from './kernel-build.js';
import type { FetchedKernel } from './kernels.js';

/** How the simulated network card is loaded; its README says what the parameters do. */
export interface NicParameters {
  /** TCP port, 0 to 65535; default 0, with which all data is copied. Can be changed in the guest. */
  readonly port?: number;
  /** Default 0, for none. Can be changed in the guest. */
  readonly copy_one_in?: number;
  /** Bytes; default 0. Can be changed in the guest. */
  readonly linear?: number;
  /** Default true. Can be changed in the guest. */
  readonly data_split?: boolean;
  /** Default false. */
  readonly large_buffers?: boolean;
}

/** Where a guest that has the card finds it. */
export const NIC = {
  interface: 'zcrx0',
  /** Its receive queue for zcrx, to which `port` leads. */
  queue: 1,
  /** The card's own address. A server listens there. */
  address: '10.9.0.1',
  /** The address behind the mirror: what is sent to it arrives at {@link NIC.address}. */
  peer: '10.9.0.2',
  /** The module, for `insmod`. */
  module: '/lab/zcrx_nic.ko',
  /** The parameters and counters. */
  parameters: '/sys/module/zcrx_nic/parameters',
} as const;

/** The first series whose interface to zcrx the module is written for. */
const FIRST_SERIES = '7.2';

const MODULE = 'zcrx_nic';
const SOURCES = ['Makefile', `${MODULE}.c`];

/** Checks what a caller wrote. @throws LabError `bad-input` */
export function checkNicParameters(parameters: NicParameters): void {
  const bad = (field: string, value: unknown, expected: string): LabError =>
    new LabError('bad-input', `nic.${field} ${JSON.stringify(value)}: expected ${expected}`);
  const most: Record<string, number> = { port: 65_535, copy_one_in: 2 ** 32 - 1, linear: 2 ** 32 - 1 };
  for (const [field, value] of Object.entries(parameters)) {
    if (field === 'data_split' || field === 'large_buffers') {
      if (typeof value !== 'boolean') throw bad(field, value, 'true or false');
    } else if (!Object.hasOwn(most, field)) {
      throw bad(field, value, 'one of port, copy_one_in, linear, data_split, large_buffers');
    } else if (!(Number.isInteger(value) && value >= 0 && value <= most[field]!)) {
      throw bad(field, value, `a whole number from 0 to ${most[field]}`);
    }
  }
}

/** The script that puts the card into the guest. */
export function nicScript(parameters: NicParameters): string {
  const words = Object.entries(parameters).map(([name, value]) => quote(`${name}=${Number(value)}`));
  return `set -e
insmod ${[NIC.module, ...words].join(' ')}
ip address add ${NIC.address}/24 dev ${NIC.interface}
ip link set ${NIC.interface} up
`;
}

/**
 * The module for one kernel, built if the cache does not have it (20 s for the first of a kernel, of which
 * fetching 85 MB is most; 3 s after a change of the source).
 * @throws LabError `bad-input` for a kernel that is too old; others as {@link buildModule}
 */
export async function nicModule(
  kernel: FetchedKernel,
  packageRoot: string,
  options: FetchOptions,
): Promise<string> {
  if (compareSeries(kernel.series, FIRST_SERIES) < 0) {
    throw new LabError(
      'bad-input',
      `nic: the simulated network card needs kernel ${FIRST_SERIES} or later, not ${kernel.release}`,
    );
  }
  const source = sourceFolder(packageRoot);
  const hash = createHash('sha256');
  for (const name of SOURCES) hash.update(await readFile(join(source, name)));
  const parent = await cacheFolder('nic', kernel.architecture);
  const key = `${kernel.release}_${kernel.version}_${hash.digest('hex').slice(0, 16)}`;
  const folder = await publishFolder(join(parent, key), async (fresh) => {
    await dropUnused(parent);
    await withScratch(async (scratch) => {
      for (const name of SOURCES) await cp(join(source, name), join(scratch, name));
      await buildModule(kernel, scratch, options);
      await rename(join(scratch, `${MODULE}.ko`), join(fresh, `${MODULE}.ko`));
    });
  });
  await touch(folder);
  return join(folder, `${MODULE}.ko`);
}

/** In a checkout, or in an installed package, which has no tests. */
function sourceFolder(packageRoot: string): string {
  const places = ['test/lab/nic', 'dist/nic'].map((name) => join(packageRoot, name));
  const found = places.find((folder) => SOURCES.every((name) => existsSync(join(folder, name))));
  if (found === undefined) {
    throw new LabError(
      'not-built',
      `the source of the network card is neither in ${places.join(' nor in ')}; run: npm run build`,
    );
  }
  return found;
}
