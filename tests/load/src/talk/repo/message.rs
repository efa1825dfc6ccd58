//! The messages of the automerge-repo WebSocket protocol: CBOR maps with text keys.
//!
//! <https://github.com/automerge/automerge-repo/blob/main/packages/automerge-repo-network-websocket/README.md>

use anyhow::{Context as _, Result};
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

/// What this program says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said<'a> {
    /// Who am I.
    Join { me: &'a str },
    /// A message of automerge's own sync protocol about a document.
    Sync {
        me: &'a str,
        server: &'a str,
        document: &'a str,
        data: &'a [u8],
        /// Whether the document is asked for by somebody who has nothing of it.
        asks: bool,
    },
}

/// What a server says, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: String,
    pub(super) sender: String,
    pub(super) document: String,
    pub(super) data: Vec<u8>,
}

impl Said<'_> {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut Encoder::new(&mut bytes));
        bytes
    }

    fn write(
        self,
        encoder: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        match self {
            Self::Join { me } => {
                encoder.map(4)?.str("type")?.str("join")?;
                encoder.str("senderId")?.str(me)?;
                encoder.str("supportedProtocolVersions")?;
                encoder.array(1)?.str("1")?;
                // Spares the server keeping a sync state for each phone on its disk.
                encoder.str("peerMetadata")?.map(1)?;
                encoder.str("isEphemeral")?.bool(true)?;
            }
            Self::Sync {
                me,
                server,
                document,
                data,
                asks,
            } => {
                encoder.map(5)?.str("type")?;
                encoder.str(if asks { "request" } else { "sync" })?;
                encoder.str("senderId")?.str(me)?;
                encoder.str("targetId")?.str(server)?;
                encoder.str("documentId")?.str(document)?;
                encoder.str("data")?.bytes(data)?;
            }
        }
        Ok(())
    }
}

impl Told {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new(bytes);
        let mut told = Self::default();
        let mut left = decoder.map()?;
        loop {
            match &mut left {
                Some(0) => break,
                Some(left) => *left -= 1,
                None if decoder.datatype()? == Type::Break => break,
                None => {}
            }
            match decoder.str()? {
                "type" => decoder.str()?.clone_into(&mut told.kind),
                "senderId" => decoder.str()?.clone_into(&mut told.sender),
                "documentId" => decoder.str()?.clone_into(&mut told.document),
                "data" => {
                    if decoder.datatype()? == Type::Tag {
                        decoder.tag()?;
                    }
                    told.data = decoder.bytes()?.to_vec();
                }
                _ => decoder.skip()?,
            }
        }
        Ok(told)
    }
}

/// The changes in the body of a sync message, or `None` when some are compressed or a whole document.
///
/// A chunk is four magic bytes, four of checksum, one of type, its length, and so many bytes more.
pub(super) fn changes(mut bytes: &[u8]) -> Result<Option<Vec<&[u8]>>> {
    /// Where the type of a chunk stands.
    const TYPE: usize = 8;
    /// The type of an uncompressed change.
    const CHANGE: u8 = 1;
    let mut changes = Vec::new();
    while !bytes.is_empty() {
        if bytes.get(TYPE) != Some(&CHANGE) {
            return Ok(None);
        }
        let rest = bytes.get(TYPE + 1..).unwrap_or_default();
        let (length, digits) = leb128(rest).context("a chunk without a length")?;
        let (chunk, others) = bytes
            .split_at_checked(TYPE + 1 + digits + length)
            .context("a chunk that is cut off")?;
        changes.push(chunk);
        bytes = others;
    }
    Ok(Some(changes))
}

/// A number in the form automerge writes lengths in, and how many bytes it took.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::Transactable as _;
    use automerge::{AutoCommit, ROOT};

    #[test]
    fn what_is_said_is_understood() {
        let said = Said::Sync {
            me: "me",
            server: "you",
            document: "4NMNnkMhL8jXrdJ9jamS58PAVdXu",
            data: &[1, 2, 3],
            asks: true,
        };
        let told = Told::decode(&said.encode()).unwrap();
        assert_eq!(
            (told.kind.as_str(), told.sender.as_str()),
            ("request", "me")
        );
        assert_eq!(told.document, "4NMNnkMhL8jXrdJ9jamS58PAVdXu");
        assert_eq!(told.data, [1, 2, 3]);
        let join = Told::decode(&Said::Join { me: "me" }.encode()).unwrap();
        assert_eq!(join.kind, "join");
    }

    #[test]
    fn maps_without_a_length_and_tagged_bytes_are_understood_too() {
        // {_ "type": "sync", "data": 64(h'0102'), "more": [1]}
        let mut bytes = vec![0xbf, 0x64];
        bytes.extend(b"type");
        bytes.push(0x64);
        bytes.extend(b"sync");
        bytes.push(0x64);
        bytes.extend(b"data");
        bytes.extend([0xd8, 0x40, 0x42, 1, 2, 0x64]);
        bytes.extend(b"more");
        bytes.extend([0x81, 1, 0xff]);
        let told = Told::decode(&bytes).unwrap();
        assert_eq!((told.kind.as_str(), told.data), ("sync", vec![1, 2]));
    }

    #[test]
    fn changes_are_told_apart() {
        let mut doc = AutoCommit::new();
        let mut all = Vec::new();
        for number in 0..3 {
            doc.put(ROOT, "text", "x".repeat(100 * number)).unwrap();
            doc.commit();
            all.push(doc.get_last_local_change().unwrap().raw_bytes().to_vec());
        }
        assert_eq!(changes(&all.concat()).unwrap().unwrap(), all);
        assert_eq!(changes(&doc.save()).unwrap(), None);
        assert!(changes(&all[2][..50]).is_err());
    }
}
