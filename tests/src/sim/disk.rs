//! The database as the relays of one schedule meet it: what may go wrong at each write, and what others hear.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fastrand::Rng;
use kruispunt_core::id::{AuditId, DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Append, Change, Elsewhere, Entry, Rotation, Snapshot, StorageError, StoredDocument,
};

use super::ground::{Ground, must};
use super::hot::Hot;
use super::truth;

/// By how many epochs one that begins with a backup is later than what was lost.
const A_WHILE: u32 = 1_000;

/// What happens at one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    /// It is written, and the relay hears so.
    Works,
    /// Nothing is written: the disk is full.
    Full,
    /// It is written, but the relay hears that it failed: the answer was lost, or so said an fsync.
    Lies,
    /// The relay dies before it is written.
    DiesBefore,
    /// The relay dies when it is written, before it hears so.
    DiesAfter,
}

/// Why a write or read did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It does not fit: another relay was faster.
    Conflict,
    /// It failed; whether it was written is not known.
    Failed,
    /// The relay is gone.
    Died,
}

/// The database under the relays of one schedule.
pub(super) struct Disk<'a> {
    ground: &'a Ground,
    /// What each relay has yet to hear of the others.
    heard: Vec<VecDeque<Elsewhere>>,
    /// Every change that was ever written, by document and epoch, in order.
    written: BTreeMap<(DocumentId, u32), Vec<[u8; 32]>>,
    /// Requests that a new epoch left behind.
    pub(super) scrubbed: BTreeSet<RequestId>,
    /// Members with more than one tab.
    pub(super) with_tabs: BTreeSet<MemberId>,
    pub(super) rotations: usize,
    pub(super) conflicts: usize,
}

impl<'a> Disk<'a> {
    pub(super) fn new(ground: &'a Ground, relays: usize) -> Self {
        Self {
            ground,
            heard: vec![VecDeque::new(); relays],
            written: BTreeMap::new(),
            scrubbed: BTreeSet::new(),
            with_tabs: BTreeSet::new(),
            rotations: 0,
            conflicts: 0,
        }
    }

    pub(super) fn read(&self, document: DocumentId) -> StoredDocument {
        let read = self.ground.storage.load(document);
        must(self.ground.runtime.block_on(read)).unwrap_or_else(|| panic!("a document is gone"))
    }

    pub(super) fn changes_since(&self, document: DocumentId, epoch: u32, seq: u64) -> Vec<Change> {
        let read = self.ground.storage.changes_since(document, epoch, seq);
        must(self.ground.runtime.block_on(read))
    }

    pub(super) fn append(
        &mut self,
        relay: usize,
        appends: &[Append],
        luck: Luck,
    ) -> Result<(), Trouble> {
        self.write(luck, |disk| {
            let writing = disk.ground.storage.append(appends);
            disk.ground.runtime.block_on(writing)?;
            for append in appends {
                let Append {
                    document, epoch, ..
                } = *append;
                let written = disk.written.entry((document, epoch)).or_default();
                assert_eq!(
                    append.first_seq,
                    written.len() as u64 + 1,
                    "a log takes a gap or an overlap"
                );
                written.extend(append.changes.iter().map(|change| change.hash));
                let seq = written.len() as u64;
                let news = Elsewhere::Document {
                    document,
                    epoch,
                    seq,
                };
                disk.tell_others(relay, news);
            }
            Ok(())
        })
    }

    pub(super) fn put_snapshot(
        &mut self,
        document: DocumentId,
        snapshot: &Snapshot,
        luck: Luck,
    ) -> Result<(), Trouble> {
        self.write(luck, |disk| {
            let writing = disk.ground.storage.put_snapshot(document, snapshot);
            disk.ground.runtime.block_on(writing)
        })
    }

    pub(super) fn rotate(
        &mut self,
        relay: usize,
        rotation: &Rotation,
        luck: Luck,
    ) -> Result<(), Trouble> {
        let Rotation { document, next, .. } = *rotation;
        self.write(luck, |disk| {
            let before = disk.read(document);
            let log = disk.changes_since(document, before.position.epoch, 0);
            disk.ground
                .runtime
                .block_on(disk.ground.storage.rotate(rotation))?;
            disk.is_whole(document, before.position.epoch, &log);
            disk.scrubbed
                .extend(truth::left_behind(before, &rotation.snapshot));
            disk.rotations += 1;
            let news = Elsewhere::Document {
                document,
                epoch: next,
                seq: 0,
            };
            disk.tell_others(relay, news);
            Ok(())
        })
    }

    /// A document is again what it was in a backup, in an epoch that was never before.
    pub(super) fn put_back(&mut self, backup: StoredDocument, now: Timestamp) {
        let document = backup.position.document;
        let lost = self.read(document).position;
        let next = lost.epoch + A_WHILE;
        let mut hot = Hot::restore(backup, [255; 16]);
        let rotation = Rotation {
            document,
            epoch: lost.epoch,
            seq: lost.seq,
            next,
            snapshot: must(hot.document.put_back(next)).into(),
            at: now,
        };
        let putting_back = self.ground.storage.rotate(&rotation);
        must(self.ground.runtime.block_on(putting_back));
    }

    pub(super) fn revoke(&mut self, relay: usize, device: DeviceId, now: Timestamp) {
        let entry = Entry {
            // It is revoked once, so one that is made of its own does.
            id: AuditId::from_bytes(device.as_bytes().map(|byte| !byte)),
            at: now,
            member: None,
            device: None,
            area: None,
            deed: "device-revoked".to_owned(),
            subject: None,
            detail: None,
        };
        let revoking = self.ground.storage.revoke_device(device, &entry);
        must(self.ground.runtime.block_on(revoking));
        self.tell_others(relay, Elsewhere::Device(device));
    }

    pub(super) fn is_revoked(&self, device: DeviceId) -> bool {
        let read = self.ground.storage.device(device);
        let device = must(self.ground.runtime.block_on(read));
        device.is_none_or(|device| device.revoked_at.is_some())
    }

    fn write(
        &mut self,
        luck: Luck,
        writes: impl FnOnce(&mut Self) -> Result<(), StorageError>,
    ) -> Result<(), Trouble> {
        match luck {
            Luck::Full => return Err(Trouble::Failed),
            Luck::DiesBefore => return Err(Trouble::Died),
            _ => {}
        }
        match (writes(self), luck) {
            (Ok(()), Luck::Lies) => Err(Trouble::Failed),
            (Ok(()), Luck::DiesAfter) => Err(Trouble::Died),
            (Ok(()), _) => Ok(()),
            (Err(StorageError::Conflict(_)), _) => {
                self.conflicts += 1;
                Err(Trouble::Conflict)
            }
            (Err(error), _) => panic!("the database itself fails: {error}"),
        }
    }

    fn tell_others(&mut self, relay: usize, news: Elsewhere) {
        for (other, heard) in self.heard.iter_mut().enumerate() {
            if other != relay {
                heard.push_back(news);
            }
        }
    }

    /// What a relay hears next. Sometimes it could not listen for a while and only hears that there was something.
    pub(super) fn hears(&mut self, relay: usize, rng: &mut Rng) -> Option<Elsewhere> {
        let heard = self.heard.get_mut(relay)?;
        if !heard.is_empty() && rng.u8(0..8) == 0 {
            heard.clear();
            return Some(Elsewhere::Anything);
        }
        heard.pop_front()
    }

    /// A relay starts listening anew.
    pub(super) fn forgets(&mut self, relay: usize) {
        if let Some(heard) = self.heard.get_mut(relay) {
            heard.clear();
        }
    }

    pub(super) fn is_silent(&self) -> bool {
        self.heard.iter().all(VecDeque::is_empty)
    }

    /// Whether this change was ever on disk.
    pub(super) fn was_written(&self, document: DocumentId, epoch: u32, hash: &[u8; 32]) -> bool {
        let written = self.written.get(&(document, epoch));
        written.is_some_and(|hashes| hashes.contains(hash))
    }

    pub(super) fn rows(&self) -> usize {
        self.written.values().map(Vec::len).sum()
    }

    /// The log has everything that was ever written to it, once and in order.
    pub(super) fn is_whole(&self, document: DocumentId, epoch: u32, log: &[Change]) {
        for (change, seq) in log.iter().zip(1..) {
            assert_eq!(change.seq, seq, "the log has a gap");
        }
        let written = self.written.get(&(document, epoch));
        let hashes: Vec<_> = log.iter().map(|change| change.hash).collect();
        assert_eq!(
            written.map_or(&[][..], Vec::as_slice),
            hashes,
            "the log lost or made up something"
        );
        truth::keeps_order(log, &self.with_tabs);
    }
}
