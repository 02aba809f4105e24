import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';

/**
 * The "newc" format of cpio, as the kernel unpacks it (Documentation/driver-api/early-userspace/
 * buffer-format.rst): a header of 110 characters, the name, the data, each padded to four bytes. Written here
 * and not by cpio(1), because a plain user can then make an archive whose files belong to root, out of files
 * that lie all over the host.
 */
export type ArchiveEntry = {
  /** Where it appears in the guest: an absolute path. */
  readonly path: string;
  /** Permission bits; default 0o755 for folders and 0o644 for files. */
  readonly mode?: number;
} & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly data: Buffer | string }
  | { readonly kind: 'file'; readonly source: string }
);

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const TRAILER = 'TRAILER!!!';
const HEADER_BYTES = 110;

/** The archive in pieces, ready to be written one after the other. Folders on the way to an entry are added. */
export async function* writeArchive(entries: Iterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  const folders = new Set<string>(['/']);
  let inode = 1;
  for (const entry of entries) {
    const path = posix.normalize(entry.path);
    for (const folder of missingParents(path, folders)) {
      yield member(folder, S_IFDIR | 0o755, inode++, Buffer.alloc(0));
    }
    if (entry.kind === 'folder') {
      if (path === '/' || (folders.has(path) && entry.mode === undefined)) continue;
      folders.add(path);
      yield member(path, S_IFDIR | (entry.mode ?? 0o755), inode++, Buffer.alloc(0));
    } else if (entry.kind === 'link') {
      yield member(path, S_IFLNK | 0o777, inode++, Buffer.from(entry.target));
    } else {
      const data = 'source' in entry ? await readFile(entry.source) : Buffer.from(entry.data);
      yield member(path, S_IFREG | (entry.mode ?? 0o644), inode++, data);
    }
  }
  yield member(TRAILER, 0, 0, Buffer.alloc(0));
}

function missingParents(path: string, known: Set<string>): string[] {
  const missing: string[] = [];
  for (let folder = posix.dirname(path); !known.has(folder); folder = posix.dirname(folder)) {
    known.add(folder);
    missing.unshift(folder);
  }
  return missing;
}

function member(path: string, mode: number, inode: number, data: Buffer): Buffer {
  const name = Buffer.from(`${path.replace(/^\/+/, '')}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const start = align4(HEADER_BYTES + name.length);
  const bytes = Buffer.alloc(start + align4(data.length));
  bytes.write(header, 'latin1');
  name.copy(bytes, HEADER_BYTES);
  data.copy(bytes, start);
  return bytes;
}

/** The regular files of a newc archive: path (with a leading slash) to content. */
export function readArchive(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + HEADER_BYTES <= archive.length) {
    if (!/^07070[12]$/.test(archive.toString('latin1', at, at + 6))) {
      throw new RangeError(`no cpio member at offset ${at}`);
    }
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameBytes] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + HEADER_BYTES, at + HEADER_BYTES + nameBytes - 1);
    const start = at + align4(HEADER_BYTES + nameBytes);
    if (name === TRAILER) break;
    if (start + size > archive.length) throw new RangeError(`cpio member ${name} is cut short`);
    if ((mode & 0o170000) === S_IFREG) {
      files.set(posix.join('/', name), Buffer.from(archive.subarray(start, start + size)));
    }
    at = start + align4(size);
  }
  return files;
}

/**
 * Entries for a file, link or whole folder of the host. Links inside a folder stay links; permission bits are
 * kept; what is neither file, folder nor link is left out. `keep` is asked about each file below a folder.
 */
export async function entriesOf(
  source: string,
  to: string,
  keep: (source: string) => boolean = () => true,
): Promise<ArchiveEntry[]> {
  const status = await lstat(source);
  const mode = status.mode & 0o7777;
  if (status.isSymbolicLink()) return [{ kind: 'link', path: to, target: await readlink(source) }];
  if (status.isFile()) return [{ kind: 'file', path: to, source, mode }];
  if (!status.isDirectory()) return [];
  const entries: ArchiveEntry[] = [{ kind: 'folder', path: to }];
  for (const child of (await readdir(source, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(source, child.name);
    if (!child.isDirectory() && !keep(path)) continue;
    entries.push(...(await entriesOf(path, posix.join(to, child.name), keep)));
  }
  return entries;
}

function align4(size: number): number {
  return (size + 3) & ~3;
}
