import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from './architecture.js';
import { cacheFolder, publishFile } from './cache.js';
import { type CommandResult, commandFailure, requireProgram, runCommand, tryCommand } from './command.js';
import { LabError } from './errors.js';
import { debianMirror, machineSources, osRelease } from './mirror.js';

/** The suites that carry released kernels, steadiest first. */
export const SUITES = ['trixie-backports', 'sid', 'experimental', 'trixie'] as const;

const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

export function findDebianKeyring(): string | undefined {
  return KEYRINGS.find((path) => existsSync(path));
}

export interface PackageVersion {
  readonly package: string;
  /** Debian's. */
  readonly version: string;
}

/** One package as the lists name it. */
export interface ListedPackage extends PackageVersion {
  readonly suite: string;
}

/**
 * An apt of our own: lists, cache and configuration live in the cache directory, and neither the machine's
 * sources nor what is installed there is looked at or touched. To be used under {@link withLock}.
 */
export class PrivateApt {
  readonly mirror: string;
  readonly #config: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(mirror: string, config: string, signal: AbortSignal | undefined) {
    this.mirror = mirror;
    this.#config = config;
    this.#signal = signal;
  }

  /** @throws LabError `prerequisite` where apt, the keyring or a Debian mirror is missing. */
  static async open(arch: Architecture, signal?: AbortSignal): Promise<PrivateApt> {
    requireProgram('apt-get', 'apt');
    const keyring = findDebianKeyring();
    if (keyring === undefined) {
      throw new LabError(
        'prerequisite',
        `Debian's archive keyring (${KEYRINGS[0]}) is missing; install it with: apt-get install debian-archive-keyring`,
      );
    }
    const mirror = process.env.ZCRX_DEBIAN_MIRROR || debianMirror(machineSources(), osRelease().codename);
    if (mirror === undefined) {
      throw new LabError(
        'prerequisite',
        'no Debian archive among this machine’s apt sources (/etc/apt); name one: ZCRX_DEBIAN_MIRROR=<URI of a mirror>',
      );
    }
    const root = await cacheFolder('apt', arch.name);
    for (const name of ['lists/partial', 'cache/archives/partial', 'state']) {
      await mkdir(join(root, name), { recursive: true });
    }
    const sources = SUITES.map((suite) => `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    await publishFile(join(root, 'sources.list'), sources.join(''));
    const config = join(root, 'apt.conf');
    await publishFile(config, (await inheritedSettings()) + ownSettings(root, arch));
    return new PrivateApt(mirror, config, signal);
  }

  /** Fetches the package lists (about 22 MB the first time). @throws LabError `fetch-failed` */
  async update(): Promise<void> {
    await this.#fetch(['update', '--error-on=any'], 'the package lists', {});
  }

  /** Names matching an extended regular expression. */
  async search(pattern: string): Promise<string[]> {
    const text = (await this.#run('apt-cache', ['search', '--names-only', pattern])).toString();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(0, line.indexOf(' '))]));
  }

  /** Every version of the named packages, each with the suite that carries it. */
  async versions(names: readonly string[]): Promise<ListedPackage[]> {
    if (names.length === 0) return [];
    const text = (await this.#run('apt-cache', ['madison', ...names])).toString();
    return text.split('\n').flatMap((line) => {
      const match = /^\s*(\S+) \|\s*(\S+) \| \S+ ([^\s/]+)\/\S+ \S+ Packages$/.exec(line);
      return match === null ? [] : [{ package: match[1]!, version: match[2]!, suite: match[3]! }];
    });
  }

  /**
   * Packages (`NAME` or `NAME=VERSION`) with all that they need to run, as if they came onto an empty machine;
   * of versions that are not named, the suite's is taken.
   */
  async closure(names: readonly string[], suite: (typeof SUITES)[number]): Promise<PackageVersion[]> {
    const args = ['install', '--simulate', '--no-install-recommends', '--target-release', suite, ...names];
    const text = (await this.#run('apt-get', args)).toString();
    return [...text.matchAll(/^Inst (\S+) \((\S+) /gm)].map((match) => ({
      package: match[1]!,
      version: match[2]!,
    }));
  }

  /** Downloads packages into `folder`, an empty one, and gives the paths of their files. @throws LabError `fetch-failed` */
  async download(packages: readonly PackageVersion[], folder: string): Promise<string[]> {
    const words = packages.map(({ package: name, version }) => `${name}=${version}`);
    await this.#fetch(['download', ...words], words.join(', '), { cwd: folder });
    const files = (await readdir(folder)).filter((entry) => entry.endsWith('.deb'));
    if (files.length !== packages.length) {
      throw new LabError(
        'fetch-failed',
        `apt-get download left ${files.length} files of ${packages.length}: ${words.join(', ')}`,
      );
    }
    return files.map((file) => join(folder, file));
  }

  async #fetch(args: readonly string[], what: string, options: { cwd?: string }): Promise<void> {
    const result = await this.#try('apt-get', ['-q', ...args], options);
    if (result.status !== 0) {
      // The first error is the cause; the rest says the same of the other files.
      const words = /^E: (.*)$/m.exec(result.stderr)?.[1] ?? result.stderr.trim();
      throw new LabError('fetch-failed', `cannot fetch ${what} (${words}); check the network and try again`);
    }
  }

  async #run(program: string, args: readonly string[]): Promise<Buffer> {
    const result = await this.#try(program, args, {});
    if (result.status !== 0) throw commandFailure(program, args, result);
    return result.stdout;
  }

  #try(program: string, args: readonly string[], options: { cwd?: string }): Promise<CommandResult> {
    const env = { ...process.env, APT_CONFIG: this.#config, LC_ALL: 'C' };
    return tryCommand(program, args, { ...options, env, signal: this.#signal });
  }
}

/** The machine's ways of reaching the network (proxies, time-outs, date checks), without its hooks. */
async function inheritedSettings(): Promise<string> {
  const dump = (await runCommand('apt-config', ['dump'])).toString();
  const lines = dump
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !line.startsWith('Acquire::IndexTargets'))
    .filter((line) => !/^Acquire::(Languages|GzipIndexes|CompressionTypes|Changelogs)/.test(line))
    .filter((line) => !/ "";$/.test(line));
  return `${lines.join('\n')}\n`;
}

function ownSettings(root: string, arch: Architecture): string {
  return `Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "${root}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${root}/state";
Dir::State::Lists "${root}/lists";
Dir::State::status "/dev/null";
Dir::Cache "${root}/cache";
Dir::Cache::srcpkgcache "";
Acquire::GzipIndexes "true";
APT::Architecture "${arch.name}";
APT::Architectures { "${arch.name}"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::Retries "2";
`;
}
