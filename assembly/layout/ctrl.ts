import { add_at, finding_code, report } from "../validate/finding";

/** What IORING_REGISTER_ZCRX_CTRL is asked to do. */
@was({ ZCRX_CTRL_ARM_EVENT: "ZCRX_CTRL_ARM_NOTIFICATION", ZCRX_CTRL_ADD_AREA: [] })
@values({ from: "linux/io_uring/zcrx.h", since: "6.19" })
export enum zcrx_ctrl_op {
  /** Take the entries of the refill ring now. */
  ZCRX_CTRL_FLUSH_RQ = 0,
  /** Make a descriptor by which another ring can import the instance. */
  ZCRX_CTRL_EXPORT = 1,
  /** Let an event type that has fired fire again. Linux 7.2 and later. */
  ZCRX_CTRL_ARM_EVENT = 2,
  /** Give the instance more memory. Linux 7.3 and later. */
  ZCRX_CTRL_ADD_AREA = 3,
}

/** Arm of zcrx_ctrl for ZCRX_CTRL_FLUSH_RQ. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.19" })
@unmanaged
export class zcrx_ctrl_flush_rq {
  /** Reserved. */
  @zero
  @array(6)
  __resv: u64;
}

/** Arm of zcrx_ctrl for ZCRX_CTRL_EXPORT. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.19" })
@unmanaged
export class zcrx_ctrl_export {
  /** The new descriptor, close-on-exec. Zero on entry. */
  @zeroOnEntry
  zcrx_fd: u32;
  /** Reserved. */
  @zero
  @array(11)
  __resv1: u32;
}

/** Arm of zcrx_ctrl for ZCRX_CTRL_ARM_EVENT. */
@was("zcrx_ctrl_arm_notif")
@struct({ from: "linux/io_uring/zcrx.h", since: "7.2" })
@unmanaged
export class zcrx_ctrl_arm_event {
  /** The type to re-arm: an index, in `v1` a mask. Only a type that has fired can be re-armed. */
  @was({ v1: "type_mask", rc: "notif_type" })
  @value("zcrx_event_type")
  event_type: u32;
  /** Reserved. */
  @zero
  @array(11)
  __resv: u32;
}

/** Arm of zcrx_ctrl for ZCRX_CTRL_ADD_AREA. */
@struct({ from: "linux/io_uring/zcrx.h", since: "7.3", revisions: ["event"] })
@unmanaged
export class zcrx_ctrl_add_area {
  /** Address of an io_uring_zcrx_area_reg. */
  area_ptr: u64;
  /** Reserved. */
  @zero
  @array(5)
  __resv: u64;
}

/** Argument of IORING_REGISTER_ZCRX_CTRL. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.19" })
@unmanaged
export class zcrx_ctrl {
  /** The instance, as the ring knows it. */
  zcrx_id: u32;
  /** What to do; it says which arm is valid. */
  @value("zcrx_ctrl_op")
  op: u32;
  /** Not zero: the kernel answers EFAULT, not EINVAL. */
  @zero
  @array(2)
  __resv: u64;
  /** Answer to ZCRX_CTRL_EXPORT. */
  @arm(zcrx_ctrl_op.ZCRX_CTRL_EXPORT)
  zc_export: zcrx_ctrl_export;
  /** Nothing but reserved bytes. */
  @arm(zcrx_ctrl_op.ZCRX_CTRL_FLUSH_RQ)
  zc_flush: zcrx_ctrl_flush_rq;
  /** Which event type to re-arm. */
  @since("7.2")
  @was("zc_arm_notif")
  @arm(zcrx_ctrl_op.ZCRX_CTRL_ARM_EVENT)
  zc_arm_event: zcrx_ctrl_arm_event;
  /** Which area to add. */
  @since("7.3")
  @was([])
  @arm(zcrx_ctrl_op.ZCRX_CTRL_ADD_AREA)
  zc_area: zcrx_ctrl_add_area;
}

/** What the kernel asks of the arms, beyond reserved fields and known values. */
export function check_ctrl(ctrl: zcrx_ctrl, to: report): void {
  if (ctrl.op != zcrx_ctrl_op.ZCRX_CTRL_ADD_AREA) return;
  const arm = ctrl.zc_area;
  to.base = <u32>(changetype<usize>(arm) - changetype<usize>(ctrl));
  check_add_area(arm, to);
  to.base = 0;
}

export function check_add_area(arm: zcrx_ctrl_add_area, to: report): void {
  if (arm.area_ptr) return;
  add_at(to, finding_code.null_pointer, zcrx_ctrl_add_area.index(), offsetof<zcrx_ctrl_add_area>("area_ptr"), 0, 0, 0);
}
