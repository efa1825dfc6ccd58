//! New epochs: a street's board without its history, and without what is no longer to be kept.
//!
//! Works on the database alone, also while relays serve it: whatever they write meanwhile is taken along, and they
//! hear of the new epoch and tell it to everybody who is connected.

use std::time::Duration;

use kruispunt_core::id::DocumentId;
use kruispunt_core::schema::{BoardError, Keep};
use kruispunt_core::sync::RestoreError;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{DocumentPosition, Rotation, Storage, StorageError, StoredDocument};

use crate::clock::{NoRandomness, random};
use crate::relay::revive;

/// How often a document is read again because somebody wrote into it meanwhile.
const TRIES: usize = 32;

const MINUTE: i64 = 60_000;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that ended.
    pub ended: u32,
    /// The epoch that began.
    pub began: u32,
    /// How many changes of the old one are gone.
    pub changes: u64,
    /// How large the new one is, in bytes.
    pub bytes: usize,
}

/// No new epoch began.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no such document.
    #[error("there is no document {0}")]
    Unknown(DocumentId),
    /// What is stored makes no document.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The document cannot be written anew.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Somebody else wrote first, every time.
    #[error("so much is written into document {0} that no new epoch can begin; try again later")]
    Busy(DocumentId),
}

/// Whether a document's epoch began so long ago. One that holds nothing has no history to leave behind.
#[must_use]
pub fn is_older(position: &DocumentPosition, than: Duration, now: Timestamp) -> bool {
    let than = i64::try_from(than.as_millis()).unwrap_or(i64::MAX);
    position.seq > 0 && position.began_at.plus_millis(than) <= now
}

/// Begins a new epoch of a document, in which what is not to be kept is no more.
///
/// # Errors
/// When it cannot be read or written, or so much is written into it that no moment is found.
pub async fn rotate(
    storage: &dyn Storage,
    document: DocumentId,
    keep: Keep<'_>,
    now: Timestamp,
) -> Result<Rotated, RotationError> {
    for _ in 0..TRIES {
        let stored = storage.load(document).await?;
        let stored = stored.ok_or(RotationError::Unknown(document))?;
        let (rotation, rotated) = plan(stored, keep, now)?;
        match storage.rotate(&rotation).await {
            Ok(()) => return Ok(rotated),
            // Written into since it was read: what is new belongs into the new epoch.
            Err(StorageError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(RotationError::Busy(document))
}

fn plan(
    stored: StoredDocument,
    keep: Keep<'_>,
    at: Timestamp,
) -> Result<(Rotation, Rotated), RotationError> {
    let DocumentPosition {
        document,
        epoch,
        seq,
        ..
    } = stored.position;
    let next = next_epoch(epoch, at);
    let snapshot = revive(stored, random()?)?.rotate(next, keep)?;
    let rotated = Rotated {
        ended: epoch,
        began: next,
        changes: seq,
        bytes: snapshot.len(),
    };
    let rotation = Rotation {
        document,
        epoch,
        seq,
        next,
        snapshot: snapshot.into(),
        at,
    };
    Ok((rotation, rotated))
}

/// The minute in which it begins, so that a backup that is put back and rotated again never gives a number to another
/// history than the one phones know by it.
fn next_epoch(epoch: u32, at: Timestamp) -> u32 {
    let minute = u32::try_from(at.as_millis() / MINUTE).unwrap_or_default();
    minute.max(epoch.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use kruispunt_core::id::AreaId;
    use kruispunt_storage::DocumentKind;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    #[test]
    fn a_later_epoch_is_greater_and_never_the_same() {
        let first = next_epoch(0, NOON);
        assert_eq!(first, 29_833_333);
        assert_eq!(next_epoch(first, NOON), first + 1);
        assert_eq!(next_epoch(0, NOON.plus_millis(MINUTE)), first + 1);
    }

    #[test]
    fn an_empty_board_has_no_age() {
        let mut position = DocumentPosition {
            document: DocumentId::from_bytes([1; 16]),
            kind: DocumentKind::Street,
            area: AreaId::from_bytes([1; 16]),
            epoch: 0,
            seq: 0,
            began_at: Timestamp::from_millis(0),
        };
        let day = Duration::from_hours(24);
        assert!(!is_older(&position, day, NOON));
        position.seq = 1;
        assert!(is_older(&position, day, NOON));
        position.began_at = NOON.plus_millis(-MINUTE);
        assert!(!is_older(&position, day, NOON));
    }
}
