//! Inflates what the relay sends; deflates by storing.

use std::io;

use super::MOST_INFLATED;

/// The most a stored block can hold, in bytes (RFC 1951 §3.2.4).
const BLOCK: usize = 0xffff;

#[expect(clippy::unnecessary_wraps, reason = "the relay's may fail")]
pub(super) fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let blocks = bytes.chunks(BLOCK);
    let mut stored = Vec::with_capacity(bytes.len() + 5 * (blocks.len() + 1));
    for block in blocks {
        push(&mut stored, block, 0);
    }
    push(&mut stored, &[], 1);
    Ok(stored)
}

fn push(stored: &mut Vec<u8>, block: &[u8], last: u8) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a block is at most 65,535 bytes"
    )]
    let length = block.len() as u16;
    stored.push(last);
    stored.extend(length.to_le_bytes());
    stored.extend((!length).to_le_bytes());
    stored.extend(block);
}

pub(super) fn inflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    miniz_oxide::inflate::decompress_to_vec_with_limit(bytes, MOST_INFLATED)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}
