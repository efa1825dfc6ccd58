//! What a phone keeps: small records under ordered text keys, written in batches that are all or nothing.
//!
//! ```text
//! me                      the member and their places
//! d/<document>/c          the cursor
//! d/<document>/s          a saved document
//! d/<document>/i/<seq>    one change after it, by the relay's sequence number in 16 hex digits
//! o/<document>/<hash>     one change the relay has not confirmed, with its intent
//! r/<document>/<request>  work the relay would not take
//! k/<document>/<place>    work the relay confirmed not long ago, by its epoch and number in 8 and 16 hex digits
//! ```
//!
//! The phone's memory is a fold over these records, so another tab of the same phone stays equal by reading the
//! same batch.

use crate::command::Command;
use crate::id::{DocumentId, RequestId};
use crate::time::Timestamp;

/// A key, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Me,
    Cursor(DocumentId),
    Snapshot(DocumentId),
    Increment(DocumentId, u64),
    Outbox(DocumentId, [u8; 32]),
    Refused(DocumentId, RequestId),
    Kept(DocumentId, Place),
}

impl Key {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let key = match (parts.next()?, parts.next(), parts.next(), parts.next()) {
            ("me", None, None, None) => Self::Me,
            ("d", Some(document), Some("c"), None) => Self::Cursor(document.parse().ok()?),
            ("d", Some(document), Some("s"), None) => Self::Snapshot(document.parse().ok()?),
            ("d", Some(document), Some("i"), Some(seq)) => {
                Self::Increment(document.parse().ok()?, u64::from_str_radix(seq, 16).ok()?)
            }
            ("o", Some(document), Some(hash), None) => {
                Self::Outbox(document.parse().ok()?, unhex(hash)?)
            }
            ("r", Some(document), Some(request), None) => {
                Self::Refused(document.parse().ok()?, request.parse().ok()?)
            }
            ("k", Some(document), Some(place), None) => {
                let (epoch, seq) = place.split_at_checked(8)?;
                let place = Place {
                    epoch: u32::from_str_radix(epoch, 16).ok()?,
                    seq: u64::from_str_radix(seq, 16).ok()?,
                };
                Self::Kept(document.parse().ok()?, place)
            }
            _ => return None,
        };
        parts.next().is_none().then_some(key)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Me => f.write_str("me"),
            Self::Cursor(document) => write!(f, "d/{document}/c"),
            Self::Snapshot(document) => write!(f, "d/{document}/s"),
            Self::Increment(document, seq) => write!(f, "d/{document}/i/{seq:016x}"),
            Self::Outbox(document, hash) => {
                write!(f, "o/{document}/")?;
                hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Refused(document, request) => write!(f, "r/{document}/{request}"),
            Self::Kept(document, Place { epoch, seq }) => {
                write!(f, "k/{document}/{epoch:08x}{seq:016x}")
            }
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A change the relay has not confirmed, with what the person meant.
#[derive(Debug, Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(super) struct Outgoing {
    /// The epoch it was made in.
    #[n(0)]
    pub(super) epoch: u32,
    /// The request it is about.
    #[n(1)]
    pub(super) request: RequestId,
    /// What was meant.
    #[n(2)]
    pub(super) command: Command,
    /// When, by this phone's clock.
    #[n(3)]
    pub(super) at: Timestamp,
    /// The automerge change, uncompressed; nothing any more when the relay has it.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) change: Vec<u8>,
}

/// Where a document is, without its name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(map)]
pub(super) struct Place {
    #[n(0)]
    pub(super) epoch: u32,
    #[n(1)]
    pub(super) seq: u64,
}

pub(super) fn bytes<T: minicbor::Encode<()>>(record: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _: Result<(), minicbor::encode::Error<std::convert::Infallible>> =
        minicbor::encode(record, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_its_text() {
        let document = DocumentId::from_bytes([250; 16]);
        let keys = [
            Key::Me,
            Key::Cursor(document),
            Key::Snapshot(document),
            Key::Increment(document, 77),
            Key::Outbox(document, [5; 32]),
            Key::Refused(document, RequestId::from_bytes([1; 16])),
            Key::Kept(document, Place { epoch: 9, seq: 77 }),
        ];
        for key in keys {
            assert_eq!(Key::parse(&key.to_string()), Some(key));
        }
        for text in [
            "", "you", "d/x/c", "o/only", "d//c", "me/too", "k/x/1", "k//é",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
