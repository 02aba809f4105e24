/** Where a field lies in its struct, in bytes. */
export type Field = readonly [offset: number, size: 4 | 8];

interface Layout {
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}

/** `name[0]` … `name[count - 1]` from `offset` on. */
function array(name: string, offset: number, size: 4 | 8, count: number): Record<string, Field> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${name}[${i}]`, [offset + i * size, size]]),
  );
}

/**
 * The structs of the calls, of Linux 7.3; older kernels see reserved space where newer ones see fields.
 * Written down here anew, from the kernel's headers: the test shall not share the tables of what it tests.
 */
export const STRUCTS = {
  reg: {
    size: 96,
    fields: {
      if_idx: [0, 4],
      if_rxq: [4, 4],
      rq_entries: [8, 4],
      flags: [12, 4],
      area_ptr: [16, 8],
      region_ptr: [24, 8],
      ...array('offsets', 32, 4, 8),
      zcrx_id: [64, 4],
      rx_buf_len: [68, 4],
      event_desc: [72, 8],
      ...array('__resv', 80, 8, 2),
    },
  },
  region: {
    size: 64,
    fields: {
      user_addr: [0, 8],
      size: [8, 8],
      flags: [16, 4],
      id: [20, 4],
      mmap_offset: [24, 8],
      ...array('__resv', 32, 8, 4),
    },
  },
  area: {
    size: 48,
    fields: {
      addr: [0, 8],
      len: [8, 8],
      rq_area_token: [16, 8],
      flags: [24, 4],
      dmabuf_fd: [28, 4],
      ...array('__resv2', 32, 8, 2),
    },
  },
  desc: {
    size: 96,
    fields: {
      user_data: [0, 8],
      type_mask: [8, 4],
      flags: [12, 4],
      stats_offset: [16, 8],
      ...array('__resv2', 24, 8, 9),
    },
  },
  ctrl: {
    size: 72,
    fields: {
      zcrx_id: [0, 4],
      op: [4, 4],
      ...array('__resv', 8, 8, 2),
      // The union: of each member the first field, and words over all of it.
      area_ptr: [24, 8],
      event_type: [24, 4],
      ...array('arm', 24, 4, 12),
    },
  },
  hdr: {
    size: 40,
    fields: {
      next_entry: [0, 8],
      query_data: [8, 8],
      query_op: [16, 4],
      size: [20, 4],
      result: [24, 4],
      ...array('__resv', 28, 4, 3),
    },
  },
  /** Bytes without fields. */
  data: { size: 0, fields: {} },
} as const satisfies Record<string, Layout>;

export type StructKind = keyof typeof STRUCTS;

export function fieldOf(kind: StructKind, name: string): Field {
  const field = (STRUCTS[kind].fields as Readonly<Record<string, Field>>)[name];
  if (field === undefined) throw new Error(`struct ${kind} has no field ${name}`);
  return field;
}
