import { file_kind, kernel_call, open_file } from "./call";


@inline
function file_at(c: kernel_call, i: u32): open_file {
  return changetype<open_file>(c.files + i * offsetof<open_file>());
}

function find(c: kernel_call, fd: i32): open_file | null {
  for (let i: u32 = 0; i < c.file_count; i++) {
    const each = file_at(c, i);
    if (each.fd == fd) return each;
  }
  return null;
}

/** What a descriptor is; what is not given is closed. */
export function file_behind(c: kernel_call, fd: i32): u32 {
  const found = find(c, fd);
  return found ? found.kind : file_kind.closed;
}

/** The instance behind a descriptor that ZCRX_CTRL_EXPORT gave. */
export function box_behind(c: kernel_call, fd: i32): u32 {
  const found = find(c, fd);
  return found ? found.box : 0;
}
