export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** SHT_PROGBITS is 1, SHT_NOBITS 8. */
  readonly type?: number;
  /** SHF_COMPRESSED is 0x800. */
  readonly flags?: bigint;
}

const HEADER = 64;

/** A 64-bit little-endian ELF file with these sections and, last, one of their names. */
export function elfFile(sections: readonly Section[]): Uint8Array {
  const names = ['', ...sections.map(({ name }) => name), '.shstrtab'];
  const table = Buffer.from(`${names.join('\0')}\0`);
  const all = [
    { bytes: new Uint8Array(0), type: 0 },
    ...sections.map((section) => ({ type: 1, ...section })),
    { bytes: table, type: 3 },
  ];
  const data = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const file = new Uint8Array(HEADER + data + all.length * HEADER);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(0x28, BigInt(HEADER + data), true);
  view.setUint16(0x3a, HEADER, true);
  view.setUint16(0x3c, all.length, true);
  view.setUint16(0x3e, all.length - 1, true);
  let at = HEADER;
  let name = 0;
  all.forEach((section, i) => {
    const header = HEADER + data + i * HEADER;
    view.setUint32(header, name, true);
    view.setUint32(header + 4, section.type, true);
    view.setBigUint64(header + 8, 'flags' in section ? (section.flags ?? 0n) : 0n, true);
    view.setBigUint64(header + 0x18, BigInt(at), true);
    view.setBigUint64(header + 0x20, BigInt(section.bytes.length), true);
    file.set(section.bytes, at);
    at += section.bytes.length;
    name += (names[i] as string).length + 1;
  });
  return file;
}
