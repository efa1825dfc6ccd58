//! What a device needs that was away: the last changes of a document, or the whole of it when that is smaller.
//!
//! Kept in memory while a document is in use, so that a whole street coming back at once reads the database once.

#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use bytes::Bytes;
use kruispunt_core::id::DocumentId;
use kruispunt_core::sync::frame::{Changes, Cursor, Frame, MAX_FRAME, Snapshot};
use kruispunt_storage::StorageError;

use super::common::Common;

/// How much a frame of changes carries; frames of this size let other documents' news in between.
const CARRY: usize = 256 << 10;

/// No change is smaller, so that many changes are at least so many bytes.
const SMALLEST_CHANGE: usize = 64;

/// A snapshot up to `base`, and every change after it.
#[derive(Debug)]
pub(super) struct CatchUp {
    document: DocumentId,
    epoch: u32,
    base: u64,
    /// Encoded once for everybody. `None` at the beginning, or when it does not fit in a frame.
    snapshot: Option<Bytes>,
    changes: Vec<Bytes>,
    size: usize,
    /// The changes as frames, encoded for the first who needs all of them and kept for the others.
    frames: OnceCell<Vec<Bytes>>,
}

/// Changes between a device's cursor and the snapshot, read from storage.
#[derive(Debug)]
pub(super) struct Older {
    pub(super) epoch: u32,
    pub(super) after: u64,
    pub(super) base: u64,
    pub(super) changes: Vec<Bytes>,
}

impl Older {
    /// `None` when they are not there any more, or not yet: the document moved.
    pub(super) async fn read(
        common: &Common,
        document: DocumentId,
        epoch: u32,
        (after, base): (u64, u64),
    ) -> Result<Option<Self>, StorageError> {
        let storage = &common.storage;
        let changes = storage.changes_since(document, epoch, after).await?;
        let changes = changes.into_iter().take_while(|change| change.seq <= base);
        let changes: Vec<_> = changes.map(|change| change.bytes).collect();
        let is_whole = after + changes.len() as u64 == base;
        Ok(is_whole.then_some(Self {
            epoch,
            after,
            base,
            changes,
        }))
    }
}

/// How a device at some place in the log catches up.
#[derive(Debug)]
pub(super) enum Way {
    /// With these frames: changes.
    Frames(Vec<Bytes>),
    /// With these frames: a snapshot, and changes.
    Whole(Vec<Bytes>),
    /// The changes after one and up to another may be smaller than the snapshot: read them first.
    NeedsOlder { after: u64, base: u64 },
    /// Only a snapshot will do, and there is none yet.
    NeedsSnapshot,
}

impl CatchUp {
    /// From a snapshot up to `at`, if any, and the changes after it.
    pub(super) fn new(at: Cursor, snapshot: Option<&Bytes>, changes: Vec<Bytes>) -> Self {
        let size = changes.iter().map(Bytes::len).sum();
        let Cursor {
            document,
            epoch,
            seq,
        } = at;
        let snapshot = snapshot.and_then(|bytes| encode_snapshot(at, bytes));
        Self {
            document,
            epoch,
            base: seq,
            snapshot,
            changes,
            size,
            frames: OnceCell::new(),
        }
    }

    /// More was committed.
    pub(super) fn extend(&mut self, changes: impl IntoIterator<Item = Bytes>) {
        self.frames.take();
        for change in changes {
            self.size += change.len();
            self.changes.push(change);
        }
    }

    /// How much came after the snapshot, in bytes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// How large the snapshot is, in bytes.
    pub(super) fn snapshot_size(&self) -> usize {
        self.snapshot.as_ref().map_or(0, Bytes::len)
    }

    /// How much memory it takes, about.
    pub(super) fn weight(&self) -> usize {
        let frames = self.frames.get().map_or(0, |_| self.size);
        let each = std::mem::size_of::<Bytes>() * self.changes.len();
        self.snapshot_size() + self.size + frames + each
    }

    /// Up to where it reaches.
    pub(super) fn end(&self) -> Cursor {
        Cursor {
            document: self.document,
            epoch: self.epoch,
            seq: self.base + self.changes.len() as u64,
        }
    }

    /// From where on it has single changes.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// Forgets what was committed after `seq`.
    pub(super) fn truncate(&mut self, seq: u64) {
        let keep = usize::try_from(seq.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.changes.truncate(keep);
        self.frames.take();
        self.size = self.changes.iter().map(Bytes::len).sum();
    }

    /// The way for a device that has everything up to `seq` of this epoch; `None` is a device in another epoch.
    pub(super) fn way(&self, seq: Option<u64>, older: Option<&Older>) -> Way {
        match seq {
            Some(seq) if seq <= self.end().seq => self.way_after(seq, older),
            // It has more than the relay does: its log comes from a disk that was lost. Changes would not be
            // recognised as news, so the document has to be replaced.
            Some(_) | None if self.snapshot.is_some() => Way::Whole(self.whole()),
            // What an epoch begins with, nobody can make themselves, except the very first.
            Some(_) | None if self.base == 0 || self.epoch > 0 => Way::NeedsSnapshot,
            Some(_) | None => self.way_after(0, older),
        }
    }

    fn way_after(&self, seq: u64, older: Option<&Older>) -> Way {
        if seq == self.base {
            return Way::Frames(self.after_base().to_vec());
        }
        let Some(missing) = self.base.checked_sub(seq).filter(|&missing| missing > 0) else {
            let after = usize::try_from(seq - self.base).unwrap_or(usize::MAX);
            let changes = self.changes.get(after..).unwrap_or_default();
            return Way::Frames(self.frames(seq, changes.iter()));
        };
        let is_larger = |size| {
            self.snapshot
                .as_ref()
                .is_some_and(|snapshot| size > snapshot.len())
        };
        if is_larger(
            usize::try_from(missing)
                .unwrap_or(usize::MAX)
                .saturating_mul(SMALLEST_CHANGE),
        ) {
            return Way::Whole(self.whole());
        }
        let asked = (self.epoch, seq, self.base);
        match older.filter(|older| (older.epoch, older.after, older.base) == asked) {
            None => Way::NeedsOlder {
                after: seq,
                base: self.base,
            },
            Some(older) if is_larger(older.changes.iter().map(Bytes::len).sum()) => {
                Way::Whole(self.whole())
            }
            Some(older) => Way::Frames(self.frames(seq, older.changes.iter().chain(&self.changes))),
        }
    }

    fn whole(&self) -> Vec<Bytes> {
        self.snapshot
            .iter()
            .chain(self.after_base())
            .cloned()
            .collect()
    }

    fn after_base(&self) -> &[Bytes] {
        self.frames
            .get_or_init(|| self.frames(self.base, self.changes.iter()))
    }

    fn frames<'a>(&self, after: u64, changes: impl Iterator<Item = &'a Bytes>) -> Vec<Bytes> {
        let Self {
            document, epoch, ..
        } = *self;
        let after = Cursor {
            document,
            epoch,
            seq: after,
        };
        frames(after, changes)
    }
}

/// The changes after a cursor as frames, none of them so large that other documents wait long for their turn.
pub(super) fn frames<'a>(after: Cursor, changes: impl Iterator<Item = &'a Bytes>) -> Vec<Bytes> {
    let (mut frames, mut carried, mut size) = (Vec::new(), Vec::new(), 0);
    let mut first = after.seq + 1;
    for change in changes {
        if size + change.len() > CARRY && !carried.is_empty() {
            let full: Vec<_> = std::mem::take(&mut carried);
            let next = first + full.len() as u64;
            frames.push(encode_changes(after, first, full));
            (first, size) = (next, 0);
        }
        size += change.len();
        carried.push(change.to_vec().into());
    }
    if !carried.is_empty() {
        frames.push(encode_changes(after, first, carried));
    }
    frames
}

fn encode_changes(after: Cursor, first: u64, changes: Vec<minicbor::bytes::ByteVec>) -> Bytes {
    let Cursor {
        document, epoch, ..
    } = after;
    Frame::Changes(Changes {
        document,
        epoch,
        first,
        changes,
    })
    .encode()
    .into()
}

fn encode_snapshot(at: Cursor, bytes: &Bytes) -> Option<Bytes> {
    let frame = Frame::Snapshot(Snapshot {
        cursor: at,
        bytes: bytes.to_vec().into(),
    })
    .encode();
    (frame.len() <= MAX_FRAME).then(|| frame.into())
}
