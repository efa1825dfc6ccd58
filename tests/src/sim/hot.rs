//! A document in a relay's memory, as `server/src/relay/hot.rs` has it, without its threads.

use std::collections::BTreeSet;

use kruispunt_core::id::DeviceId;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_core::sync::{Origin, RelayDocument, Row};
use kruispunt_storage::{ActorBinding, Alarm, Append, NewChange, Snapshot, StoredDocument};

use super::ground::must;

/// Owns the actors no device may use.
const NOBODY: DeviceId = DeviceId::from_bytes([0; 16]);

#[derive(Debug)]
pub(super) struct Hot {
    pub(super) document: RelayDocument,
    bound: BTreeSet<Vec<u8>>,
}

impl Hot {
    pub(super) fn restore(stored: StoredDocument, actor: [u8; 16]) -> Self {
        let at = beginning(&stored);
        let snapshot = stored.snapshot.map(|snapshot| snapshot.bytes);
        let rows = stored.tail.into_iter().map(|change| change.bytes.to_vec());
        let bound: BTreeSet<_> = stored
            .actors
            .iter()
            .map(|known| known.actor.clone())
            .collect();
        let owned = stored
            .actors
            .into_iter()
            .map(|known| (known.actor, known.device.unwrap_or(NOBODY)));
        let owned = owned.chain([(actor.to_vec(), NOBODY)]);
        let document = RelayDocument::restore(at, snapshot.as_deref(), rows, owned, actor);
        Self {
            document: must(document),
            bound,
        }
    }

    /// What is to be stored of these rows, which are the document's newest.
    pub(super) fn append(&mut self, rows: Vec<Row>) -> Append {
        let Cursor {
            document,
            epoch,
            seq,
        } = self.document.cursor();
        let first_seq = seq + 1 - rows.len() as u64;
        let (mut changes, mut actors) = (Vec::new(), Vec::new());
        for row in rows {
            let (member, device) = match row.origin {
                Origin::Relay => (None, None),
                Origin::Device(member, device) => (Some(member), Some(device)),
            };
            if self.bound.insert(row.actor.clone()) {
                let actor = row.actor;
                actors.push(ActorBinding { actor, device });
            }
            changes.push(NewChange {
                hash: row.hash,
                bytes: row.bytes.into(),
                member,
                device,
                received_at: row.received_at,
            });
        }
        Append {
            document,
            epoch,
            first_seq,
            changes,
            actors,
            alarm: Alarm::KEEP,
            causes: Vec::new(),
            acted: Vec::new(),
        }
    }

    pub(super) fn snapshot(&mut self) -> Snapshot {
        let Cursor { epoch, seq, .. } = self.document.cursor();
        let bytes = must(self.document.save()).into();
        Snapshot { epoch, seq, bytes }
    }
}

/// Up to where the snapshot of a stored document reaches.
pub(super) fn beginning(stored: &StoredDocument) -> Cursor {
    Cursor {
        document: stored.position.document,
        epoch: stored.position.epoch,
        seq: stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq),
    }
}

/// Up to where its log reaches.
pub(super) fn end(stored: &StoredDocument) -> Cursor {
    Cursor {
        seq: stored.position.seq,
        ..beginning(stored)
    }
}
