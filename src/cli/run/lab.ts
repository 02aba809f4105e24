import { stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import {
  exitStatus,
  type FetchedKernel,
  fetchKernel,
  installPrerequisites,
  type KernelSelector,
  missingPrerequisites,
  NIC,
  parseKernelSelector,
  runInKernel,
} from '../../lab/index.js';
import { OperationError } from '../errors.js';
import type { Emit, RunEvent, RunSettings } from './events.js';

const GUEST_RECORDING = '/run/recording.zcrx';
/** An emulated machine boots in seconds; a busy host may take much longer. */
const BOOT_ALLOWANCE_MS = 120_000;

/** Installs and fetches what the lab lacks, after saying so; returns the kernel. @throws LabError that says what to do */
export async function prepareLab(
  wanted: string | KernelSelector,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<FetchedKernel> {
  const selector = typeof wanted === 'string' ? parseKernelSelector(wanted) : wanted;
  const missing = missingPrerequisites(selector.architecture);
  if (missing.length > 0) {
    say(`the lab needs ${missing.map(({ package: name }) => name).join(', ')}: installing with apt-get`);
    await installPrerequisites({ progress: say, architecture: selector.architecture });
  }
  return fetchKernel(selector, { progress: say, signal });
}

/** The tour's third act lasts as long as TCP's retransmissions. */
const TOUR_ALLOWANCE_MS = 120_000;

const tourArguments = ['--device', NIC.interface, '--queue', String(NIC.queue), '--tour'];

function argumentsFor(settings: RunSettings): string[] {
  return [
    ...['run', '--backend', 'kernel', '--json'],
    ...(settings.tour ? tourArguments : ['--rearm-interval', String(settings.rearmMs)]),
    ...['--seconds', String(settings.seconds), '--rate', String(settings.rate)],
    ...['--area', String(settings.areaSize), '--area-kind', settings.areaKind],
    ...['--interval', String(settings.intervalMs)],
    ...(settings.recover ? ['--recover'] : []),
    ...(settings.record ? ['--record', GUEST_RECORDING] : []),
  ];
}

function timeoutOf({ seconds, tour }: RunSettings): number {
  const most = 2 ** 31 - 1;
  if (seconds === 0) return most;
  return Math.min(most, seconds * 1000 + BOOT_ALLOWANCE_MS + (tour ? TOUR_ALLOWANCE_MS : 0));
}

/** What the guest's own run says, under the name of this backend. */
const asLab = (event: RunEvent): RunEvent =>
  event.type === 'backend' ? { ...event, backend: 'lab' } : event;

/**
 * Runs the kernel backend in a kernel of the lab and passes on what it tells.
 * @throws LabError, OperationError
 */
export async function runLab(
  settings: RunSettings,
  emit: Emit,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const kernel = await prepareLab(settings.series, say, signal);
  const output = new PassThrough();
  const lines = createInterface({ input: output });
  lines.on('line', (line) => emit(asLab(JSON.parse(line) as RunEvent)));
  let complaints = '';
  const result = await runInKernel({
    kernel,
    argv: ['zcrx', ...argumentsFor(settings)],
    ...(settings.tour && { nic: true }),
    onStdout: (chunk) => void output.write(chunk),
    onStderr: (chunk) => {
      complaints += chunk;
    },
    progress: say,
    signal,
    timeoutMs: timeoutOf(settings),
    fetch: settings.record ? [GUEST_RECORDING] : [],
  });
  output.end();
  await new Promise((resolve) => lines.once('close', resolve));
  if (exitStatus(result) !== 0) {
    throw new OperationError(
      complaints.trim().replace(/^zcrx: /, '') ||
        `the run in the lab ended with status ${exitStatus(result)}`,
    );
  }
  const recorded = result.files.get(GUEST_RECORDING);
  if (settings.record && recorded) await writeFile(settings.record.path, recorded, { flag: 'wx' });
}

/** Refuses before the boot what could only fail after it. @throws OperationError */
export async function checkNotThere(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const isFree = await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (!isFree) {
    throw new OperationError(`cannot record to ${path}: it exists already, or cannot be written`);
  }
}
