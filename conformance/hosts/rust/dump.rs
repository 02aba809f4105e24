//! Prints statistics or completions from a file of raw bytes, as a debugger or a program of one's own wrote it.
//!
//!     zcrx layout --format rust > zcrx.rs && rustc --edition 2021 dump.rs
//!     dump stats FILE          the struct zcrx_stats, one or several
//!     dump completions FILE    completions of a ring with IORING_SETUP_CQE32

#[allow(dead_code)]
mod zcrx;

use std::{env, fs, mem, process, ptr};
use zcrx::{io_uring_cqe32, zcrx_stats};

/// A struct that is made of integers alone, so that any bytes are a value of it.
///
/// # Safety
/// To be implemented only for such structs.
unsafe trait Plain: Copy {}
unsafe impl Plain for zcrx_stats {}
unsafe impl Plain for io_uring_cqe32 {}

/// Structs that lie one behind the other, or what is wrong with the number of bytes.
fn structs<T: Plain>(bytes: &[u8]) -> Result<Vec<T>, String> {
    let size = mem::size_of::<T>();
    let chunks = bytes.chunks_exact(size);
    if bytes.is_empty() || !chunks.remainder().is_empty() {
        return Err(format!("{} bytes are not some times {size}", bytes.len()));
    }
    // SAFETY: each chunk has the size of the struct, and any bytes will do.
    Ok(chunks
        .map(|chunk| unsafe { ptr::read_unaligned(chunk.as_ptr().cast()) })
        .collect())
}

fn stats_line(stats: &zcrx_stats) -> String {
    format!(
        "copy_count {} copy_bytes {}",
        stats.copy_count, stats.copy_bytes
    )
}

/// Where the data lies, or what it is instead. Only the descriptor's `user_data` tells a notification for certain.
fn meaning(cqe: &io_uring_cqe32) -> String {
    match (cqe.flags, cqe.res as u32) {
        _ if cqe.res < 0 => format!("error {}", cqe.res.unsigned_abs()),
        (0, zcrx::ZCRX_EVENT_COPY) => "ZCRX_EVENT_COPY, if a notification".into(),
        (0, zcrx::ZCRX_EVENT_ALLOC_FAIL) => "ZCRX_EVENT_ALLOC_FAIL, if a notification".into(),
        _ => {
            let off = cqe.big_cqe[0];
            let area = off >> zcrx::IORING_ZCRX_AREA_SHIFT;
            format!("area {area} offset {}", off & !zcrx::IORING_ZCRX_AREA_MASK)
        }
    }
}

fn completion_line(cqe: &io_uring_cqe32) -> String {
    let (user_data, res, flags) = (cqe.user_data, cqe.res, cqe.flags);
    format!(
        "user_data {user_data} res {res} flags {flags:#x}: {}",
        meaning(cqe)
    )
}

fn lines(what: &str, bytes: &[u8]) -> Result<Vec<String>, String> {
    match what {
        "stats" => Ok(structs(bytes)?.iter().map(stats_line).collect()),
        "completions" => Ok(structs(bytes)?.iter().map(completion_line).collect()),
        _ => Err(format!("{what:?} is neither stats nor completions")),
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, file] = args.as_slice() else {
        eprintln!("usage: dump stats|completions FILE");
        process::exit(2);
    };
    let read = fs::read(file).map_err(|error| format!("{file}: {error}"));
    match read.and_then(|bytes| lines(what, &bytes)) {
        Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
        Err(message) => {
            eprintln!("dump: {message}");
            process::exit(1);
        }
    }
}
