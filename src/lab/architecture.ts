import { LabError } from './errors.js';

export type ArchitectureName = 'amd64' | 'arm64';

/** One configuration of Debian's kernels. */
export interface Flavour {
  /** How a release of it ends, behind the version: `cloud-amd64` in `7.3.4+deb13-cloud-amd64`. */
  readonly suffix: string;
  /** Bytes. */
  readonly pageSize: number;
}

/** All that differs between the machines that the lab can imitate. */
export interface Architecture {
  /** Debian's name, which is also ours. */
  readonly name: ArchitectureName;
  /** Node's name (`process.arch`). Where it is the host's too, the guest runs the host's own programs. */
  readonly node: string;
  readonly qemu: { readonly program: string; readonly package: string; readonly args: readonly string[] };
  /** The kernel's name for the first serial port. */
  readonly console: string;
  /** Debian's multiarch triplet, and the kernel's name in `usr/lib/linux/uapi`. */
  readonly triplet: string;
  readonly uapi: string;
  /** Debian's kernel flavours, by our names for them. */
  readonly flavours: Readonly<Record<string, Flavour>>;
  readonly defaultFlavour: string;
  /** Kernel parameters that only make an emulated boot faster. */
  readonly bootParameters: readonly string[];
}

const ARCHITECTURES: Readonly<Record<ArchitectureName, Architecture>> = {
  amd64: {
    name: 'amd64',
    node: 'x64',
    qemu: {
      program: 'qemu-system-x86_64',
      package: 'qemu-system-x86',
      args: ['-accel', 'tcg', '-cpu', 'max'],
    },
    console: 'ttyS0',
    triplet: 'x86_64-linux-gnu',
    uapi: 'x86',
    flavours: { cloud: { suffix: 'cloud-amd64', pageSize: 4096 } },
    defaultFlavour: 'cloud',
    // Hardening that protects nothing here and slows emulated code: the mitigations, the zeroing of each
    // page and object allocated (0.4 s a boot), and the parsing of module-signing certificates (0.8 s;
    // Debian's kernels load unsigned modules anyway).
    bootParameters: ['mitigations=off', 'init_on_alloc=0', 'initcall_blacklist=load_system_certificate_list'],
  },
  arm64: {
    name: 'arm64',
    node: 'arm64',
    qemu: {
      program: 'qemu-system-aarch64',
      package: 'qemu-system-arm',
      // Without the features that the emulator can only compute slowly: signing pointers costs hundreds of
      // instructions for each call of a function, and a boot would take 5 s instead of 2.
      args: ['-M', 'virt', '-accel', 'tcg', '-cpu', 'max,pauth=off,sve=off'],
    },
    console: 'ttyAMA0',
    triplet: 'aarch64-linux-gnu',
    uapi: 'arm64',
    flavours: {
      cloud: { suffix: 'cloud-arm64', pageSize: 4096 },
      '16k': { suffix: 'arm64-16k', pageSize: 16_384 },
    },
    defaultFlavour: 'cloud',
    bootParameters: ['mitigations=off', 'init_on_alloc=0', 'initcall_blacklist=load_system_certificate_list'],
  },
};

/** Whether the guest cannot run the host's own programs. */
export function isForeign(arch: Architecture): boolean {
  return arch.node !== process.arch;
}

/** By its name; default the host's own, and `amd64` on a host whose kind the lab does not know. */
export function architecture(name: string = hostArchitecture()): Architecture {
  const found = Object.hasOwn(ARCHITECTURES, name) ? ARCHITECTURES[name as ArchitectureName] : undefined;
  if (found === undefined) {
    throw new LabError(
      'bad-input',
      `architecture ${JSON.stringify(name)} is not known; expected one of: ${Object.keys(ARCHITECTURES).join(', ')}`,
    );
  }
  return found;
}

function hostArchitecture(): ArchitectureName {
  return Object.values(ARCHITECTURES).find(({ node }) => node === process.arch)?.name ?? 'amd64';
}

/** @throws LabError `bad-input` for a name that this architecture does not have */
export function flavourOf(arch: Architecture, name: string): Flavour {
  const found = Object.hasOwn(arch.flavours, name) ? arch.flavours[name] : undefined;
  if (found === undefined) {
    const known = Object.keys(arch.flavours).join(', ');
    throw new LabError(
      'bad-input',
      `kernel flavour ${JSON.stringify(name)} is not known on ${arch.name}; expected one of: ${known}`,
    );
  }
  return found;
}
