//! The frames: one CBOR array `[type, body, …]` in one binary WebSocket message.
//!
//! Bodies are maps with small integer keys. Unknown keys in a body, further elements of an array and unknown frame
//! types are skipped, so either side may be newer than the other.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::id::DocumentId;
use crate::message::Reason;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "kruispunt.v1";

/// The version this code speaks.
pub const VERSION: u8 = 1;

/// The largest frame either side takes, in bytes.
pub const MAX_FRAME: usize = 1 << 20;

/// The largest change the relay takes, in bytes. Changes travel uncompressed, so this bounds their content too.
pub const MAX_CHANGE: usize = 16 << 10;

/// How many changes one push may carry.
pub const MAX_PUSH: usize = 256;

/// The hash of an automerge change.
pub type Hash = ByteArray<32>;

/// Bytes that are no frame.
#[derive(Debug, thiserror::Error)]
#[error("not a frame: {0}")]
pub struct FrameError(#[from] minicbor::decode::Error);

/// Up to where a device has one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its epoch; 0 begins with the founding change every device can make itself.
    #[n(1)]
    pub epoch: u32,
    /// The sequence number of the last change it has; 0 is none.
    #[n(2)]
    pub seq: u64,
}

/// Device → relay, first: who am I and what do I have.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// The versions the device speaks.
    #[n(0)]
    pub versions: ByteVec,
    /// The session token.
    #[n(1)]
    pub token: String,
    /// Every document the device has something of. One that is missing counts as epoch 0, sequence 0.
    #[n(2)]
    pub cursors: Vec<Cursor>,
}

impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hello")
            .field("versions", &self.versions)
            .field("cursors", &self.cursors)
            .finish_non_exhaustive()
    }
}

/// Relay → device: the answer to hello. What the device lacks follows in frames of its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// The version both speak from here on.
    #[n(0)]
    pub version: u8,
    /// The relay's clock, in milliseconds since 1970-01-01 UTC.
    #[n(1)]
    pub now: i64,
    /// How many documents have frames following.
    #[n(2)]
    pub following: u32,
}

/// Device → relay: new work, in dependency order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Push {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The epoch the work was made in.
    #[n(1)]
    pub epoch: u32,
    /// Automerge changes, uncompressed.
    #[n(2)]
    pub changes: Vec<ByteVec>,
}

/// Relay → device: your work is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ack {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its epoch.
    #[n(1)]
    pub epoch: u32,
    /// The sequence number of the first change; the others follow without a gap. 0: they were there already.
    #[n(2)]
    pub first: u64,
    /// The changes.
    #[n(3)]
    pub hashes: Vec<Hash>,
}

/// Relay → device: this work is not taken. Nothing of it was stored in the document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reject {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The changes and why.
    #[n(1)]
    pub refused: Vec<Refusal>,
}

/// One change that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refusal {
    /// The change; all zeros when its bytes are no change.
    #[n(0)]
    pub hash: Hash,
    /// Why.
    #[n(1)]
    pub reason: Reason,
}

/// Relay → device: work of others, encoded once for all.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Changes {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its epoch.
    #[n(1)]
    pub epoch: u32,
    /// The sequence number of the first change; the others follow without a gap.
    #[n(2)]
    pub first: u64,
    /// Automerge changes, uncompressed.
    #[n(3)]
    pub changes: Vec<ByteVec>,
}

/// Relay → device: the whole document, in place of whatever the device had.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Snapshot {
    /// Up to where.
    #[n(0)]
    pub cursor: Cursor,
    /// A saved automerge document.
    #[n(1)]
    pub bytes: ByteVec,
}

/// Relay → device: forget this document; it is not, or no longer, for this member.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Purge {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
}

/// Relay → device: something went wrong; the connection closes after it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Failure {
    /// One of the keys in `docs/PROTOCOL.md`.
    #[n(0)]
    pub key: String,
}

/// The keys of [`Failure`].
pub mod failure {
    /// The bytes are no frame of this protocol, or not one allowed now.
    pub const MALFORMED: &str = "frame-malformed";
    /// A frame over [`super::MAX_FRAME`] or a push over [`super::MAX_PUSH`].
    pub const TOO_LARGE: &str = "frame-too-large";
    /// No version in common: the app must be updated.
    pub const VERSION: &str = "version-unsupported";
    /// The session is unknown or expired: sign in again.
    pub const SESSION: &str = "session-unknown";
    /// The device was revoked: everything on it must go.
    pub const REVOKED: &str = "device-revoked";
    /// The device reads slower than its streets write: reconnect and catch up.
    pub const TOO_SLOW: &str = "too-slow";
    /// The device writes faster than anybody can: reconnect with back-off.
    pub const TOO_FAST: &str = "too-fast";
    /// The device has newer connections: reconnect with back-off, if this one is still needed.
    pub const TOO_MANY: &str = "too-many";
    /// The relay cannot store now: keep the work and try again.
    pub const UNAVAILABLE: &str = "unavailable";
    /// Something about the member changed, their roles perhaps: ask who they are anew, and come back at once.
    pub const CHANGED: &str = "changed";
    /// The relay is going down in order: reconnect.
    pub const GOING_AWAY: &str = "going-away";
}

/// Any frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Type 1.
    Hello(Hello),
    /// Type 2.
    Welcome(Welcome),
    /// Type 3.
    Push(Push),
    /// Type 4.
    Ack(Ack),
    /// Type 5.
    Reject(Reject),
    /// Type 6.
    Changes(Changes),
    /// Type 7.
    Snapshot(Snapshot),
    /// Type 8.
    Purge(Purge),
    /// Type 9.
    Failure(Failure),
    /// Type 10, either way: are you there?
    Ping,
    /// Type 11: yes.
    Pong,
    /// A type this version does not know; to be ignored.
    Unknown(u64),
}

impl Frame {
    /// The frame as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        // Writing to memory cannot fail.
        let _: Result<(), minicbor::encode::Error<std::convert::Infallible>> =
            self.write(&mut encoder);
        bytes
    }

    fn write(
        &self,
        encoder: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        let encoder = encoder.array(2)?;
        match self {
            Self::Hello(body) => encoder.u8(1)?.encode(body)?,
            Self::Welcome(body) => encoder.u8(2)?.encode(body)?,
            Self::Push(body) => encoder.u8(3)?.encode(body)?,
            Self::Ack(body) => encoder.u8(4)?.encode(body)?,
            Self::Reject(body) => encoder.u8(5)?.encode(body)?,
            Self::Changes(body) => encoder.u8(6)?.encode(body)?,
            Self::Snapshot(body) => encoder.u8(7)?.encode(body)?,
            Self::Purge(body) => encoder.u8(8)?.encode(body)?,
            Self::Failure(body) => encoder.u8(9)?.encode(body)?,
            Self::Ping => encoder.u8(10)?.map(0)?,
            Self::Pong => encoder.u8(11)?.map(0)?,
            Self::Unknown(kind) => encoder.u64(*kind)?.map(0)?,
        };
        Ok(())
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// When the bytes are not one CBOR array of a type and its body, or something follows it.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut decoder = Decoder::new(bytes);
        let elements = decoder
            .array()?
            .ok_or_else(|| malformed("array of known length expected"))?;
        if elements < 2 {
            return Err(malformed("type and body expected").into());
        }
        let frame = match decoder.u64()? {
            1 => Self::Hello(decoder.decode()?),
            2 => Self::Welcome(decoder.decode()?),
            3 => Self::Push(decoder.decode()?),
            4 => Self::Ack(decoder.decode()?),
            5 => Self::Reject(decoder.decode()?),
            6 => Self::Changes(decoder.decode()?),
            7 => Self::Snapshot(decoder.decode()?),
            8 => Self::Purge(decoder.decode()?),
            9 => Self::Failure(decoder.decode()?),
            kind => {
                decoder.skip()?;
                match kind {
                    10 => Self::Ping,
                    11 => Self::Pong,
                    _ => Self::Unknown(kind),
                }
            }
        };
        for _ in 2..elements {
            decoder.skip()?;
        }
        if decoder.position() != bytes.len() {
            return Err(malformed("bytes after the frame").into());
        }
        Ok(frame)
    }
}

fn malformed(why: &'static str) -> minicbor::decode::Error {
    minicbor::decode::Error::message(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> DocumentId {
        DocumentId::from_bytes([1; 16])
    }

    fn every_frame() -> Vec<Frame> {
        let cursor = Cursor {
            document: document(),
            epoch: 1,
            seq: 300,
        };
        let hash = ByteArray::from([9; 32]);
        vec![
            Frame::Hello(Hello {
                versions: vec![VERSION].into(),
                token: "t".into(),
                cursors: vec![cursor],
            }),
            Frame::Welcome(Welcome {
                version: VERSION,
                now: 1_790_000_000_000,
                following: 2,
            }),
            Frame::Push(Push {
                document: document(),
                epoch: 0,
                changes: vec![vec![1, 2].into()],
            }),
            Frame::Ack(Ack {
                document: document(),
                epoch: 0,
                first: 7,
                hashes: vec![hash],
            }),
            Frame::Reject(Reject {
                document: document(),
                refused: vec![Refusal {
                    hash,
                    reason: Reason::NotAllowed,
                }],
            }),
            Frame::Changes(Changes {
                document: document(),
                epoch: 0,
                first: 8,
                changes: vec![vec![3].into()],
            }),
            Frame::Snapshot(Snapshot {
                cursor,
                bytes: vec![4].into(),
            }),
            Frame::Purge(Purge {
                document: document(),
            }),
            Frame::Failure(Failure {
                key: failure::TOO_SLOW.into(),
            }),
            Frame::Ping,
            Frame::Pong,
            Frame::Unknown(77),
        ]
    }

    #[test]
    fn every_frame_survives_the_wire() {
        for frame in every_frame() {
            assert_eq!(Frame::decode(&frame.encode()).unwrap(), frame);
        }
    }

    #[test]
    fn the_examples_of_the_protocol_page_are_true() {
        let page = include_str!("../../../docs/PROTOCOL.md");
        let (_, examples) = page.split_once("## Examples").unwrap();
        let mut frames = every_frame();
        frames.retain(|frame| !matches!(frame, Frame::Unknown(_)));
        // Bytes stand there in back-ticks, with spaces between them.
        let shown = examples
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|text| text.contains(' '));
        let shown: Vec<String> = shown
            .map(|text| text.split_whitespace().collect())
            .collect();
        assert_eq!(shown.len(), frames.len());
        for (frame, shown) in frames.iter().zip(shown) {
            let pairs = (0..shown.len()).step_by(2).map(|at| &shown[at..at + 2]);
            let bytes: Vec<u8> = pairs
                .map(|hex| u8::from_str_radix(hex, 16).unwrap())
                .collect();
            assert_eq!(frame.encode(), bytes, "{frame:?}: {:02x?}", frame.encode());
        }
    }

    #[test]
    fn a_newer_peer_is_understood() {
        // Ping with a body and a third element this version does not know.
        assert_eq!(
            Frame::decode(&[0x83, 0x0a, 0xa1, 0x05, 0x01, 0x80]).unwrap(),
            Frame::Ping
        );
        // Purge with an unknown key in its body.
        let mut bytes = vec![0x82, 0x08, 0xa2, 0x00, 0x50];
        bytes.extend([1; 16]);
        bytes.extend([0x09, 0x63, b'n', b'e', b'w']);
        assert_eq!(
            Frame::decode(&bytes).unwrap(),
            Frame::Purge(Purge {
                document: document()
            })
        );
        let reject = [0x82, 0x05, 0xa2, 0x00, 0x50];
        assert!(Frame::decode(&reject).is_err());
    }

    #[test]
    fn five_hundred_documents_greet_in_one_small_frame() {
        let cursors = (0..500_u32)
            .map(|n| {
                let mut id = [0; 16];
                id[..4].copy_from_slice(&n.to_be_bytes());
                Cursor {
                    document: DocumentId::from_bytes(id),
                    epoch: 1,
                    seq: 5_000,
                }
            })
            .collect();
        let token = "t".repeat(43);
        let hello = Frame::Hello(Hello {
            versions: vec![VERSION].into(),
            token,
            cursors,
        })
        .encode();
        assert!(hello.len() <= 16_000, "{} bytes", hello.len());
        let welcome = Frame::Welcome(Welcome {
            version: VERSION,
            now: i64::MAX,
            following: 0,
        })
        .encode();
        assert!(welcome.len() <= 60, "{} bytes", welcome.len());
    }
}
