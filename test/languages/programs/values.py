"""Reads lines of four structs in hexadecimal, and prints some of their fields as ctypes finds them."""

import sys

import zcrx
from zcrx import *

for name in ("ZCRX_EVENT_COPY", "ZCRX_CTRL_ARM_EVENT", "IORING_REGISTER_ZCRX_IFQ", "IORING_ZCRX_AREA_MASK"):
    print(name, int(globals()[name]))
assert zcrx_event_type(1) is zcrx.ZCRX_EVENT_COPY

for line in sys.stdin:
    words = [bytes.fromhex(word) for word in line.split()]
    types = zcrx_event_desc, zcrx_ctrl, io_uring_cqe32, io_uring_sqe
    desc, ctrl, cqe, sqe = (each.from_buffer_copy(word) for each, word in zip(types, words))
    print("desc->user_data", desc.user_data)
    print("desc->type_mask", desc.type_mask)
    print("desc->flags", desc.flags)
    print("desc->stats_offset", desc.stats_offset)
    print("ctrl->zcrx_id", ctrl.zcrx_id)
    print("ctrl->op", ctrl.op)
    print("ctrl->zc_arm_event.event_type", ctrl.zc_arm_event.event_type)
    print("cqe->user_data", cqe.user_data)
    print("cqe->res", cqe.res)
    print("cqe->flags", cqe.flags)
    print("cqe->big_cqe[1]", cqe.big_cqe[1])
    print("sqe->opcode", sqe.opcode)
    print("sqe->ioprio", sqe.ioprio)
    print("sqe->fd", sqe.fd)
    print("sqe->zcrx_ifq_idx", sqe.zcrx_ifq_idx)
