import { existsSync } from 'node:fs';
import { findDebianKeyring } from './apt.js';
import { type Architecture, type ArchitectureName, architecture, isForeign } from './architecture.js';
import { findProgram, runCommand } from './command.js';
import { LabError, type Progress } from './errors.js';

/** Something of the host that the lab cannot do without. */
export interface Prerequisite {
  /** The program, or what the file is. */
  readonly name: string;
  /** Debian's package. */
  readonly package: string;
  readonly purpose: string;
}

interface Checked extends Prerequisite {
  readonly present: () => boolean;
}

/** A guest of the host's own architecture runs the host's programs. */
const FOR_OWN_GUESTS: [string, string, string][] = [
  ['busybox', 'busybox-static', 'the guest’s shell and tools'],
  ['ldd', 'libc-bin', 'names the libraries that the guest needs'],
];

/** The programs of other guests are Debian's, and koffi's native part comes from npm. */
const FOR_FOREIGN_GUESTS: [string, string, string][] = [
  ['npm', 'npm', 'fetches native packages for another architecture'],
];

function prerequisites(arch: Architecture): Checked[] {
  const programs: [string, string, string][] = [
    [arch.qemu.program, arch.qemu.package, `runs kernels for ${arch.name}`],
    ...(isForeign(arch) ? FOR_FOREIGN_GUESTS : FOR_OWN_GUESTS),
    ['zstd', 'zstd', 'unpacks kernels'],
    ['xz', 'xz-utils', 'unpacks packages'],
    ['dpkg-deb', 'dpkg', 'unpacks packages'],
    ['tar', 'tar', 'unpacks packages'],
    ['apt-get', 'apt', 'fetches kernels'],
    ['flock', 'util-linux', 'makes parallel runs take turns'],
  ];
  return [
    ...programs.map(([name, debianPackage, purpose]) => ({
      name,
      package: debianPackage,
      purpose,
      present: () => findProgram(name) !== undefined,
    })),
    {
      name: 'Debian archive keyring',
      package: 'debian-archive-keyring',
      purpose: 'proves that kernels come from Debian',
      present: () => findDebianKeyring() !== undefined,
    },
  ];
}

/**
 * What this machine lacks for guests of one architecture (default: its own); empty when the lab can work.
 * @throws LabError `bad-input` for an architecture that is not known
 */
export function missingPrerequisites(name?: ArchitectureName): Prerequisite[] {
  return prerequisites(architecture(name))
    .filter((one) => !one.present())
    .map(({ name, package: debianPackage, purpose }) => ({ name, package: debianPackage, purpose }));
}

/** The command that a person can run to install what is missing; undefined when nothing is. */
export function installCommand(
  missing: readonly Prerequisite[] = missingPrerequisites(),
): string | undefined {
  return missing.length === 0 ? undefined : `apt-get ${installArguments(missing).join(' ')}`;
}

function installArguments(missing: readonly Prerequisite[]): string[] {
  const packages = [...new Set(missing.map((one) => one.package))];
  return ['install', '--yes', '--no-install-recommends', ...packages];
}

/**
 * Installs what is missing, with the machine's own apt. Never called by the rest of the lab: installing is
 * the caller's explicit wish.
 * @throws LabError `prerequisite`, naming the command to run, when not root or not on a Debian-like system
 */
export async function installPrerequisites(
  options: { progress?: Progress; architecture?: ArchitectureName | undefined } = {},
): Promise<Prerequisite[]> {
  const missing = missingPrerequisites(options.architecture);
  if (missing.length === 0) return [];
  const command = installCommand(missing)!;
  if (!existsSync('/etc/debian_version') || findProgram('apt-get') === undefined) {
    const names = missing.map((one) => one.name).join(', ');
    throw new LabError(
      'prerequisite',
      `missing: ${names}; this is no Debian or Ubuntu, so install them by hand (on Debian: ${command})`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new LabError('prerequisite', `installing needs root; run: sudo ${command}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  options.progress?.('refreshing the package lists');
  await runCommand('apt-get', ['-q', 'update'], { env });
  options.progress?.(`installing ${[...new Set(missing.map((one) => one.package))].join(', ')}`);
  await runCommand('apt-get', ['-q', ...installArguments(missing)], { env });
  const left = missingPrerequisites(options.architecture);
  if (left.length > 0) {
    const names = left.map((one) => one.name).join(', ');
    throw new LabError('prerequisite', `still missing after ${command}: ${names}`);
  }
  return missing;
}
