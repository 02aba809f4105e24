import type { Checked } from '../../verdict/check.js';

/** A verdict as one JSON document: what `--ndjson` gives, and what people should know beside it. */
export function checkedDocument({ verdict, call, assumed, hints }: Checked): object {
  const { errno, rule, field, findings, writes, instances } = verdict;
  return {
    kernel: call.kernel,
    call: call.call,
    errno,
    rule,
    field,
    findings,
    hints,
    assumed,
    writes,
    instances,
  };
}
