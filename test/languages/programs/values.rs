// Reads lines of four structs in hexadecimal, and prints some of their fields as this compiler finds them.
#![deny(warnings)]

#[allow(dead_code)]
mod zcrx {
    include!("zcrx.rs");
}

use std::io::{stdin, BufRead};
use zcrx::*;

/// The struct of a word. Its type must be made of integers alone.
fn from_hex<T>(word: &str) -> T {
    let byte = |at| u8::from_str_radix(&word[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..word.len()).step_by(2).map(byte).collect();
    assert_eq!(bytes.len(), std::mem::size_of::<T>());
    unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) }
}

macro_rules! show {
    ($($place:expr),+ $(,)?) => { $(println!("{} {}", stringify!($place).replace('.', "->"), $place);)+ };
}

fn main() {
    show!(ZCRX_EVENT_COPY, ZCRX_CTRL_ARM_EVENT, IORING_REGISTER_ZCRX_IFQ, IORING_ZCRX_AREA_MASK);
    for line in stdin().lock().lines().map(Result::unwrap) {
        let words: Vec<&str> = line.split(' ').collect();
        let desc: zcrx_event_desc = from_hex(words[0]);
        let ctrl: zcrx_ctrl = from_hex(words[1]);
        let cqe: io_uring_cqe32 = from_hex(words[2]);
        let sqe: io_uring_sqe = from_hex(words[3]);
        show!(desc.user_data, desc.type_mask, desc.flags, desc.stats_offset, ctrl.zcrx_id, ctrl.op);
        let arm = unsafe { ctrl.arms.zc_arm_event };
        println!("ctrl->zc_arm_event.event_type {}", arm.event_type);
        show!(cqe.user_data, cqe.res, cqe.flags, cqe.big_cqe[1]);
        show!(sqe.opcode, sqe.ioprio, sqe.fd, sqe.zcrx_ifq_idx);
        assert_eq!(zcrx_ctrl::default().op, 0);
    }
}
