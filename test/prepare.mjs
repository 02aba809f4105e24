// What some tests need of the machine: a C compiler and QEMU for real kernels, both also for arm64, a browser, a debugger,
// Prometheus.
// Run as a program this installs what is missing, where that is possible (Debian, as root); under CI what is still missing
// then is a failure.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, env, getuid } from 'node:process';
import { fileURLToPath } from 'node:url';
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

function install() {
  const packages = [
    ...lacking([COMPILER, ARM64_COMPILER, BROWSER, DEBUGGER]).flatMap(({ needs }) => needs),
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
    console.log(`installing ${packages.join(', ')}`);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
  }
  if (lacksPrometheus) unpackPrometheus(options);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  install();
  const all = [
    missingForKernels(),
    missingForArm64(),
    missingForBrowser(),
    missingForDumps(),
    missingForPrometheus(),
  ];
  for (const missing of all.filter(Boolean)) {
    console.log(`${env.CI ? 'missing' : 'will be skipped'}: ${missing}`);
    if (env.CI) process.exitCode = 1;
  }
}
