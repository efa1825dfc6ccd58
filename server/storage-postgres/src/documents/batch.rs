//! The changes of many documents, put in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use kruispunt_core::id::{DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::column;
use kruispunt_storage::{Alarm, Append, NewCause, NewChange, StorageError};

/// All that is to be written, in the order of the documents' identifiers: two relays that take their rows in the same
/// order never wait for each other in a circle.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    /// Where each log is and where it will be.
    pub(super) logs: BTreeMap<DocumentId, Log>,
    /// Every change.
    pub(super) changes: Vec<Line<'a>>,
    /// Actors to be bound.
    pub(super) actors: BTreeMap<(DocumentId, &'a [u8]), Option<DeviceId>>,
    /// What somebody should hear of.
    pub(super) causes: Vec<&'a NewCause>,
    /// Who did something about which request.
    pub(super) acted: Vec<(MemberId, RequestId)>,
    /// When the last of it was.
    pub(super) acted_at: Timestamp,
}

/// The way of a log from one end to another.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) epoch: u32,
    pub(super) from: u64,
    pub(super) to: u64,
    /// When its first change came, should the epoch begin with it.
    pub(super) began_at: i64,
    /// When something happens in it by itself.
    pub(super) alarm: Alarm,
}

/// A change at its place.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) document: &'a [u8],
    pub(super) epoch: i64,
    pub(super) seq: i64,
    pub(super) change: &'a NewChange,
}

impl<'a> Batch<'a> {
    /// Puts them in order. What cannot fit together is refused before the database hears of it.
    pub(super) fn new(appends: &'a [Append]) -> Result<Self, StorageError> {
        let mut batch = Self::default();
        for append in appends {
            batch.lengthen(append)?;
            batch.bind(append)?;
            batch.causes.extend(&append.causes);
            if !append.acted.is_empty() {
                batch.acted.extend(&append.acted);
                let received_at = append.changes.iter().map(|change| change.received_at);
                batch.acted_at = batch.acted_at.max(received_at.max().unwrap_or_default());
            }
        }
        Ok(batch)
    }

    fn lengthen(&mut self, append: &'a Append) -> Result<(), StorageError> {
        let document = append.document;
        let misfit = || StorageError::Conflict(format!("a log of {document} would have a gap"));
        let from = append.first_seq.checked_sub(1).ok_or_else(misfit)?;
        let to = from.saturating_add(append.changes.len() as u64);
        match self.logs.entry(document) {
            Entry::Vacant(log) => {
                let first = append.changes.first();
                log.insert(Log {
                    epoch: append.epoch,
                    from,
                    to,
                    began_at: first.map_or(0, |change| change.received_at.as_millis()),
                    alarm: append.alarm,
                });
            }
            Entry::Occupied(mut log) => {
                let log = log.get_mut();
                if (log.epoch, log.to) != (append.epoch, from) {
                    return Err(misfit());
                }
                log.to = to;
                log.alarm = log.alarm.and_then(append.alarm);
            }
        }
        let lines = (column(append.first_seq)?..).zip(&append.changes);
        self.changes.extend(lines.map(|(seq, change)| Line {
            document: append.document.as_bytes(),
            epoch: i64::from(append.epoch),
            seq,
            change,
        }));
        Ok(())
    }

    fn bind(&mut self, append: &'a Append) -> Result<(), StorageError> {
        for binding in &append.actors {
            let key = (append.document, binding.actor.as_slice());
            let bound = *self.actors.entry(key).or_insert(binding.device);
            if bound != binding.device {
                return Err(StorageError::Conflict(
                    "an actor belongs to another device".to_owned(),
                ));
            }
        }
        Ok(())
    }
}
