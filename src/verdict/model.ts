import { kernel_call } from '../generated/interface.js';
import type { Call, JsonFinding, Verdict } from './call.js';
import { type Broken, readBroken } from './finding.js';
import { layOutCall, PAGE_SIZE } from './input.js';
import { Machine } from './machine.js';
import { readObject } from './read.js';
import { ruleOf } from './rules.js';
import { KNOWN_SERIES, NEWEST_SERIES } from './series.js';
import { State } from './state.js';
import { MOST_BYTES, writesOf } from './writes.js';

/** Where a call does not make an instance. */
const NO_PLACE = 0xffff_ffff;

function toJson({ rule, field, value, message, fix, entry }: Broken): JsonFinding {
  return {
    rule: rule.name,
    errno: rule.errno as string,
    field,
    value: value.toString(),
    message,
    since: rule.since ?? KNOWN_SERIES[0],
    ...(rule.until && { until: rule.until }),
    ...(fix && { fix: { field: fix.field, value: fix.value.toString() } }),
    ...(entry !== undefined && { entry }),
  };
}

/**
 * The kernel's side of io_uring_register: says of a call what the kernel will say, why, and what it will write.
 *
 * ```ts
 * new VerdictModel().judge({ call: 'zcrx_ctrl', kernel: '7.3', nr_args: 1 }).rule; // 'ctrl-nr-args'
 * ```
 */
export class VerdictModel {
  private readonly machine = new Machine();
  private readonly state: State;
  private readonly isStateful: boolean;
  private readonly mostBytes: number;
  private hasRings = false;

  /**
   * `stateful`: the instances carry over from call to call, instead of coming with each. `mostBytes`: a call that has the
   * kernel write more is refused; 64 MiB unless given.
   */
  constructor({ stateful = false, mostBytes = MOST_BYTES }: { stateful?: boolean; mostBytes?: number } = {}) {
    this.isStateful = stateful;
    this.mostBytes = mostBytes;
    this.state = new State(this.machine);
  }

  /** Forgets all instances. */
  reset(): void {
    this.state.clear();
    this.hasRings = false;
  }

  /**
   * What the kernel says to a call.
   * @throws LayoutError naming what in the call cannot be understood; nothing has changed then
   */
  judge(call: Call): Verdict {
    readObject('the call', call);
    if (!this.isStateful) return this.answer(call);
    const { hasRings } = this;
    const before = this.state.save();
    try {
      return this.answer(call);
    } catch (error) {
      this.state.restore(before);
      this.hasRings = hasRings;
      throw error;
    }
  }

  private answer(call: Call): Verdict {
    const { machine } = this;
    const broken = this.run(call);
    const rule = ruleOf(machine.get(kernel_call.rule));
    const isRefused = rule.errno !== null;
    return {
      errno: rule.errno,
      rule: rule.name,
      field: isRefused ? (broken.find((each) => each.rule === rule)?.field ?? null) : null,
      findings: broken.map(toJson),
      writes: machine.get(kernel_call.write_count) ? writesOf(machine, this.mostBytes) : {},
      instances: this.state.list(this.hasRings),
    };
  }

  private run(call: Call): Broken[] {
    const { machine, state } = this;
    state.begin();
    if (!this.isStateful) this.hasRings = false;
    if (!this.isStateful || call.instances !== undefined) state.load(call.instances);
    if (call.ring !== undefined || call.instances?.some(({ ring }) => ring !== undefined))
      this.hasRings = true;
    layOutCall(machine, call, state);
    this.decide(call.call === 'register_ifq');
    this.noteExport(call);
    const count = machine.get(kernel_call.broken_count);
    if (count === 0) return [];
    const around = {
      kernel: call.kernel ?? NEWEST_SERIES,
      pageSize: call.page_size ?? PAGE_SIZE,
      rqes: machine.rqes,
      fd: call.fd,
    };
    return readBroken(machine, Math.min(count, Machine.BROKEN), around);
  }

  /** @throws LayoutError if the kernel would make an instance and there is no room for it */
  private decide(isRegistration: boolean): void {
    const { machine, state } = this;
    const slot = isRegistration ? (state.freePlace() ?? NO_PLACE) : NO_PLACE;
    machine.placeNext(slot);
    const before = machine.get(kernel_call.instance_count);
    const isTaken = machine.judge() === 0;
    if (!isRegistration || !isTaken) return;
    if (machine.get(kernel_call.instance_count) === before) state.refuseMore();
    if (state.isNewest(slot)) state.number(slot);
  }

  /** Remembers what the new descriptor of an export is. */
  private noteExport(call: Call): void {
    const { machine, state } = this;
    if (!this.isStateful || call.call !== 'zcrx_ctrl' || call.next_fd === undefined) return;
    if (machine.get(kernel_call.rule) !== 0 || !machine.isExport()) return;
    const serial = state.serialOf(call.ring ?? 0, machine.ctrlId());
    if (serial !== undefined) state.exported.set(call.next_fd, serial);
  }
}
