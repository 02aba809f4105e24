// What the kernel takes, and what is most likely a mistake all the same.

import { ZCRX_REG_NODEV } from '../generated/constants.js';
import { decode } from '../layout/decode.js';

/** The structs of a registration, as bytes. */
export interface RegistrationBytes {
  readonly reg: Uint8Array;
  readonly event_desc?: Uint8Array;
}

const ALLOC_FAIL = 1;

/** What looks like a mistake in a registration that is formally right. */
export function hintsOn({ reg, event_desc }: RegistrationBytes): string[] {
  if (!event_desc) return [];
  const { flags } = decode('io_uring_zcrx_ifq_reg', reg).fields;
  const { type_mask } = decode('zcrx_event_desc', event_desc).fields;
  if (type_mask !== ALLOC_FAIL) return [];
  const never = flags & ZCRX_REG_NODEV ? ', which never fires without a device' : '';
  return [
    `event_desc.type_mask is 1, which asks for ALLOC_FAIL alone${never}: COPY is bit 2, both are 3. ` +
      'The constants ZCRX_EVENT_ALLOC_FAIL (0) and ZCRX_EVENT_COPY (1) are indices: a mask of them is 1 << index, not the index',
  ];
}
