// Plain loads and stores by width: what the code driven by the description needs, which knows widths only at run time.

export function load_unsigned(at: usize, width: u32): u64 {
  if (width == 8) return load<u64>(at);
  if (width == 4) return load<u32>(at);
  if (width == 2) return load<u16>(at);
  return load<u8>(at);
}

/** As two's complement in 64 bits. */
export function load_signed(at: usize, width: u32): u64 {
  if (width == 8) return load<u64>(at);
  if (width == 4) return <u64>(<i64>load<i32>(at));
  if (width == 2) return <u64>(<i64>load<i16>(at));
  return <u64>(<i64>load<i8>(at));
}

export function store_width(at: usize, width: u32, value: u64): void {
  if (width == 8) store<u64>(at, value);
  else if (width == 4) store<u32>(at, <u32>value);
  else if (width == 2) store<u16>(at, <u16>value);
  else store<u8>(at, <u8>value);
}

/** The next multiple of a power of two. */
export function align_up(value: u64, alignment: u64): u64 {
  return (value + alignment - 1) & ~(alignment - 1);
}

export function is_power_of_two(value: u64): bool {
  return value != 0 && (value & (value - 1)) == 0;
}

/** For an alignment that is a power of two. */
export function is_aligned(value: u64, alignment: u64): bool {
  return (value & (alignment - 1)) == 0;
}
