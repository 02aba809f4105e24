// Several rings that receive by one instance, in threads or processes.

export { type Imported, importIfq } from './import.js';
export type { ImportOptions } from './options.js';
export { Share } from './share.js';
export type { Ticket } from './ticket.js';
