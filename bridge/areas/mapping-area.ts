import { closeSync } from 'node:fs';
import { BridgeError } from '../errors.js';
import type { Mapping } from '../memory.js';
import type { Area, AreaKind, AreaRegistration } from './area.js';

/** Memory outside of JavaScript: it is read as copies, since a view could outlive the mapping. */
export class MappingArea implements Area {
  readonly kind: AreaKind;
  readonly length: number;
  readonly copyFallback = true;
  readonly fd?: number;
  private readonly mapping: Mapping;

  /** Takes over the mapping and the descriptor behind it, if there is one. */
  constructor(kind: AreaKind, mapping: Mapping, fd?: number) {
    this.kind = kind;
    this.length = mapping.length;
    this.mapping = mapping;
    if (fd !== undefined) this.fd = fd;
  }

  get registration(): AreaRegistration {
    if (this.mapping.writable) return { addr: this.mapping.address, len: this.length };
    throw new BridgeError(
      'bad-option',
      'the area was attached for reading only, and the kernel has to write into what is registered',
    );
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.mapping.read(offset, length);
  }

  close(): void {
    if (this.mapping.closed) return;
    this.mapping.close();
    if (this.fd !== undefined) closeSync(this.fd);
  }
}
