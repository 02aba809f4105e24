import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { identityOf, ifSeen, type ProcessIdentity } from './proc.js';

/** A program that was replaced on disk while it runs has this behind its path. */
const DELETED = ' (deleted)';

/** The kernel shortens a name to this many bytes. */
const COMMAND_BYTES = 15;

function programOf(pid: number): string | undefined {
  const path = ifSeen(() => readlinkSync(`/proc/${pid}/exe`));
  if (path !== undefined) return basename(path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path);
  // Not ours to see; the command line is everybody's.
  const [first = ''] = (ifSeen(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0');
  return first === '' ? undefined : basename(first);
}

/**
 * Processes by name, the oldest first: those whose command (`comm`, as `ps` shows it) or whose program's file has it. This
 * process is none of them, nor are kernel threads and processes that have ended.
 */
export function processesNamed(name: string): ProcessIdentity[] {
  const bytes = Buffer.from(name);
  const short = bytes.length > COMMAND_BYTES ? bytes.subarray(0, COMMAND_BYTES).toString() : name;
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const identity = identityOf(Number(entry));
    if (identity === undefined || identity.state === 'Z') continue;
    const program = programOf(identity.pid);
    // Only what runs in the kernel alone has neither a file nor a command line.
    if (program === undefined) continue;
    // A shortened name is one that the program's own has to confirm.
    const isCommand = identity.command === short && (short === name || program.startsWith(short));
    if (isCommand || program === name) found.push(identity);
  }
  return found.sort((a, b) => Number(a.startTime - b.startTime) || a.pid - b.pid);
}
