// The device and its queue: zcrx_register_netdev and netif_mp_open_rxq.

import { io_uring_zcrx_ifq_reg } from "../layout/ifq_reg";
import { broken, broken_call, unproved } from "./broken";
import { call_field, device, device_flags, device_queue, kernel_call, part } from "./call";
import { rule } from "./rules";

/** The interface of the registration; what is not given does not exist. */
export function find_device(c: kernel_call, if_idx: u32): device | null {
  for (let i: u32 = 0; i < c.device_count; i++) {
    const each = changetype<device>(c.devices + i * offsetof<device>());
    if (each.if_idx == if_idx) return each;
  }
  return null;
}

function flags_of_queue(c: kernel_call, if_idx: u32, queue: u32): u32 {
  for (let i: u32 = 0; i < c.queue_count; i++) {
    const each = changetype<device_queue>(c.queues + i * offsetof<device_queue>());
    if (each.if_idx == if_idx && each.queue == queue) return each.flags;
  }
  return 0;
}

/** What is asked before the area is made. */
export function check_device(c: kernel_call, reg: io_uring_zcrx_ifq_reg, found: device | null): void {
  const field = offsetof<io_uring_zcrx_ifq_reg>("if_idx");
  if (!found) broken(c, rule.device_missing, part.reg, field, reg.if_idx, 0);
  else if (found.flags & device_flags.unknown) unproved(c);
  else if (!(found.flags & device_flags.dma)) broken(c, rule.device_no_dma, part.reg, field, reg.if_idx, 0);
}

function needs(c: kernel_call, found: device, flag: device_flags, which: rule): void {
  if (!(found.flags & flag)) broken_call(c, which, call_field.devices, found.if_idx);
}

/** What is asked of the queue once the area is there. */
export function check_queue(c: kernel_call, reg: io_uring_zcrx_ifq_reg, found: device): void {
  if (found.flags & device_flags.unknown) return;
  const queue = flags_of_queue(c, found.if_idx, reg.if_rxq);
  const field = offsetof<io_uring_zcrx_ifq_reg>("if_rxq");
  needs(c, found, device_flags.ops_lock, rule.device_not_lockable);
  if (reg.if_rxq >= found.queues) {
    broken(c, rule.device_queue_range, part.reg, field, reg.if_rxq, found.queues);
    return;
  }
  if (queue & device_flags.leased) broken(c, rule.device_queue_leased, part.reg, field, reg.if_rxq, 0);
  needs(c, found, device_flags.queue_ops, rule.device_queue_fixed);
  needs(c, found, device_flags.data_split, rule.device_data_split);
  if (found.hds_thresh) broken_call(c, rule.device_hds_thresh, call_field.devices, found.hds_thresh);
  if (found.flags & device_flags.xdp) broken_call(c, rule.device_xdp, call_field.devices, found.if_idx);
  if (reg.rx_buf_len && !(found.flags & device_flags.rx_page_size)) {
    const length = offsetof<io_uring_zcrx_ifq_reg>("rx_buf_len");
    broken(c, rule.device_buf_len, part.reg, length, reg.rx_buf_len, c.page_size).fix(0);
  }
  if (queue & device_flags.taken) broken(c, rule.device_queue_taken, part.reg, field, reg.if_rxq, 0);
  if (queue & device_flags.xsk) broken(c, rule.device_queue_xsk, part.reg, field, reg.if_rxq, 0);
}
