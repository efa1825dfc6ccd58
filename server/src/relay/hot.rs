//! A document in memory, ready to take pushes.

use std::collections::BTreeSet;

use bytes::Bytes;
use kruispunt_core::id::{DeviceId, DocumentId};
use kruispunt_core::schema::BoardError;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_core::sync::{Origin, RelayDocument, RestoreError, Row};
use kruispunt_storage::{
    ActorBinding, Alarm, Append, NewChange, Snapshot, StorageError, StoredDocument,
};

use super::catch_up::CatchUp;
use super::memory::Weight;
use super::news::News;
use crate::clock::{NoRandomness, random};
use crate::metrics::Metrics;

/// Owns the actors no device may use: those of the relay itself. Identifiers are random, so no device has this one.
const NOBODY: DeviceId = DeviceId::from_bytes([0; 16]);

/// The document could not be brought to life.
#[derive(Debug, thiserror::Error)]
pub(super) enum HotError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("document {0} is not stored")]
    Missing(DocumentId),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error("a document could not be worked on")]
    Stopped,
    #[error("a document moves too fast to be read")]
    Moving,
}

impl HotError {
    /// Counts it where the database is to blame.
    pub(super) fn count(&self, metrics: &Metrics) {
        if let Self::Storage(error) = self {
            metrics.storage_failed(error);
        }
    }
}

#[derive(Debug)]
pub(super) struct Hot {
    /// Boxed, since it is handed about between tasks.
    pub(super) document: Box<RelayDocument>,
    bound: BTreeSet<Vec<u8>>,
    /// How much came after the snapshot that is stored, in bytes.
    pub(super) unstored: usize,
}

impl Hot {
    /// Brings to life what was read, with room for so many operations.
    pub(super) async fn restore(stored: StoredDocument, room: u64) -> Result<Self, HotError> {
        let actor = random()?;
        // A large document takes a good part of a second; other documents must not wait for it.
        tokio::task::spawn_blocking(move || Self::restored(stored, actor, room))
            .await
            .map_err(|_| HotError::Stopped)?
    }

    fn restored(stored: StoredDocument, actor: [u8; 16], room: u64) -> Result<Self, HotError> {
        let unstored = stored.tail.iter().map(|change| change.bytes.len()).sum();
        let bound = stored.actors.iter().map(|known| known.actor.clone());
        let bound = bound.collect();
        let document = revive(stored, actor)?;
        Ok(Self {
            document: Box::new(document.with_room(room)),
            bound,
            unstored,
        })
    }

    /// How much memory it takes, about: measured with boards of ten to ten thousand requests.
    pub(super) fn weight(&self) -> Weight {
        const EMPTY: usize = 16 << 10;
        const OPERATION: usize = 300;
        let operations = self.document.operations();
        let operations = usize::try_from(operations).unwrap_or(usize::MAX);
        Weight {
            bytes: operations.saturating_mul(OPERATION).saturating_add(EMPTY),
            operations,
        }
    }

    /// Takes in what another relay stored; `None` when that cannot be, and the document has to be read again.
    ///
    /// Whose actors those are is not known here. Storage knows, and refuses one that belongs to another device.
    pub(super) fn receive(mut self, changes: &[Bytes]) -> Option<Self> {
        let rows = changes.iter().map(|change| change.to_vec());
        self.document.receive(rows, []).ok()?;
        self.unstored += changes.iter().map(Bytes::len).sum::<usize>();
        Some(self)
    }

    /// What is to be stored of these rows, which must be the document's newest.
    pub(super) fn append(&mut self, rows: Vec<Row>, alarm: Alarm, news: News) -> Append {
        let Cursor {
            document,
            epoch,
            seq,
        } = self.document.cursor();
        let first_seq = seq + 1 - rows.len() as u64;
        let (mut changes, mut actors) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let (member, device) = match row.origin {
                Origin::Relay => (None, None),
                Origin::Device(member, device) => (Some(member), Some(device)),
            };
            if self.bound.insert(row.actor.clone()) {
                actors.push(ActorBinding {
                    actor: row.actor,
                    device,
                });
            }
            self.unstored += row.bytes.len();
            let Row {
                hash,
                bytes,
                received_at,
                ..
            } = row;
            changes.push(NewChange {
                hash,
                bytes: bytes.into(),
                member,
                device,
                received_at,
            });
        }
        Append {
            document,
            epoch,
            first_seq,
            changes,
            actors,
            alarm,
            causes: news.causes,
            acted: news.acted,
        }
    }

    /// Saves the whole document, away from the threads that serve connections.
    pub(super) async fn save(mut self) -> Result<(Self, Snapshot), HotError> {
        let work = move || {
            let Cursor { epoch, seq, .. } = self.document.cursor();
            let bytes = self.document.save()?.into();
            Ok((self, Snapshot { epoch, seq, bytes }))
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| HotError::Stopped)?
    }
}

/// Brings a stored document to life; `actor` is random, for what the relay writes itself.
pub(crate) fn revive(
    stored: StoredDocument,
    actor: [u8; 16],
) -> Result<RelayDocument, RestoreError> {
    let at = start(&stored);
    let snapshot = stored.snapshot.map(|snapshot| snapshot.bytes);
    let rows = stored.tail.into_iter().map(|change| change.bytes.to_vec());
    let owned = stored
        .actors
        .into_iter()
        .map(|known| (known.actor, known.device.unwrap_or(NOBODY)));
    let owned = owned.chain([(actor.to_vec(), NOBODY)]);
    RelayDocument::restore(at, snapshot.as_deref(), rows, owned, actor)
}

/// What others need to catch up with a stored document.
pub(super) fn catch_up(stored: &StoredDocument) -> CatchUp {
    let snapshot = stored.snapshot.as_ref().map(|snapshot| &snapshot.bytes);
    let changes: Vec<Bytes> = stored
        .tail
        .iter()
        .map(|change| change.bytes.clone())
        .collect();
    CatchUp::new(start(stored), snapshot, changes)
}

/// Up to where the snapshot of a stored document reaches.
fn start(stored: &StoredDocument) -> Cursor {
    Cursor {
        document: stored.position.document,
        epoch: stored.position.epoch,
        seq: stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq),
    }
}
