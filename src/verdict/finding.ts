import { broken_rule, kernel_call, part, scratch_place } from '../generated/interface.js';
import { offsetIn } from '../layout/description.js';
import { fieldName } from './field-name.js';
import type { Machine } from './machine.js';
import { type Rule, ruleOf } from './rules.js';
import { isAddress, MAP_FAILED, sentence } from './words.js';

/** A check of the kernel's that the call breaks. */
export interface Broken {
  readonly rule: Rule;
  /** What it is about: `event_desc.stats_offset`, `nr_args`. */
  readonly field: string;
  readonly value: bigint;
  /** One sentence: what it is, what would pass, and why. */
  readonly message: string;
  /** What would pass this check. */
  readonly fix?: { readonly field: string; readonly value: bigint };
  /** Which question of a query. */
  readonly entry?: number;
}

/** What the sentences need to know of the call. */
export interface Surroundings {
  readonly kernel: string;
  readonly pageSize: number;
  /** Where the refill entries begin. */
  readonly rqes: number;
  /** The descriptor of the call, where that is not simply a ring. */
  readonly fd?: number | undefined;
}

const RQ_ENTRIES = scratch_place.reg + offsetIn('io_uring_zcrx_ifq_reg', 'rq_entries');
const OP = scratch_place.ctrl + offsetIn('zcrx_ctrl', 'op');

/** The module knows what the descriptor is, but not its number. */
const numberOf = (value: bigint, field: string, { fd }: Surroundings) =>
  field === 'fd' && fd !== undefined ? BigInt(fd) : value;

function readOne(machine: Machine, at: number, around: Surroundings): Broken {
  const { view, scratch } = machine;
  const u32 = (field: number) => view.getUint32(at + field, true);
  const op = view.getUint32(scratch + OP, true);
  const rule = ruleOf(u32(broken_rule.rule));
  const entry = u32(broken_rule.part) === part.query ? u32(broken_rule.element) : undefined;
  const numbered = (name: string) => (entry ? name.replace('query.', `query[${entry}].`) : name);
  const field = numbered(fieldName(u32(broken_rule.part), u32(broken_rule.offset), op));
  const value = numberOf(view.getBigUint64(at + broken_rule.value, true), field, around);
  // Of an address that is none nothing can be rounded.
  const isFixable = u32(broken_rule.fixable) && !(value === MAP_FAILED && isAddress(field));
  const fix = isFixable
    ? {
        field: numbered(fieldName(u32(broken_rule.fix_part), u32(broken_rule.fix_offset), op)),
        value: view.getBigUint64(at + broken_rule.fix_value, true),
      }
    : undefined;
  const message = sentence(rule.name, {
    field,
    value,
    limit: view.getBigUint64(at + broken_rule.limit, true),
    fix,
    kernel: around.kernel,
    pageSize: around.pageSize,
    rqEntries: view.getUint32(scratch + RQ_ENTRIES, true),
    rqes: around.rqes,
    fd: around.fd,
    series: machine.get(kernel_call.series),
  });
  return {
    rule,
    field,
    value,
    message,
    ...(fix && { fix }),
    ...(rule.entry && { entry: entry ?? 0 }),
  };
}

/** What the last call of a machine breaks, in the kernel's order. */
export function readBroken(machine: Machine, count: number, around: Surroundings): Broken[] {
  return Array.from({ length: count }, (_, i) =>
    readOne(machine, machine.broken + i * broken_rule.SIZE, around),
  );
}
