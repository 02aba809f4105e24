import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import {
  BtfError,
  type ByteSource,
  findElfSection,
  isBtf,
  isBtfError,
  isElf,
  MOST_BTF_BYTES,
  memorySource,
  readBtf,
} from '../../btf/index.js';
import { quote, UsageError } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { SELECTION } from './names.js';
import type { Report } from './report.js';
import { verify } from './verify.js';

/** Where a running kernel shows its type information. */
export const RUNNING = '/sys/kernel/btf/vmlinux';

const EXPECTED = 'expected BTF, as /sys/kernel/btf/vmlinux has it, or an ELF file with a .BTF section';
const CHUNK = 1 << 20;

/**
 * Compares the type information in a file, or with `-` of standard input, with the layouts. Of a large file only the
 * part that is needed is read.
 * @throws UsageError if the file cannot be read or has no sound type information
 */
export async function verifyFile(path: string, terminal: Terminal): Promise<Report> {
  if (path === '-') return verifySource(memorySource(await terminal.readInput()), 'standard input');
  const name = path === RUNNING ? path : quote(path);
  try {
    const file = openSync(path, 'r');
    try {
      return verifySource(sourceOf(file), name);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new UsageError(`cannot read ${name}: ${reasonOf(errno)}${adviceFor(path)}; ${EXPECTED}`);
  }
}

function reasonOf(errno: number): string {
  return getSystemErrorMap().get(errno)?.[1] ?? `error ${errno}`;
}

function adviceFor(path: string): string {
  return path === RUNNING
    ? ' (a kernel shows it if it was built with CONFIG_DEBUG_INFO_BTF; --btf FILE reads another)'
    : '';
}

/** @throws UsageError */
function verifySource(source: ByteSource, name: string): Report {
  try {
    // What a struct consists of is read while it is compared: damage may show only then.
    return verify(readBtf(blobOf(source), SELECTION));
  } catch (error) {
    if (!isBtfError(error)) throw error;
    const expected = error.code === 'damaged' ? '' : `; ${EXPECTED}`;
    throw new UsageError(`cannot read ${name}: ${error.message}${expected}`);
  }
}

/** @throws BtfError */
function blobOf(source: ByteSource): Uint8Array {
  const head = source.read(0, 4);
  if (isBtf(head)) return bounded(source, 0, source.size);
  if (!isElf(head)) throw new BtfError('not-btf', 'this is neither BTF nor ELF');
  const section = findElfSection(source, '.BTF');
  if (section === undefined) throw new BtfError('not-btf', 'this ELF file has no section .BTF');
  return bounded(source, section.start, section.bytes);
}

function bounded(source: ByteSource, start: number, length: number): Uint8Array {
  if (length > MOST_BTF_BYTES)
    throw new BtfError('unsupported', `its BTF has ${length} bytes, expected at most ${MOST_BTF_BYTES}`);
  return source.read(start, length);
}

/** A regular file is read where it is needed; of a pipe or device nothing but the beginning can be had. */
function sourceOf(file: number): ByteSource {
  const { size } = fstatSync(file);
  if (size > 0) return { size, read: (start, length) => readFrom(file, start, Math.min(length, size)) };
  return memorySource(readFrom(file, null, MOST_BTF_BYTES));
}

/** At most `length` bytes from a place in a file, or with null from where it stands. */
function readFrom(file: number, start: number | null, length: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let done = 0; done < length; ) {
    const chunk = new Uint8Array(Math.min(CHUNK, length - done));
    const count = readSync(file, chunk, 0, chunk.length, start === null ? null : start + done);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    done += count;
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : new Uint8Array(Buffer.concat(chunks));
}
