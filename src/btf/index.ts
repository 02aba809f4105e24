export { elfSection, findElfSection, isElf } from './elf.js';
export { BtfError, type BtfErrorCode, isBtfError } from './error.js';
export { isBtf, MOST_BTF_BYTES } from './format.js';
export { readBtf } from './reader.js';
export { type ByteSource, memorySource } from './source.js';
export type { Btf, BtfEnum, BtfMember, BtfSelection, BtfStruct } from './types.js';
