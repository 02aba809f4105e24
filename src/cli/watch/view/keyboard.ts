import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Key } from './view-state.js';

/** Keys one by one, as they are pressed, where input is a terminal; otherwise there are none. */
export class Keyboard {
  private readonly input: ReadStream;
  private readonly listener: (text: string | undefined, key: Key) => void;
  private isOpen = false;

  constructor(input: ReadStream, onKey: (key: Key) => void) {
    this.input = input;
    this.listener = (text, key) => onKey({ ...key, sequence: key.sequence ?? text });
  }

  open(): void {
    if (this.isOpen || this.input.isTTY !== true) return;
    this.isOpen = true;
    emitKeypressEvents(this.input);
    this.input.on('keypress', this.listener);
    this.input.setRawMode(true);
    this.input.resume();
  }

  /** The terminal takes whole lines again, as before. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.input.off('keypress', this.listener);
    this.input.setRawMode(false);
    // Or it would keep the process.
    this.input.pause();
  }
}
