import type { XdpMode } from './facts.js';

/** What `ip -json -details link` says of an interface. */
export interface Link {
  readonly xdp: XdpMode | 'none' | 'unknown';
  /** Of an interface that is made by software alone: as `veth`. */
  readonly kind: string | undefined;
}

/** XDP_ATTACHED_*. */
const MODES: readonly (XdpMode | 'none')[] = ['none', 'native', 'generic', 'offloaded', 'several'];

interface IpLink {
  readonly ifname?: unknown;
  readonly xdp?: { readonly mode?: unknown };
  readonly linkinfo?: { readonly info_kind?: unknown };
}

/** Nothing is printed where no program is attached. */
function xdpOf({ xdp }: IpLink): Link['xdp'] {
  if (xdp === undefined) return 'none';
  return MODES[typeof xdp?.mode === 'number' ? xdp.mode : -1] ?? 'unknown';
}

/** The link of this name in the output; undefined where it is not there, or not understood (busybox has an `ip` too). */
export function linkOf(text: string, name: string): Link | undefined {
  let all: unknown;
  try {
    all = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(all)) return undefined;
  const found = (all as (IpLink | null)[]).find((each) => each?.ifname === name);
  if (!found) return undefined;
  const kind = found.linkinfo?.info_kind;
  return { xdp: xdpOf(found), kind: typeof kind === 'string' ? kind : undefined };
}
