import type { LinearMemory } from '../linear.js';
import { checkBounds } from '../memory.js';
import type { Area } from './area.js';

/** In the linear memory of the instance: views, which stay valid memory whatever happens to the instance. */
export function linearArea(memory: LinearMemory, length: number): Area {
  return {
    kind: 'linear',
    length,
    registration: { addr: memory.addressOf(memory.area), len: length },
    copyFallback: true,
    read(offset, size) {
      checkBounds('area', offset, size, length);
      return memory.bytes(memory.area + offset, size);
    },
    close: () => {},
  };
}
