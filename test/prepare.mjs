// What some tests need of the machine: a C compiler and QEMU for real kernels, both also for arm64, a browser, a debugger,
// Prometheus, and the compilers of other languages.
// Run as a program this installs what is missing, where that is possible (Debian, as root); under CI what is still missing
// then is a failure.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { argv, env, getuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { fetchGo, unpackedGo } from '../conformance/tools/go.mjs';
import { missingPackages } from '../conformance/tools/needs.mjs';
import { cacheDirectory } from '../dist/src/lab/cache.js';
import { findProgram } from '../dist/src/lab/command.js';
import { missingPrerequisites } from '../dist/src/lab/index.js';

const COMPILER = { name: 'gcc', package: 'gcc', needs: ['gcc', 'libc6-dev'] };
const ARM64_COMPILER = {
  name: 'aarch64-linux-gnu-gcc',
  package: 'gcc-aarch64-linux-gnu',
  needs: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
};
const BROWSER = { name: 'chromium', package: 'chromium', needs: ['chromium'] };

const DEBUGGER = { name: 'gdb', package: 'gdb', needs: ['gdb'] };

/** Languages in which definitions are printed, beside C: the first two are installed, Go is only unpacked. */
const PLUS = { name: 'g++', package: 'g++', needs: ['g++'] };
const PYTHON = { name: 'python3', package: 'python3', needs: ['python3'] };
/** `offset_of!` came with Rust 1.77. Debian 12 has two packages: the one that its browsers are built with is new enough. */
const RUST_MINOR = 77;
const RUST = { name: `rustc 1.${RUST_MINOR} or later`, package: 'rustc-web', needs: ['rustc-web'] };

/** The first `rustc` that is new enough, or undefined; what was installed by hand may stand before Debian's. */
export function findRust() {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  return folders
    .map((folder) => join(folder, 'rustc'))
    .filter((path) => existsSync(path))
    .find((path) => {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      return Number(/^rustc 1\.(\d+)\./.exec(stdout)?.[1] ?? 0) >= RUST_MINOR;
    });
}

const needing = (...programs) =>
  lacking(programs).map(({ name, package: debian }) => `${name} (Debian: ${debian})`);

/** What each language lacks here. */
const LANGUAGES = {
  c: () => needing(COMPILER, PLUS),
  rust: () => (findRust() ? needing(COMPILER) : [`${RUST.name} (Debian: ${RUST.package})`]),
  go: () => (unpackedGo() ? [] : ['Go, unpacked in the cache']),
  python: () => needing(PYTHON),
};

/** Why tests in these languages (default: all) cannot run here, in one line; empty if they can. */
export function missingForLanguages(...languages) {
  const missing = (languages.length > 0 ? languages : Object.keys(LANGUAGES)).flatMap((each) =>
    LANGUAGES[each](),
  );
  return missing.length > 0 ? `tests in other languages need ${[...new Set(missing)].join(', ')}` : '';
}

const HOSTS = ['chromium', 'wazero', 'wasm2c'];
const lackingForHosts = () => [...new Set(HOSTS.flatMap(missingPackages))];

/** Why the module cannot be run in all hosts here, in one line; empty if it can. */
export function missingForConformance() {
  const missing = lackingForHosts();
  return missing.length > 0
    ? `the module in other hosts needs ${missing.join(', ')} (Debian's packages)`
    : '';
}

const lacking = (programs) => programs.filter(({ name }) => !findProgram(name));
const list = (programs) =>
  programs.map(({ name, package: debian }) => `${name} (Debian: ${debian})`).join(', ');

/** Why tests on real kernels and headers cannot run here, in one line; empty if they can. */
export function missingForKernels() {
  const missing = [...lacking([COMPILER]), ...missingPrerequisites()];
  return missing.length > 0 ? `tests on real kernels need ${list(missing)}` : '';
}

/** Why tests on kernels for arm64 cannot run here, in one line; empty if they can. */
export function missingForArm64() {
  const missing = [...lacking([ARM64_COMPILER]), ...missingPrerequisites('arm64')];
  return missing.length > 0 ? `tests on kernels for arm64 need ${list(missing)}` : '';
}

/** Why tests in a browser cannot run here, in one line; empty if they can. */
export function missingForBrowser() {
  const missing = lacking([BROWSER]);
  return missing.length > 0 ? `tests in a browser need ${list(missing)}` : '';
}

/** Why tests on dumps of a real debugger cannot run here, in one line; empty if they can. */
export function missingForDumps() {
  const missing = lacking([DEBUGGER]);
  return missing.length > 0 ? `tests on dumps of a real debugger need ${list(missing)}` : '';
}

const PROMETHEUS = [
  { name: 'prometheus', package: 'prometheus' },
  { name: 'promtool', package: 'prometheus' },
];
/** Debian's package, unpacked and not installed: installed, it would run as a service, from every boot on. */
const unpackedPrometheus = () => join(cacheDirectory(), 'prometheus');

/** The path of `prometheus` or of `promtool`, installed or unpacked; undefined if it is neither. */
export function findPrometheus(name) {
  const unpacked = join(unpackedPrometheus(), 'usr/bin', name);
  return findProgram(name) ?? (existsSync(unpacked) ? unpacked : undefined);
}

/** Why tests with Prometheus cannot run here, in one line; empty if they can. */
export function missingForPrometheus() {
  const missing = PROMETHEUS.filter(({ name }) => !findPrometheus(name));
  return missing.length > 0 ? `tests with Prometheus need ${list(missing)}` : '';
}

/** Fetches Prometheus and unpacks it; whole, or not at all. */
function unpackPrometheus(options) {
  const folder = unpackedPrometheus();
  mkdirSync(dirname(folder), { recursive: true });
  const half = mkdtempSync(`${folder}-`);
  try {
    console.log(`fetching prometheus, to be unpacked in ${folder}`);
    spawnSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', 'prometheus'], {
      ...options,
      cwd: half,
    });
    const archive = readdirSync(half).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return;
    if (spawnSync('dpkg', ['-x', archive, 'root'], { ...options, cwd: half }).status !== 0) return;
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(half, 'root'), folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

const lackingLanguages = () => [...lacking([COMPILER, PLUS, PYTHON]), ...(findRust() ? [] : [RUST])];

function install() {
  const packages = [
    ...[...lacking([ARM64_COMPILER, BROWSER, DEBUGGER]), ...lackingLanguages()].flatMap(({ needs }) => needs),
    ...lackingForHosts(),
    ...[...missingPrerequisites(), ...missingPrerequisites('arm64')].map(({ package: debian }) => debian),
  ];
  const lacksPrometheus = missingForPrometheus() !== '';
  if ((packages.length === 0 && !lacksPrometheus) || getuid?.() !== 0 || !findProgram('apt-get')) return;
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], options);
  if (packages.length > 0) {
    console.log(`installing ${[...new Set(packages)].join(', ')}`);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...new Set(packages)], options);
  }
  if (lacksPrometheus) unpackPrometheus(options);
}

/** Go is fetched by the way that the conformance hosts have for it. Where that fails it stays missing, and is told below. */
async function unpackGo() {
  if (unpackedGo()) return;
  await fetchGo((words) => console.log(words)).catch((error) => console.log(error.message));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  install();
  await unpackGo();
  const all = [
    missingForKernels(),
    missingForArm64(),
    missingForBrowser(),
    missingForDumps(),
    missingForPrometheus(),
    missingForLanguages(),
    missingForConformance(),
  ];
  for (const missing of all.filter(Boolean)) {
    console.log(`${env.CI ? 'missing' : 'will be skipped'}: ${missing}`);
    if (env.CI) process.exitCode = 1;
  }
}
