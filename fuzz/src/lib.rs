//! What a device may send that no phone of ours would.
//!
//! Each function takes any bytes and checks what must be true of them. `cargo fuzz` drives them with the targets in
//! `fuzz_targets`, for as long as one likes; the tests drive them with bytes that were spoilt by a seed.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "what does not hold ends the run"
)]

mod seeds;
mod street;

use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Frame, Push};
use sha2::{Digest as _, Sha256};

pub use self::seeds::{changes, frames};
use self::street::Street;

/// With these a chunk of automerge's begins.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The chunk type of an uncompressed change.
const CHANGE: u8 = 1;

/// A frame that came in: reading it never panics, what was read is read again, and a push leaves a street whole.
///
/// # Panics
/// When that does not hold.
pub fn frame(bytes: &[u8]) {
    let Ok(frame) = Frame::decode(bytes) else {
        return;
    };
    let again = Frame::decode(&frame.encode()).expect("what was written is read");
    assert_eq!(frame, again, "a frame is read as another");
    if let Frame::Push(push) = frame {
        pushed(0, push.changes.iter().map(|change| change.to_vec()));
    }
}

/// One change of somebody in the street: the first byte says whose, the others are what stands in the chunk. Its
/// type, length and checksum are made to fit, which chance would not find. Either the street is as it was, or it
/// holds a change more and can still be saved, read and restored.
///
/// # Panics
/// When that does not hold.
pub fn change(bytes: &[u8]) {
    if let Some((&whose, content)) = bytes.split_first() {
        pushed(whose, [chunk(content)]);
    }
}

/// A chunk with this content.
fn chunk(content: &[u8]) -> Vec<u8> {
    let mut body = vec![CHANGE];
    let mut length = content.len();
    while length >= 0x80 {
        body.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    body.push(u8::try_from(length).unwrap_or_default());
    body.extend(content);
    let checksum = Sha256::digest(&body);
    let mut chunk = MAGIC.to_vec();
    chunk.extend(checksum.iter().take(4));
    chunk.append(&mut body);
    chunk
}

/// What stands in a chunk, after its type and its length.
fn content(chunk: &[u8]) -> &[u8] {
    let after_type = chunk.get(9..).unwrap_or_default();
    let length = after_type.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    after_type.get(length..).unwrap_or_default()
}

/// Lets somebody push changes into the street, and looks at what became of it.
fn pushed(whose: u8, changes: impl IntoIterator<Item = Vec<u8>>) {
    let street = Street::get();
    let mut relay = street.relay();
    let before = relay.save().expect("a street is saved");
    let at = relay.cursor();
    let push = Push {
        document: at.document,
        epoch: at.epoch,
        changes: changes.into_iter().map(Into::into).collect(),
    };
    let admission = street.pushes(whose, &mut relay, &push);
    let after = relay.save().expect("a street is saved");
    if admission.rows.is_empty() {
        assert_eq!(relay.cursor(), at, "what was refused counts");
        assert!(before == after, "what was refused changed the street");
        return;
    }
    let grown = relay.cursor().seq - at.seq;
    assert_eq!(grown, admission.rows.len() as u64, "rows are missing");
    let read = Board::load(&after).expect("a saved street is read");
    assert!(read.save() == after, "a street is saved as another");
    let mut restored = street.relay();
    let rows = admission.rows.into_iter();
    let (rows, bound): (Vec<_>, Vec<_>) = rows
        .map(|row| (row.bytes, (row.actor, street.device(row.origin))))
        .unzip();
    restored
        .receive(rows, bound)
        .expect("what was stored is read");
    // Changes that know nothing of each other may be saved in another order.
    let restored = restored.board().expect("a restored street is read");
    assert_eq!(restored.heads(), read.heads(), "a change is missing");
    assert_eq!(
        restored.requests(),
        read.requests(),
        "a street is restored as another"
    );
}
