//! The relay: documents in memory, a log on a disk, and what may go wrong between the two.

use std::collections::BTreeMap;

use kruispunt_core::access::Rights;
use kruispunt_core::command::Author;
use kruispunt_core::id::{DeviceId, DocumentId};
use kruispunt_core::sync::frame::{Changes, Cursor, Frame, Hello, Push, Snapshot, Welcome};
use kruispunt_core::sync::{Admission, Origin, RelayDocument, Row};
use kruispunt_core::time::Timestamp;

use super::person::{Person, Street};

/// What happens to the commit of one push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    /// It is on disk and everybody hears of it.
    Works,
    /// The disk says no; the relay forgets what it had in memory and cuts the pusher off.
    Fails,
    /// The relay dies before it is on disk.
    DiesBefore,
    /// The relay dies right after it is on disk, before anybody hears.
    DiesAfter,
}

#[derive(Debug)]
pub(super) struct Relay {
    logs: BTreeMap<DocumentId, Vec<Row>>,
    documents: BTreeMap<DocumentId, RelayDocument>,
    starts: u8,
}

impl Relay {
    pub(super) fn new(streets: &[Street]) -> Self {
        let logs = streets
            .iter()
            .map(|street| (street.document, Vec::new()))
            .collect();
        let mut relay = Self {
            logs,
            documents: BTreeMap::new(),
            starts: 0,
        };
        relay.starts();
        relay
    }

    /// Starts, or starts again after a crash, from what is on the disk.
    pub(super) fn starts(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        let mut actor = [254; 16];
        actor[0] = self.starts;
        let restore = |(&document, log): (&DocumentId, &Vec<Row>)| {
            let at = Cursor {
                document,
                epoch: 0,
                seq: 0,
            };
            let rows = log.iter().map(|row| row.bytes.clone());
            let bound = log.iter().map(|row| match row.origin {
                Origin::Device(_, device) => (row.actor.clone(), device),
                Origin::Relay => (row.actor.clone(), DeviceId::from_bytes([0; 16])),
            });
            match RelayDocument::restore(at, None, rows, bound, actor) {
                Ok(restored) => (document, restored),
                Err(error) => panic!("a log makes a document: {error}"),
            }
        };
        self.documents = self.logs.iter().map(restore).collect();
    }

    /// Answers a greeting. `whole` sends snapshots where it might send changes.
    pub(super) fn greets(&mut self, hello: &Hello, whole: bool, now: Timestamp) -> Vec<Frame> {
        let mut frames = Vec::new();
        for (&document, log) in &self.logs {
            let known = hello
                .cursors
                .iter()
                .find(|cursor| cursor.document == document);
            let seq = known.map_or(0, |cursor| cursor.seq);
            let tail: Vec<_> = log.iter().filter(|row| row.seq > seq).collect();
            let (Some(first), Some(relay)) = (tail.first(), self.documents.get_mut(&document))
            else {
                continue;
            };
            if whole {
                let saved = relay.save();
                let bytes = saved.unwrap_or_else(|error| panic!("{error}")).into();
                frames.push(Frame::Snapshot(Snapshot {
                    cursor: relay.cursor(),
                    bytes,
                }));
            } else {
                let (epoch, first) = (first.epoch, first.seq);
                let changes = tail.iter().map(|row| row.bytes.clone().into()).collect();
                frames.push(Frame::Changes(Changes {
                    document,
                    epoch,
                    first,
                    changes,
                }));
            }
        }
        let following = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        let welcome = Welcome {
            version: 1,
            now: now.as_millis(),
            following,
        };
        std::iter::once(Frame::Welcome(welcome))
            .chain(frames)
            .collect()
    }

    /// Takes a push. What comes back is only told to anybody when the commit worked.
    pub(super) fn takes(
        &mut self,
        push: &Push,
        from: &Person,
        commit: Commit,
        now: Timestamp,
    ) -> Option<Admission> {
        let name = from.name();
        let author = Author {
            member: from.member(),
            first_name: &name,
            rights: Rights::of([from.role]),
        };
        let document = self.documents.get_mut(&push.document)?;
        let admission = document.push(push, &author, from.device(), now);
        let is_stored = matches!(commit, Commit::Works | Commit::DiesAfter);
        if is_stored {
            self.logs
                .entry(push.document)
                .or_default()
                .extend(admission.rows.iter().cloned());
        }
        if commit == Commit::Works {
            return Some(admission);
        }
        self.starts();
        None
    }

    pub(super) fn has(&self, document: DocumentId, hash: &[u8; 32]) -> bool {
        self.logs
            .get(&document)
            .is_some_and(|log| log.iter().any(|row| &row.hash == hash))
    }

    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut RelayDocument> {
        self.documents.values_mut()
    }

    pub(super) fn logs(&self) -> impl Iterator<Item = &[Row]> {
        self.logs.values().map(Vec::as_slice)
    }
}
