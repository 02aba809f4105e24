import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttachedInstance,
  AttachedProcess,
  type Candidate,
  processesNamed,
} from '../../../bridge/index.js';
import { OperationError, oneLine } from '../errors.js';
import type { Terminal } from '../terminal.js';
import type { ProcessRequest } from './request.js';

/** Milliseconds between two looks at the counters: what rises in that time is likely to be one. */
const BETWEEN_LOOKS = 1000;
/** Candidates that are shown of an instance, where more have nothing against them. */
const SHOWN = 8;

const nameOf = ({ placement, rq_entries }: Candidate) =>
  placement === 'none' ? `${rq_entries} entries, no statistics` : `${rq_entries} entries, ${placement}`;

const optionOf = ({ stats_offset }: Candidate) =>
  stats_offset === undefined ? '--no-stats' : `--stats-offset ${stats_offset}`;

function* candidateText(candidate: Candidate): Generator<string> {
  yield `  ${optionOf(candidate).padEnd(24)} ${nameOf(candidate)}`;
  for (const words of candidate.speaks_for) yield `    for:     ${words}`;
  for (const words of candidate.speaks_against) yield `    against: ${words}`;
}

function* instanceText(process: AttachedProcess, instance: AttachedInstance): Generator<string> {
  const { fd, zcrx_id, region_size, how } = instance;
  const name = oneLine(process.command);
  yield `process ${process.pid} (${name}), ring ${fd}, instance ${zcrx_id}: refill region of ${region_size} bytes, ${how}`;
  const all = instance.candidates();
  const unopposed = all.filter(({ speaks_against }) => speaks_against.length === 0);
  const shown = (unopposed.length > 0 ? unopposed : all).slice(0, SHOWN);
  for (const candidate of shown) yield* candidateText(candidate);
  if (all.length > shown.length)
    yield `  and ${all.length - shown.length} more, of which less is to be expected (--json shows all)`;
  yield '';
}

const instanceDocument = (process: AttachedProcess, instance: AttachedInstance): object => ({
  process: process.command,
  pid: process.pid,
  ring: instance.fd,
  zcrx_id: instance.zcrx_id,
  how: instance.how,
  region_size: instance.region_size,
  candidates: instance.candidates().map(({ counters, ...candidate }) => ({
    ...candidate,
    ...(counters && {
      copy_count: String(counters.copy_count),
      copy_bytes: String(counters.copy_bytes),
    }),
  })),
});

/**
 * Shows where the statistics of each instance may lie, and what speaks for and against it; chooses none.
 * @throws OperationError where there is no instance
 */
export async function showCandidates(
  request: ProcessRequest,
  isJson: boolean,
  terminal: Terminal,
): Promise<void> {
  const { pids, names, ring, id, read } = request;
  const all = new Set([...pids, ...names.flatMap((name) => processesNamed(name).map(({ pid }) => pid))]);
  if (all.size === 0)
    throw new OperationError(`there is no process named ${names.map(oneLine).join(' or ')}`);
  const processes: AttachedProcess[] = [];
  try {
    for (const pid of all)
      processes.push(AttachedProcess.attach(pid, { read, ...(ring !== undefined && { fds: [ring] }) }));
    await sleep(BETWEEN_LOOKS);
    const found = processes.flatMap((process) =>
      process.instances
        .filter(({ zcrx_id }) => id === undefined || zcrx_id === id)
        .map((instance) => ({ process, instance })),
    );
    if (found.length === 0) throw new OperationError(nothingFound(processes));
    if (isJson) {
      const document = found.map(({ process, instance }) => instanceDocument(process, instance));
      terminal.write(`${JSON.stringify(document, null, 2)}\n`);
      return;
    }
    for (const { process, instance } of found) {
      for (const line of instanceText(process, instance)) terminal.write(`${line}\n`);
    }
  } finally {
    for (const process of processes) process.detach();
  }
}

/** Why there is nothing to be seen, as far as it can be told. */
function nothingFound(processes: readonly AttachedProcess[]): string {
  const each = processes.map((process) => {
    const { rings, pid, command } = process;
    const name = `process ${pid} (${oneLine(command)})`;
    if (rings.length === 0) return `${name} has no io_uring open`;
    const list = rings.map(({ fd }) => fd).join(', ');
    return `${name} has rings (${list}), but none with a refill region that the kernel allocated: it receives without zcrx, or the region lies in its own memory (--address)`;
  });
  return each.join('; ');
}
