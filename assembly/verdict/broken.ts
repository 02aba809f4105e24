import { broken_rule, call_field, kernel_call, part, scratch_place } from "./call";
import { rule } from "./rules";

function append(c: kernel_call, which: rule, where: part, offset: usize): broken_rule {
  const position = c.broken_count++;
  const at = position < c.broken_room ? c.broken + position * offsetof<broken_rule>() : c.scratch + scratch_place.sink;
  const found = changetype<broken_rule>(at);
  memory.fill(at, 0, offsetof<broken_rule>());
  found.rule = which;
  found.part = where;
  found.offset = <u32>offset;
  return found;
}

/** Notes a rule that the call breaks; the first that is noted decides. */
export function broken(c: kernel_call, which: rule, where: part, offset: usize, value: u64, limit: u64): broken_rule {
  if (!c.rule) c.rule = which;
  const found = append(c, which, where, offset);
  found.value = value;
  found.limit = limit;
  return found;
}

/** A rule about the call as such. */
export function broken_call(c: kernel_call, which: rule, field: call_field, value: u64): broken_rule {
  return broken(c, which, part.call, field, value, 0);
}

/** What a question of a query is refused for, while the query as a whole succeeds. */
export function broken_entry(c: kernel_call, which: rule, offset: usize, element: u32, value: u64): broken_rule {
  const found = append(c, which, part.query, offset);
  found.element = element;
  found.value = value;
  return found;
}

/** Nothing is known of what this kernel says from here on. */
export function unproved(c: kernel_call): void {
  if (!c.rule) c.rule = rule.unproved;
}

/** The words of `width` bytes from `offset` to `end` are zero: names the first that is not. */
export function must_be_zero(
  c: kernel_call,
  which: rule,
  where: part,
  at: usize,
  offset: usize,
  end: usize,
  width: u32,
): void {
  for (let i = offset; i < end; i += width) {
    const value = width == 8 ? load<u64>(at + i) : load<u32>(at + i);
    if (!value) continue;
    broken(c, which, where, i, value, 0).fix(0);
    return;
  }
}
