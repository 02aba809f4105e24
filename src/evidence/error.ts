/**
 * Why evidence was refused. The codes never change.
 * - `syntax`: the text is no such output, or is cut off. `line` and `column` tell where.
 * - `nothing-found`: the text is readable, but what was asked for is not in it.
 * - `not-printed`: only an address of it was printed, not what lies there.
 * - `too-large`: more than any such output has.
 * - `not-elf`, `not-a-core`, `unsupported-core`: a file that is no ELF file, none of a core, or one of another machine.
 * - `truncated`: the file ends before what it says that it has.
 * - `not-in-memory`: the address is in no segment or dump. `address` tells which.
 * - `not-in-file`: the core knows the address, but its bytes were not written into the file.
 */
export type EvidenceErrorCode =
  | 'syntax'
  | 'nothing-found'
  | 'not-printed'
  | 'too-large'
  | 'not-elf'
  | 'not-a-core'
  | 'unsupported-core'
  | 'truncated'
  | 'not-in-memory'
  | 'not-in-file';

/** Where the problem is. */
export interface EvidencePlace {
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  readonly address?: bigint;
}

/** Output of strace or gdb, or a core file, that cannot be read. The message names the place and what was expected. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  readonly code: EvidenceErrorCode;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly address: bigint | undefined;

  constructor(code: EvidenceErrorCode, message: string, place: EvidencePlace = {}) {
    super(message);
    this.code = code;
    this.line = place.line;
    this.column = place.column;
    this.address = place.address;
  }
}

/** Whether something thrown is an {@link EvidenceError}. */
export function isEvidenceError(error: unknown): error is EvidenceError {
  return error instanceof Error && error.name === 'EvidenceError' && 'code' in error;
}
