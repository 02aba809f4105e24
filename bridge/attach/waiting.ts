import { readFileSync } from 'node:fs';
import { descriptorsOf, targetOf, unlessGone } from './proc.js';
import { ofProcess } from './refusal.js';

/** What waits in the sockets of a process. */
export interface Waiting {
  /** Received, and not yet taken by the process. */
  readonly bytes: bigint;
  /** TCP sockets among its descriptors that are connected, or have been. */
  readonly sockets: number;
}

/** A listening socket's number is that of connections that wait, not of bytes (TCP_LISTEN). */
const LISTENS = '0A';

/** Reads the text of /proc/PID/net/tcp or tcp6: the bytes that wait, by the socket's inode. */
export function parseReceiveQueues(text: string): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const line of text.split('\n')) {
    // sl local remote st tx_queue:rx_queue tr:when retransmits uid timeout inode …
    const [slot = '', , , state, queues = '', , , , , inode = '0'] = line.trim().split(/\s+/);
    const waiting = /^[\dA-F]+:([\dA-F]+)$/i.exec(queues)?.[1];
    if (!/^\d+:$/.test(slot) || state === LISTENS || waiting === undefined || inode === '0') continue;
    found.set(inode, BigInt(`0x${waiting}`));
  }
  return found;
}

/**
 * Bytes that wait in the TCP sockets of a process, by its descriptors and by the tables of its network namespace. The
 * kernel writes a line for every connection of the machine, so this takes the longer the more there are (about a
 * microsecond each): ask seldom. Sockets that the process uses without a descriptor (registered files) are not seen.
 * @returns undefined where the process has ended
 * @throws SyscallError `EACCES` with the remedy
 */
export function waitingBytes(pid: number): Waiting | undefined {
  return ofProcess(`readdir(/proc/${pid}/fd)`, 'see the descriptors of', pid, () => {
    const inodes = new Set<string>();
    for (const fd of descriptorsOf(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(pid, fd) ?? '')?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
    const tables = ['tcp', 'tcp6'].map((name) =>
      unlessGone(() => readFileSync(`/proc/${pid}/net/${name}`, 'latin1')),
    );
    // A kernel without IPv6 has one of them.
    if (tables.every((table) => table === undefined)) return undefined;
    let bytes = 0n;
    let sockets = 0;
    for (const table of tables) {
      for (const [inode, waiting] of parseReceiveQueues(table ?? '')) {
        if (!inodes.has(inode)) continue;
        bytes += waiting;
        sockets++;
      }
    }
    return { bytes, sockets };
  });
}
