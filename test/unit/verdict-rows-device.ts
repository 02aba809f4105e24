import { onDevice, type Row, registration } from './verdict-rows.js';

const dmabuf = (area: object, files: Record<string, string> = { 5: 'dmabuf', 6: 'file' }): Row['bundle'] =>
  onDevice({}, {}, { area: { len: 8192, flags: 1, dmabuf_fd: 5, ...area }, files });

/** What the interface and its queue say. */
export const DEVICE_ROWS: readonly Row[] = [
  {
    rule: 'device-missing',
    errno: 'ENODEV',
    field: 'reg.if_idx',
    bundle: { ...registration({ reg: { flags: 0, if_idx: 3 } }), devices: [] },
    message: "reg.if_idx is 3, but there is no such interface in the caller's network namespace",
  },
  {
    rule: 'device-no-dma',
    errno: 'EOPNOTSUPP',
    field: 'reg.if_idx',
    bundle: onDevice({ dma: false }),
    message:
      'reg.if_idx is 2, an interface without a device that can do DMA (as lo has none); ZCRX_REG_NODEV works without one',
  },
  {
    rule: 'area-dmabuf-addr',
    errno: 'EINVAL',
    field: 'area.addr',
    bundle: dmabuf({ addr: 4096 }),
    message: 'area.addr is 0x1000, but must be 0 for a DMA buffer',
    fix: ['area.addr', '0'],
  },
  {
    rule: 'area-dmabuf-fd',
    errno: 'EBADF',
    field: 'area.dmabuf_fd',
    bundle: dmabuf({ dmabuf_fd: 9 }),
    message: 'area.dmabuf_fd is 9, a descriptor that is not open; expected one of a DMA buffer',
  },
  {
    rule: 'area-dmabuf-kind',
    errno: 'EINVAL',
    field: 'area.dmabuf_fd',
    bundle: dmabuf({ dmabuf_fd: 6 }),
    message: 'area.dmabuf_fd is 6, but this descriptor is no DMA buffer',
  },
  {
    rule: 'device-not-lockable',
    errno: 'EOPNOTSUPP',
    field: 'devices',
    bundle: onDevice({ ops_lock: false }),
    message:
      "devices: interface 2 has a driver that does not use the device's own lock: it cannot do zero-copy receive",
  },
  {
    rule: 'device-queue-range',
    errno: 'ERANGE',
    field: 'reg.if_rxq',
    bundle: onDevice({}, { if_rxq: 4 }),
    message: 'reg.if_rxq is 4, but the interface has queues 0 to 3',
  },
  {
    rule: 'device-queue-leased',
    errno: 'EBUSY',
    field: 'reg.if_rxq',
    bundle: onDevice({ leased: [1] }),
    message: 'reg.if_rxq is 1, but this queue is leased to a virtual device',
  },
  {
    rule: 'device-queue-fixed',
    errno: 'EOPNOTSUPP',
    field: 'devices',
    bundle: onDevice({ queue_ops: false }),
    message: 'devices: interface 2 has a driver that cannot restart single queues',
  },
  {
    rule: 'device-data-split',
    errno: 'EINVAL',
    field: 'devices',
    bundle: onDevice({ tcp_data_split: false }),
    message: 'devices: interface 2 does not split headers from data: ethtool -G DEVICE tcp-data-split on',
  },
  {
    rule: 'device-hds-thresh',
    errno: 'EINVAL',
    field: 'devices',
    bundle: onDevice({ hds_thresh: 256 }),
    message: 'devices: hds-thresh of the interface is 256, but must be 0: ethtool -G DEVICE hds-thresh 0',
  },
  {
    rule: 'device-xdp',
    errno: 'EEXIST',
    field: 'devices',
    bundle: onDevice({ xdp: true }),
    message: 'devices: interface 2 has an XDP program attached: ip link set DEVICE xdp off',
  },
  {
    rule: 'device-buf-len',
    errno: 'EOPNOTSUPP',
    field: 'reg.rx_buf_len',
    bundle: onDevice({}, { rx_buf_len: 8192 }),
    message:
      'reg.rx_buf_len is 8192, but the driver of the interface takes no length of buffers other than its own: expected 0',
    fix: ['reg.rx_buf_len', '0'],
  },
  {
    rule: 'device-queue-taken',
    errno: 'EEXIST',
    field: 'reg.if_rxq',
    bundle: onDevice({ taken: [0, 1] }),
    message: 'reg.if_rxq is 1, but this queue has a memory provider already',
  },
  {
    rule: 'device-queue-xsk',
    errno: 'EBUSY',
    field: 'reg.if_rxq',
    bundle: onDevice({ af_xdp: [1] }),
    message: 'reg.if_rxq is 1, but this queue is used by AF_XDP',
  },
];
