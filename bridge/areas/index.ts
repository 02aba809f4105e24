// The kinds of memory that payload can lie in.

export type { Area, AreaKind, AreaRegistration } from './area.js';
export { type AttachOptions, attachArea } from './attach.js';
export { type Dmabuf, dmabufArea } from './dmabuf.js';
export { hugeArea } from './huge.js';
export { linearArea } from './linear.js';
export { mappedArea } from './mapped.js';
export { type SharedOptions, sharedArea } from './shared.js';
export { udmabufArea } from './udmabuf.js';
