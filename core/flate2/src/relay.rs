//! zlib-rs, as flate2 would call it.

use std::io;

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

use super::MOST_INFLATED;

/// zlib's own default, and flate2's.
const LEVEL: i32 = 6;

/// The largest window, which everybody can read.
const WINDOW_BITS: u8 = 15;

pub(super) fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut deflated = vec![0; zlib_rs::compress_bound(bytes.len())];
    let mut deflate = Deflate::new(LEVEL, false, WINDOW_BITS);
    match deflate.compress(bytes, &mut deflated, DeflateFlush::Finish) {
        Ok(Status::StreamEnd) => {
            deflated.truncate(count(deflate.total_out()));
            Ok(deflated)
        }
        _ => Err(io::ErrorKind::Other.into()),
    }
}

pub(super) fn inflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let mut inflate = Inflate::new(false, WINDOW_BITS);
    let mut inflated = vec![0; (bytes.len() * 4).clamp(1 << 10, MOST_INFLATED)];
    loop {
        let (from, to) = (count(inflate.total_in()), count(inflate.total_out()));
        let (rest, room) = (bytes.get(from..), inflated.get_mut(to..));
        let (Some(rest), Some(room)) = (rest, room) else {
            return Err(wrong());
        };
        match inflate.decompress(rest, room, InflateFlush::Finish) {
            Ok(Status::StreamEnd) => {
                inflated.truncate(count(inflate.total_out()));
                return Ok(inflated);
            }
            // It needs more room, until that is all there may be; or what it waits for will never come.
            Ok(_) if count(inflate.total_out()) == inflated.len() && to < MOST_INFLATED => {
                inflated.resize((inflated.len() * 2).min(MOST_INFLATED), 0);
            }
            _ => return Err(wrong()),
        }
    }
}

/// Both ends are in memory, so their lengths fit.
fn count(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
