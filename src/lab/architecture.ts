import { LabError } from './errors.js';

export type ArchitectureName = 'amd64';

/** All that differs between the machines that the lab can imitate. */
export interface Architecture {
  /** Debian's name, which is also ours. */
  readonly name: ArchitectureName;
  /** Node's name (`process.arch`): the guest runs this very node, so host and guest must agree. */
  readonly node: string;
  readonly qemu: { readonly program: string; readonly package: string; readonly args: readonly string[] };
  /** The kernel's name for the first serial port. */
  readonly console: string;
  /** Debian's multiarch triplet, and the kernel's name in `usr/lib/linux/uapi`. */
  readonly triplet: string;
  readonly uapi: string;
  /** Debian's kernel flavours, with the page size in bytes that each is built for. */
  readonly flavours: Readonly<Record<string, { readonly pageSize: number }>>;
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
    flavours: { cloud: { pageSize: 4096 } },
    defaultFlavour: 'cloud',
    // Hardening that protects nothing here and slows emulated code: the mitigations, the zeroing of each
    // page and object allocated (0.4 s a boot), and the parsing of module-signing certificates (0.8 s;
    // Debian's kernels load unsigned modules anyway).
    bootParameters: ['mitigations=off', 'init_on_alloc=0', 'initcall_blacklist=load_system_certificate_list'],
  },
};

export function architecture(name: string = 'amd64'): Architecture {
  const found = Object.hasOwn(ARCHITECTURES, name) ? ARCHITECTURES[name as ArchitectureName] : undefined;
  if (found === undefined) {
    throw new LabError(
      'bad-input',
      `architecture ${JSON.stringify(name)} is not known; expected one of: ${Object.keys(ARCHITECTURES).join(', ')}`,
    );
  }
  return found;
}

/** The flavour's page size in bytes. */
export function pageSize(arch: Architecture, flavour: string): number {
  const found = Object.hasOwn(arch.flavours, flavour) ? arch.flavours[flavour] : undefined;
  if (found === undefined) {
    const known = Object.keys(arch.flavours).join(', ');
    throw new LabError(
      'bad-input',
      `kernel flavour ${JSON.stringify(flavour)} is not known on ${arch.name}; expected one of: ${known}`,
    );
  }
  return found.pageSize;
}
