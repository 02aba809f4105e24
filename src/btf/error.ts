/**
 * Why something could not be read as BTF:
 * - `not-btf`: it is something else, or an ELF file without BTF
 * - `unsupported`: BTF, or ELF, of a kind that is not read here
 * - `damaged`: cut off or inconsistent
 */
export type BtfErrorCode = 'not-btf' | 'unsupported' | 'damaged';

/** The only error that reading BTF throws, whatever the bytes are. */
export class BtfError extends Error {
  override readonly name = 'BtfError';
  readonly code: BtfErrorCode;

  constructor(code: BtfErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether something thrown is a {@link BtfError}. */
export function isBtfError(error: unknown): error is BtfError {
  return error instanceof Error && error.name === 'BtfError' && 'code' in error;
}
