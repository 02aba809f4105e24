import { is_aligned } from "../memory";
import { add_at, add_conflict, finding_code, report } from "../validate/finding";

/** Kinds of region. */
@bits({ from: "linux/io_uring.h", since: "6.13" })
export enum io_uring_region_flags {
  /** The memory is the program's, at `user_addr`; otherwise the kernel allocates it. */
  IORING_MEM_REGION_TYPE_USER = 1,
}

/** Most pages that the kernel takes for a region: INT_MAX. */
const REGION_PAGES: u64 = 0x7fff_ffff;

/** Memory shared with the kernel: here the refill ring and the statistics behind it. */
@struct({ from: "linux/io_uring.h", since: "6.13" })
@unmanaged
export class io_uring_region_desc {
  /** Page aligned address with IORING_MEM_REGION_TYPE_USER, else 0. */
  user_addr: u64;
  /** Bytes, whole pages. */
  size: u64;
  /** Whose memory it is. */
  @flags("io_uring_region_flags")
  flags: u32;
  /** The kernel's; zero on entry. */
  @zeroOnEntry
  id: u32;
  /** Where to map a region that the kernel allocated. Zero on entry. */
  @zeroOnEntry
  mmap_offset: u64;
  /** Reserved. */
  @zero
  @array(4)
  __resv: u64;
}

/** What the kernel asks of a region that is about to be registered. */
export function check_region_desc(region: io_uring_region_desc, page_size: u32, to: report): void {
  const self = io_uring_region_desc.index();
  const user_addr = offsetof<io_uring_region_desc>("user_addr");
  const size = offsetof<io_uring_region_desc>("size");
  if (!region.size) add_at(to, finding_code.too_small, self, size, 0, page_size, 0);
  else if (!is_aligned(region.size, page_size)) {
    add_at(to, finding_code.misaligned, self, size, region.size, page_size, 0);
  } else if (region.size / page_size > REGION_PAGES) {
    add_at(to, finding_code.out_of_range, self, size, region.size, page_size, REGION_PAGES * page_size);
  }
  if (!(region.flags & io_uring_region_flags.IORING_MEM_REGION_TYPE_USER)) {
    if (region.user_addr) {
      add_conflict(to, self, user_addr, region.user_addr, offsetof<io_uring_region_desc>("flags"));
    }
    return;
  }
  if (!region.user_addr) add_at(to, finding_code.null_pointer, self, user_addr, 0, 0, 0);
  else if (!is_aligned(region.user_addr, page_size)) {
    add_at(to, finding_code.misaligned, self, user_addr, region.user_addr, page_size, 0);
  }
  if (region.user_addr + region.size < region.user_addr) {
    add_at(to, finding_code.overflow, self, size, region.size, u64.MAX_VALUE - region.user_addr, 0);
  }
}
