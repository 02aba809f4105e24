/** The structs of a call, under the names that bundles, findings and evidence use, with the ids of their layouts. */
export const STRUCT_OF = {
  reg: 'io_uring_zcrx_ifq_reg',
  area: 'io_uring_zcrx_area_reg',
  region: 'io_uring_region_desc',
  event_desc: 'zcrx_event_desc',
  ctrl: 'zcrx_ctrl',
  query: 'io_uring_query_hdr',
} as const;

export type CallStruct = keyof typeof STRUCT_OF;
