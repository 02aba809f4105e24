import type { Bundle } from '../../verdict/bundle.js';
import { UsageError } from '../errors.js';
import { readSource, sortInput } from '../input.js';
import type { Json } from '../json.js';
import type { Terminal } from '../terminal.js';
import { onThisMachine } from './running.js';

const RUNNING = 'running';

/** The text that an argument is, or stands for. @throws UsageError */
export async function readText(argument: string, terminal: Terminal): Promise<string> {
  const source = await readSource(argument, terminal);
  const input = source ? sortInput(source) : ({ kind: 'text', text: argument } as const);
  if (input.kind === 'bytes')
    throw new UsageError('the input is no text, expected JSON, or what strace or gdb print');
  if (input.text.trim() === '')
    throw new UsageError('the input is empty, expected JSON, or what strace or gdb print');
  return input.text;
}

/** The bundle of a JSON document, for the kernel that the option names. @throws UsageError, OperationError */
export async function readBundle(document: Json, kernel: string | undefined): Promise<Bundle> {
  if (document === null || typeof document !== 'object' || Array.isArray(document)) {
    throw new UsageError('the JSON is no object, expected one with reg, ctrl or query');
  }
  const bundle = { ...document, ...(kernel !== undefined && { kernel }) } as Bundle;
  return bundle.kernel === RUNNING ? onThisMachine(bundle) : bundle;
}

/** The kernel that the option names. @throws OperationError */
export async function kernelOf(kernel: string | undefined): Promise<string | undefined> {
  return kernel === RUNNING ? (await onThisMachine({})).kernel : kernel;
}
