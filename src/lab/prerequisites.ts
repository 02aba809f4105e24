import { existsSync } from 'node:fs';
import { findDebianKeyring } from './apt.js';
import { architecture } from './architecture.js';
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

function prerequisites(): Checked[] {
  const { program, package: qemuPackage } = architecture().qemu;
  const programs: [string, string, string][] = [
    [program, qemuPackage, 'runs the kernel'],
    ['busybox', 'busybox-static', 'the guest’s shell and tools'],
    ['zstd', 'zstd', 'unpacks kernels'],
    ['xz', 'xz-utils', 'unpacks packages'],
    ['dpkg-deb', 'dpkg', 'unpacks packages'],
    ['tar', 'tar', 'unpacks packages'],
    ['apt-get', 'apt', 'fetches kernels'],
    ['flock', 'util-linux', 'makes parallel runs take turns'],
    ['ldd', 'libc-bin', 'names the libraries that the guest needs'],
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

/** What this machine lacks; empty when the lab can work. */
export function missingPrerequisites(): Prerequisite[] {
  return prerequisites()
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
export async function installPrerequisites(options: { progress?: Progress } = {}): Promise<Prerequisite[]> {
  const missing = missingPrerequisites();
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
  const left = missingPrerequisites();
  if (left.length > 0) {
    const names = left.map((one) => one.name).join(', ');
    throw new LabError('prerequisite', `still missing after ${command}: ${names}`);
  }
  return missing;
}
