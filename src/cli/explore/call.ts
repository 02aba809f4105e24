import { checkBundle } from '../../verdict/check.js';
import { isEvidence } from '../check/evidence.js';
import { readBundle, readText } from '../check/input.js';
import { UsageError } from '../errors.js';
import { fileAdvice } from '../input.js';
import { parseJson } from '../json.js';
import type { Terminal } from '../terminal.js';
import { fragmentOf } from './fragment.js';

/**
 * The part of the page's address that has it show a call, and what the kernel says to it.
 *
 * @param input JSON as `zcrx check` takes it, or what it is read from
 * @param kernel a release, or `running`; whatever the input says
 * @throws UsageError, LayoutError, OperationError
 */
export async function callFragment(
  input: string,
  kernel: string | undefined,
  terminal: Terminal,
): Promise<string> {
  const text = await readText(input, terminal);
  if (isEvidence(text))
    throw new UsageError(
      `--check takes JSON with reg, ctrl or query; what strace and gdb print is for zcrx check${fileAdvice(input)}`,
    );
  const bundle = await readBundle(parseJson(text), kernel);
  // What the page would refuse is refused here, in the words of zcrx check; what the kernel refuses is for the page to show.
  checkBundle(bundle);
  const { kernel: release, ...call } = bundle;
  const values = { ...(release !== undefined && { kernel: release }), bundle: JSON.stringify(call) };
  return fragmentOf('verdict', values, 'the structs of this call are');
}
