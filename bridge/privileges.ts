import { readFileSync } from 'node:fs';

const CAP_NET_ADMIN = 12;
const CAP_IPC_LOCK = 14;
const CAP_SYS_ADMIN = 21;

/** What this process may do, as far as io_uring and zero-copy receive ask. */
export interface Privileges {
  /** CAP_NET_ADMIN in the initial user namespace, which registering an instance needs. */
  readonly capNetAdmin: boolean;
  /** What to do about it if not. */
  readonly capNetAdminRemedy: string;
  readonly capIpcLock: boolean;
  /** Not in the initial user namespace: its capabilities do not count there. */
  readonly userNamespace: boolean;
  /** 0 none, 1 strict, 2 a filter. */
  readonly seccomp: number;
  /** `kernel.io_uring_disabled`: 0 for everybody, 1 for a group and CAP_SYS_ADMIN, 2 for nobody. */
  readonly ioUringDisabled: number;
  /** Why io_uring itself is refused, if it is. */
  readonly ioUringRefusal: string | undefined;
  /** Bytes that may be locked (RLIMIT_MEMLOCK), Infinity without limit. */
  readonly memlock: number;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // not every kernel and container shows every file
  }
}

function statusField(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';
}

function memlockLimit(limits: string | undefined): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits ?? '')?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

function inUserNamespace(): boolean {
  const map = read('/proc/self/uid_map')?.trim().split(/\s+/);
  return map !== undefined && map.join(' ') !== '0 0 4294967295';
}

function refusal(disabled: number, sysAdmin: boolean): string | undefined {
  if (disabled === 2) return 'io_uring is switched off: sysctl kernel.io_uring_disabled is 2';
  if (disabled === 1 && !sysAdmin) {
    return 'io_uring is kept for a group: sysctl kernel.io_uring_disabled is 1 (see kernel.io_uring_group)';
  }
  return undefined;
}

/** Looks all of this up in /proc; nothing is tried out. */
export function privileges(): Privileges {
  const status = read('/proc/self/status') ?? '';
  const capabilities = BigInt(`0x${statusField(status, 'CapEff')}`);
  const has = (capability: number) => ((capabilities >> BigInt(capability)) & 1n) === 1n;
  const userNamespace = inUserNamespace();
  const seccomp = Number(statusField(status, 'Seccomp'));
  const ioUringDisabled = Number(read('/proc/sys/kernel/io_uring_disabled') ?? 0);
  return {
    capNetAdmin: has(CAP_NET_ADMIN) && !userNamespace,
    capNetAdminRemedy: userNamespace
      ? 'CAP_NET_ADMIN in the initial user namespace: this process runs in a user namespace, whose capabilities do not count'
      : 'CAP_NET_ADMIN: run as root, or give the node binary the capability (setcap cap_net_admin+ep), or a service AmbientCapabilities=CAP_NET_ADMIN',
    capIpcLock: has(CAP_IPC_LOCK) && !userNamespace,
    userNamespace,
    seccomp,
    ioUringDisabled,
    ioUringRefusal: refusal(ioUringDisabled, has(CAP_SYS_ADMIN)),
    memlock: memlockLimit(read('/proc/self/limits')),
  };
}
