import type { Plan } from '../../../plan/planned.js';

/** A plan as lines of C, for the headers of Linux 7.2 and later. */
export function planCode({ entries, region, header, rqHeaderSize }: Plan): string {
  const { rq_entries, rqes, stats_offset, region_size } = region;
  const rounded =
    rq_entries === entries
      ? `${entries} entries`
      : `${entries} entries, which the kernel makes ${rq_entries}`;
  const hasStats = stats_offset !== undefined;
  const statistics = hasStats
    ? `
	.flags = ZCRX_EVENT_DESC_FLAG_STATS,
	.stats_offset = ${stats_offset},`
    : '';
  const where = hasStats
    ? `,
 * the statistics at region + ${stats_offset}`
    : '';
  return `/* ${rounded}; the header has ${rqHeaderSize} bytes (${header}).
 * Of the kernel that runs, ask IO_URING_QUERY_ZCRX. */
size_t region_size = ${region_size};
void *region = mmap(NULL, region_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
/* Test for MAP_FAILED, not for NULL. */

struct io_uring_region_desc region_desc = {
	.user_addr = (__u64)(uintptr_t)region,
	.size = region_size,
	.flags = IORING_MEM_REGION_TYPE_USER,
};
struct zcrx_event_desc events = {
	.type_mask = (1U << ZCRX_EVENT_ALLOC_FAIL) | (1U << ZCRX_EVENT_COPY),${statistics}
};
struct io_uring_zcrx_ifq_reg reg = {
	.rq_entries = ${entries},
	.region_ptr = (__u64)(uintptr_t)&region_desc,
	.event_desc = (__u64)(uintptr_t)&events,
	/* .area_ptr, and .if_idx and .if_rxq, or .flags = ZCRX_REG_NODEV */
};
/* Registered, reg.offsets.rqes must be ${rqes}: the entries lie at region + ${rqes}${where}. */
`;
}
