import type { LinearMemory } from '../linear.js';
import type { Settings } from '../options.js';
import type { Area } from './area.js';
import { dmabufArea } from './dmabuf.js';
import { hugeArea } from './huge.js';
import { linearArea } from './linear.js';
import { mappedArea } from './mapped.js';
import { sharedArea } from './shared.js';
import { udmabufArea } from './udmabuf.js';

/**
 * The memory for payload as the options ask for it.
 * @param memory that in which it lies, if it is linear
 * @throws BridgeError, SyscallError
 */
export function openArea(area: Settings['area'], length: number, memory: LinearMemory): Area {
  if (typeof area === 'object') return dmabufArea({ fd: area.dmabuf, length });
  switch (area) {
    case 'linear':
      return linearArea(memory, length);
    case 'mapped':
      return mappedArea(length);
    case 'huge':
      return hugeArea(length);
    case 'shared':
      return sharedArea(length);
    case 'udmabuf':
      return udmabufArea(length);
  }
}
