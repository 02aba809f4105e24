/** A network interface as a receiver needs to know it. What could not be found out is `unknown`, never guessed. */
export interface Device {
  readonly name: string;
  readonly ifindex: number;
  /** Name of its driver, as `bnxt_en`. */
  readonly driver: string | 'unknown';
  /** Receive queues that are in use; they are numbered from 0. */
  readonly queues: number | 'unknown';
  /** Bytes. */
  readonly mtu: number | 'unknown';
  /** It is switched on; whether a cable is plugged in is another matter. */
  readonly up: boolean | 'unknown';
  /** There is a device behind it that can do DMA. */
  readonly dma: 'yes' | 'no' | 'unknown';
  /** Whether headers are split from data. A driver may show `on` where it was never set; the kernel wants it set. */
  readonly tcpDataSplit: 'on' | 'off' | 'unknown';
  /** Packets of fewer bytes are not split. */
  readonly hdsThresh: number | 'unknown';
  /** Whether, and where, an XDP program is attached. */
  readonly xdp: XdpMode | 'none' | 'unknown';
  /** Where each of these was learned, or why it is unknown. */
  readonly learned: Readonly<Record<DeviceFact, string>>;
}

/** In the driver, in the network stack, in the device, or in more than one of them. */
export type XdpMode = 'native' | 'generic' | 'offloaded' | 'several';

export type DeviceFact = 'driver' | 'queues' | 'mtu' | 'up' | 'dma' | 'tcpDataSplit' | 'hdsThresh' | 'xdp';

/** What keeps a device from zero-copy receive. */
export interface DeviceProblem {
  /** As `tcp-data-split`. */
  readonly what: string;
  /** As `off`. */
  readonly have: string;
  /** As `on`. */
  readonly want: string;
  /** The command that mends it, as `ethtool -G eth0 tcp-data-split on`, or what else to do. */
  readonly remedy: string;
  /** The rule of the kernel's that is broken (docs/rules.md). */
  readonly rule: string;
}

/** What is wanted of a device. */
export interface DeviceUse {
  /** As `eth0`. */
  readonly name: string;
  /** Number of the receive queue, from 0. */
  readonly queue: number;
  /** Bytes of a buffer (`rx_buf_len`), if they are to be larger than a page. */
  readonly rxBufLen?: number | undefined;
  /** Bytes; with it `rxBufLen` is checked. */
  readonly pageSize?: number | undefined;
}

/** Where facts are looked up. All of it may be left out. */
export interface Places {
  /** Where sysfs is mounted. Default `/sys`. */
  readonly sys?: string | undefined;
  /** Where procfs is mounted. Default `/proc`. */
  readonly proc?: string | undefined;
  /** Folders with `ethtool` and `ip`, as PATH has them. Default: PATH and where administrators' programs are. */
  readonly path?: string | undefined;
}
