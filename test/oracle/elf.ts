/** The bytes of a section of a 64-bit little-endian ELF file, or undefined where it has none of that name. */
export function elfSection(file: Buffer, wanted: string): Buffer | undefined {
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('this is no little-endian 64-bit ELF');
  const table = Number(file.readBigUInt64LE(0x28));
  const entryBytes = file.readUInt16LE(0x3a);
  const header = (index: number) => {
    const at = table + index * entryBytes;
    return {
      name: file.readUInt32LE(at),
      start: Number(file.readBigUInt64LE(at + 0x18)),
      bytes: Number(file.readBigUInt64LE(at + 0x20)),
    };
  };
  const names = header(file.readUInt16LE(0x3e));
  for (let index = 0; index < file.readUInt16LE(0x3c); index++) {
    const { name, start, bytes } = header(index);
    const from = names.start + name;
    if (file.toString('latin1', from, file.indexOf(0, from)) === wanted)
      return file.subarray(start, start + bytes);
  }
  return undefined;
}
