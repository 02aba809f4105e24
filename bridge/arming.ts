import { explainRearm } from './diagnose.js';
import { BridgeError, isSyscallError } from './errors.js';
import { EVENT_TYPES, type EventType, rearmFields } from './events.js';
import type { Opened } from './open.js';
import { ctrl } from './ring.js';
import { whyNotRearmedAtImporter } from './share/rearm.js';
import { rings } from './verdict/known-rings.js';

/** Which event types have fired, and their re-arming: when asked, or by itself. */
export class Arming {
  private readonly opened: Opened;
  private readonly rearmed: (type: EventType) => void;
  private readonly fired = new Set<EventType>();
  private readonly rearmedAt = new Map<EventType, number>();
  private readonly timers = new Set<NodeJS.Timeout>();

  /** `rearmed` is called for every type that was re-armed. */
  constructor(opened: Opened, rearmed: (type: EventType) => void) {
    this.opened = opened;
    this.rearmed = rearmed;
  }

  /** Takes note that a type fired, and re-arms it in due time if the instance was opened so. */
  notified(type: EventType): void {
    this.fired.add(type);
    const { fd, id } = this.opened;
    rings.fired(fd, id, EVENT_TYPES.indexOf(type));
    const interval = this.opened.settings.rearmIntervalMs;
    if (interval === undefined) return;
    const due = (this.rearmedAt.get(type) ?? Number.NEGATIVE_INFINITY) + interval;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        this.rearmFired(type);
      },
      Math.max(0, due - performance.now()),
    );
    timer.unref();
    this.timers.add(timer);
  }

  /** @throws BridgeError `bad-option`, SyscallError with the reason */
  rearm(type: EventType): void {
    const { fd, id, revision, settings } = this.opened;
    if (!EVENT_TYPES.includes(type)) {
      throw new BridgeError('bad-option', `type is ${String(type)}, expected copy or alloc_fail`);
    }
    try {
      ctrl(fd, rearmFields(id, type, revision), revision, settings);
    } catch (error) {
      if (!isSyscallError(error) || error.verdict?.rule !== 'arm-not-fired') throw error;
      const atImporter = whyNotRearmedAtImporter(this.opened, type);
      if (atImporter) throw error.because(atImporter);
      throw explainRearm(error, type, {
        asked: settings.events.includes(type),
        fired: this.fired.has(type),
        rearmed: this.rearmedAt.has(type),
      });
    }
    this.fired.delete(type);
    this.rearmedAt.set(type, performance.now());
    this.rearmed(type);
  }

  /** Re-arms a type that has fired since; returns whether there was anything to re-arm. */
  rearmFired(type: EventType): boolean {
    if (!this.fired.has(type)) return false;
    try {
      this.rearm(type);
      return true;
    } catch (error) {
      // It was re-armed by the program between the kernel's firing and our seeing it.
      if (!isSyscallError(error) || error.errno !== 'EINVAL') throw error;
      this.fired.delete(type);
      return false;
    }
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
