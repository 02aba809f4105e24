import { release } from 'node:os';
import { isBridgeError, probe } from '../../../bridge/index.js';
import { cachedKernels, missingPrerequisites } from '../../lab/index.js';

export type Backend = 'kernel' | 'lab' | 'replay';

export interface Choice {
  readonly backend: Backend;
  /** One line: what was taken and why. */
  readonly reason: string;
}

/** What the running kernel lacks for a live instance, or undefined. */
export function kernelLacks(): string | undefined {
  try {
    return probe().missing[0];
  } catch (error) {
    if (isBridgeError(error)) return error.message;
    throw error;
  }
}

/** Whether the lab could run without installing or fetching anything; if not, why. */
async function labLacks(series: string): Promise<string | undefined> {
  const [missing] = missingPrerequisites();
  if (missing) return `${missing.name} is not installed`;
  const kernels = await cachedKernels();
  return kernels.some((kernel) => kernel.series === series)
    ? undefined
    : `Linux ${series} has not been fetched`;
}

/** The first backend that works here, without changing anything on this machine. */
export async function chooseBackend(series: string): Promise<Choice> {
  const kernel = kernelLacks();
  if (kernel === undefined) return { backend: 'kernel', reason: `kernel: Linux ${release()} has everything` };
  const why = `Linux ${release()} here lacks ${kernel}`;
  const lab = await labLacks(series);
  if (lab === undefined)
    return { backend: 'lab', reason: `lab: ${why}; booting Linux ${series} in QEMU instead` };
  return {
    backend: 'replay',
    reason: `replay: ${why}, and the lab is not ready (${lab}; zcrx run --backend lab prepares it)`,
  };
}
