import { LabError } from './errors.js';

/** The virtio-serial ports between guest and host. */
export const PORTS = ['control', 'stdout', 'stderr', 'files'] as const;
export type Port = (typeof PORTS)[number];

/** What the guest is to do, as its `/lab/job` script needs it. */
export interface GuestJob {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: 'root' | 'nobody';
  /** RLIMIT_MEMLOCK in KiB, soft and hard; undefined leaves the kernel's default (8 MiB). */
  readonly memlockKiB: number | 'unlimited' | undefined;
  /** Absolute paths. */
  readonly fetch: readonly string[];
  /** Ends each data port's stream; random, so that no command's output can contain it. */
  readonly sentinel: string;
}

/**
 * The guest's first process. The command writes into pipes, as it would on a host, and a cat each carries
 * them to the ports; so the program sees no difference, and a port's limit of 32 KiB a write() does not show.
 * A device's close does not travel to the host, hence the sentinel at the end of each stream; and a guest
 * that switches itself off at once could lose what is still queued, hence it waits for the host's word.
 */
export const INIT_SCRIPT = `#!/bin/sh
export PATH=/usr/local/bin:/usr/bin:/bin HOME=/root
[ -e /bin/mount ] || /bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /lab/ports
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
hostname lab
ip link set lo up

tries=0
while [ ! -e /lab/ports/control ] || [ ! -e /lab/ports/stdout ] || [ ! -e /lab/ports/stderr ] || [ ! -e /lab/ports/files ]; do
  for port in /sys/class/virtio-ports/*; do
    read -r name 2>/dev/null <"$port/name" && [ -n "$name" ] && ln -sf "/dev/\${port##*/}" "/lab/ports/$name"
  done
  tries=$((tries + 1))
  if [ $tries -gt 500 ]; then
    echo 'lab: the virtio-serial ports did not appear' >/dev/console
    poweroff -f
  fi
  usleep 10000
done
exec 7<>/lab/ports/control

if [ -e /lab/nic ] && ! sh /lab/nic >/dev/console 2>&1; then
  echo 'broken the simulated network card could not be set up' >&7
  read -r -t 60 goodbye <&7
  poweroff -f
fi

read -r uptime rest </proc/uptime
echo "init $(uname -r) $uptime" >&7

# Writable by all: a program may open /dev/stdout anew.
mkfifo -m 666 /lab/out /lab/err
cat </lab/out >/lab/ports/stdout 7>&- &
out=$!
cat </lab/err >/lab/ports/stderr 7>&- &
err=$!
# A process group of its own, and no descriptor but the three.
setsid time -f %x -o /lab/status sh /lab/job </dev/null >/lab/out 2>/lab/err 7>&- &
wait $!

# What the command left running must neither hold the pipes open nor outlive it.
# Three rounds, for what forks between the look and the kill; kernel threads have no exe.
for round in 1 2 3; do
  for entry in /proc/[0-9]*; do
    pid=\${entry##*/}
    case $pid in 1 | $out | $err) continue ;; esac
    [ -e "$entry/exe" ] && kill -9 $pid 2>/dev/null
  done
done
wait $out $err

read -r sentinel </lab/sentinel
printf %s "$sentinel" >/lab/ports/stdout
printf %s "$sentinel" >/lab/ports/stderr
sh /lab/fetch >/lab/ports/files 2>/dev/null
printf %s "$sentinel" >/lab/ports/files

read -r uptime rest </proc/uptime
echo "exit $uptime $(tr '\\n' ' ' </lab/status)" >&7
read -r -t 60 goodbye <&7
poweroff -f
`;

/** The script that becomes the command. */
export function jobScript(job: GuestJob): string {
  const words = [
    'env',
    '-i',
    ...Object.entries(job.env).map(([name, value]) => `${name}=${value}`),
    ...job.argv,
  ];
  // su(1) with env(1) for a shell: no shell reads the words again.
  const command =
    job.user === 'root' ? words : ['su', '-s', '/usr/bin/env', '--', job.user, ...words.slice(1)];
  const limit = job.memlockKiB === undefined ? '' : `ulimit -l ${job.memlockKiB}\n`;
  return `${limit}cd ${quote(job.cwd)} || exit 125\nexec ${command.map(quote).join(' ')}\n`;
}

/** The script that writes the files to bring back as an archive; what does not exist is left out. */
export function fetchScript(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  return `find ${paths.map(quote).join(' ')} -print0 | cpio -0 -o -H newc\n`;
}

/** A word that any POSIX shell reads back unchanged. @throws LabError `bad-input` on a NUL */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new LabError('bad-input', `${JSON.stringify(word)} contains a NUL, which no process can be given`);
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}
