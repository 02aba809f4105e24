/** Version of this interface: grows when something that is exported changes its meaning or goes; additions leave it. */
export function abi_version(): u32 {
  return 1;
}

/** First byte of memory that the module does not use itself, aligned to 16. From here on all is the caller's. */
export function scratch(): usize {
  return (__heap_base + 15) & ~15;
}
