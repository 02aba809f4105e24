import { Mapping } from '../memory.js';
import type { Area } from './area.js';
import { MappingArea } from './mapping-area.js';
import { checkAvailable } from './meminfo.js';

/**
 * Ordinary memory.
 * @param length bytes, rounded up to whole pages
 * @throws SyscallError `ENOMEM`, BridgeError `bad-option` where the machine has not so much
 */
export function mappedArea(length: number): Area {
  const mapping = Mapping.pinnable(length);
  try {
    checkAvailable(mapping.length);
    return new MappingArea('mapped', mapping.populate());
  } catch (error) {
    mapping.close();
    throw error;
  }
}
