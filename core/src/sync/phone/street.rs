//! One street's board on the phone.

use automerge::{Change, ChangeHash};

use super::super::chunk;
use super::super::frame::Refusal;
use super::super::record::{Key, Outgoing, Place};
use super::Batch;
use super::kept::Kept;
use crate::command::{Author, Command, perform};
use crate::id::{AreaId, DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::Request;
use crate::schema::{Board, BoardError, Lost};
use crate::time::Timestamp;
use crate::view::{Refused, StreetRead};

/// Below this many bytes of single changes a snapshot is not worth writing.
const COMPACT_ABOVE: usize = 16 << 10;

/// A snapshot is written anew when the single changes after it pass this part of its size: reading them one by one at
/// the next start takes longer than reading all of it.
const SNAPSHOT_SHARE: usize = 8;

/// Work the relay has not confirmed.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) hash: [u8; 32],
    pub(super) outgoing: Outgoing,
    /// The batch that must be stored before it may be sent; `None` once it is.
    pub(super) batch: Option<u64>,
    /// Whether it was sent on the present connection.
    pub(super) sent: bool,
}

#[derive(Debug, Clone)]
pub(super) struct LocalStreet {
    pub(super) document: DocumentId,
    pub(super) area: AreaId,
    pub(super) board: Board,
    pub(super) place: Place,
    /// The newest changes the relay confirmed or sent.
    confirmed: Vec<ChangeHash>,
    /// Whether the relay's changes do not join on to these: it lost some, and this phone must begin with its whole.
    pub(super) is_adrift: bool,
    /// In an order in which each builds only on those before it.
    pub(super) pending: Vec<Pending>,
    pub(super) refused: Vec<Refused>,
    /// What the relay has, in its order, for the case that it goes on from a backup without it.
    pub(super) kept: Vec<Kept>,
    /// What the relay lost, each time it went on from a backup.
    pub(super) lost: Vec<Lost>,
    /// Sequence numbers of the changes stored one by one.
    increments: Vec<u64>,
    increment_bytes: usize,
    snapshot_bytes: usize,
    /// What screens read, until something changes.
    pub(super) read: Option<StreetRead>,
}

impl LocalStreet {
    pub(super) fn found(
        document: DocumentId,
        area: AreaId,
        actor: [u8; 16],
    ) -> Result<Self, BoardError> {
        let mut board = Board::found(document, 0)?;
        board.write_as(actor);
        Ok(Self {
            document,
            area,
            confirmed: board.heads(),
            is_adrift: false,
            board,
            place: Place { epoch: 0, seq: 0 },
            pending: Vec::new(),
            refused: Vec::new(),
            kept: Vec::new(),
            lost: Vec::new(),
            increments: Vec::new(),
            increment_bytes: 0,
            snapshot_bytes: 0,
            read: None,
        })
    }

    /// The street's place in the tree; may change when areas are arranged anew.
    pub(super) fn lies_in(&mut self, area: AreaId) {
        self.area = area;
        self.read = None;
    }

    pub(super) fn read(&mut self) -> &StreetRead {
        let read = self.read.take().unwrap_or_else(|| self.read_board());
        self.read.insert(read)
    }

    fn read_board(&self) -> StreetRead {
        let requests = self.board.requests();
        let mut names = Vec::new();
        let writers = |request: &Request| -> Vec<MemberId> {
            let entries = request.entries.iter();
            let writers = entries.filter(|entry| entry.kind.names_its_writer());
            let writers = writers.filter_map(|entry| entry.by);
            request.claims.keys().copied().chain(writers).collect()
        };
        for member in requests.iter().flat_map(writers) {
            if names.iter().all(|(known, _)| *known != member) {
                names.extend(self.board.helper_name(member).map(|name| (member, name)));
            }
        }
        StreetRead {
            area: self.area,
            requests,
            names,
            unsent: self
                .pending
                .iter()
                .map(|pending| pending.outgoing.request)
                .chain(self.waiting().map(|kept| kept.outgoing.request))
                .collect(),
            refused: self.refused.clone(),
        }
    }

    /// Keeps a change this tab just made, with its intent, until the relay confirms it.
    pub(super) fn remember(
        &mut self,
        change: &Change,
        command: Command,
        request: RequestId,
        at: Timestamp,
        batch: &mut Batch,
    ) {
        let hash = change.hash().0;
        let outgoing = Outgoing {
            epoch: self.place.epoch,
            request,
            command,
            at,
            change: chunk::bytes(change),
        };
        batch.put(&Key::Outbox(self.document, hash), &outgoing);
        self.read = None;
        // The number is given when the batch is handed out; until then the highest stands for "not yet".
        self.pending.push(Pending {
            hash,
            outgoing,
            batch: Some(u64::MAX),
            sent: false,
        });
    }

    /// Takes a saved document in place of what was there. Pending work is not touched.
    pub(super) fn load_snapshot(
        &mut self,
        bytes: &[u8],
        place: Place,
        actor: [u8; 16],
    ) -> Result<(), BoardError> {
        let board = Board::load(bytes)?;
        self.begin_with(board, place, actor);
        self.snapshot_bytes = bytes.len();
        Ok(())
    }

    fn begin_with(&mut self, mut board: Board, place: Place, actor: [u8; 16]) {
        board.write_as(actor);
        self.confirmed = board.heads();
        self.is_adrift = false;
        self.lost = board.lost();
        self.board = board;
        self.place = place;
        self.increments.clear();
        self.increment_bytes = 0;
    }

    /// Takes changes with the relay's sequence numbers, all at or after the cursor's next.
    pub(super) fn confirm(&mut self, changes: Vec<(u64, Vec<u8>)>) -> Result<(), BoardError> {
        let mut parsed = Vec::with_capacity(changes.len());
        for (seq, bytes) in changes {
            let Some(change) = chunk::read(&bytes) else {
                continue;
            };
            self.confirmed.retain(|head| !change.deps().contains(head));
            self.confirmed.push(change.hash());
            self.pending
                .retain(|pending| pending.hash != change.hash().0);
            self.increments.push(seq);
            self.increment_bytes += bytes.len();
            self.place.seq = self.place.seq.max(seq);
            parsed.push(change);
        }
        self.board.apply(parsed)?;
        self.is_adrift = !self.confirmed.iter().all(|head| self.board.has(head));
        Ok(())
    }

    /// Takes changes from the relay and writes them down. `false`: a change is missing before these.
    pub(super) fn receive(
        &mut self,
        first: u64,
        changes: impl Iterator<Item = Vec<u8>>,
        batch: &mut Batch,
    ) -> Result<bool, BoardError> {
        let next = self.place.seq + 1;
        if first > next {
            return Ok(false);
        }
        let fresh: Vec<_> = (first..)
            .zip(changes)
            .filter(|&(seq, _)| seq >= next)
            .collect();
        if fresh.iter().any(|(_, bytes)| chunk::read(bytes).is_none()) {
            return Ok(false);
        }
        for (seq, bytes) in &fresh {
            batch.put_raw(&Key::Increment(self.document, *seq), bytes.clone());
            let hash = chunk::read(bytes).map(|change| change.hash().0);
            let own = self.pending.iter().find(|own| Some(own.hash) == hash);
            if let Some(own) = own.cloned() {
                batch.delete(&Key::Outbox(self.document, own.hash));
                let place = Place {
                    seq: *seq,
                    ..self.place
                };
                self.keep(place, own.outgoing, batch);
            }
        }
        if !fresh.is_empty() {
            self.confirm(fresh)?;
            batch.put(&Key::Cursor(self.document), &self.place);
        }
        Ok(!self.is_adrift)
    }

    /// The relay has these changes of ours, from `first` on. `false`: they do not follow on what we have.
    pub(super) fn acknowledge(
        &mut self,
        first: u64,
        hashes: &[[u8; 32]],
        batch: &mut Batch,
    ) -> Result<bool, BoardError> {
        let mut changes = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let Some(pending) = self.pending.iter().find(|pending| &pending.hash == hash) else {
                return Ok(false);
            };
            changes.push(pending.outgoing.change.clone());
        }
        self.receive(first, changes.into_iter(), batch)
    }

    /// Writes one snapshot in place of many single changes, when they outgrew it and nothing is pending: what is
    /// pending may yet be refused and must not be in it.
    pub(super) fn compact(&mut self, batch: &mut Batch) {
        let outgrown = (self.snapshot_bytes / SNAPSHOT_SHARE).max(COMPACT_ABOVE);
        if self.pending.is_empty() && self.increment_bytes > outgrown {
            let bytes = self.board.save();
            self.snapshot_bytes = bytes.len();
            batch.put_raw(&Key::Snapshot(self.document), bytes);
            for seq in self.increments.drain(..) {
                batch.delete(&Key::Increment(self.document, seq));
            }
            self.increment_bytes = 0;
        }
    }

    /// Replaces the document by the relay's, in its epoch, and makes anew what was pending in another. Without bytes
    /// it is what every document of that epoch begins with.
    pub(super) fn replace(
        &mut self,
        bytes: Option<&[u8]>,
        place: Place,
        author: Author<'_>,
        actor: [u8; 16],
        batch: &mut Batch,
    ) -> Result<(), BoardError> {
        let before = self.place;
        let same_epoch = place.epoch == before.epoch;
        let increments = std::mem::take(&mut self.increments);
        if let Some(bytes) = bytes {
            self.load_snapshot(bytes, place, actor)?;
            batch.put_raw(&Key::Snapshot(self.document), bytes.to_vec());
        } else {
            let board = Board::found(self.document, place.epoch)?;
            self.begin_with(board, place, actor);
            batch.delete(&Key::Snapshot(self.document));
        }
        batch.put(&Key::Cursor(self.document), &self.place);
        for seq in increments {
            batch.delete(&Key::Increment(self.document, seq));
        }
        let pending = std::mem::take(&mut self.pending);
        let has = |board: &Board, pending: &Pending| board.has(&ChangeHash(pending.hash));
        let mut found = pending.iter().filter(|own| has(&self.board, own)).count() as u64;
        let lost: Vec<RequestId> = self.waiting().map(|kept| kept.outgoing.request).collect();
        for (number, pending) in (1..).zip(pending) {
            // The relay never had it: it stands after everything that it had.
            let unsaid = Place {
                seq: before.seq.saturating_add(number),
                ..before
            };
            if has(&self.board, &pending) {
                // Where exactly it stands is not said: not after this.
                found -= 1;
                let seq = place.seq.saturating_sub(found);
                batch.delete(&Key::Outbox(self.document, pending.hash));
                self.keep(Place { seq, ..place }, pending.outgoing, batch);
            } else if self.is_lost(unsaid) && self.builds_on(&lost, &pending.outgoing) {
                batch.delete(&Key::Outbox(self.document, pending.hash));
                self.keep(unsaid, pending.outgoing, batch);
            } else if same_epoch && self.reapply(&pending)? {
                self.pending.push(pending);
            } else {
                self.make_anew(pending, author, batch)?;
            }
        }
        self.make_good(author, batch)
    }

    /// The relay would not take these changes: keeps them to be shown, and makes anew what was built on them.
    pub(super) fn refuse(
        &mut self,
        refused: &[Refusal],
        author: Author<'_>,
        actor: [u8; 16],
        batch: &mut Batch,
    ) -> Result<(), BoardError> {
        let reason = |pending: &Pending| {
            refused
                .iter()
                .find(|refusal| *refusal.hash == pending.hash)
                .map(|refusal| refusal.reason)
        };
        if self.pending.iter().all(|pending| reason(pending).is_none()) {
            return Ok(());
        }
        self.board = self.board.fork_at(&self.confirmed)?;
        self.board.write_as(actor);
        for pending in std::mem::take(&mut self.pending) {
            let reason = reason(&pending);
            // What was refused only for what it was built on is made anew without that. When what it was built on
            // is confirmed, making it anew would change nothing, for ever.
            let is_consequence =
                reason == Some(Reason::MissingDependency) && !self.has_dependencies_of(&pending);
            if let Some(reason) = reason.filter(|_| !is_consequence) {
                self.keep_refused(pending, reason, batch);
            } else if !is_consequence && self.reapply(&pending)? {
                self.pending.push(pending);
            } else {
                self.make_anew(pending, author, batch)?;
            }
        }
        Ok(())
    }

    fn has_dependencies_of(&self, pending: &Pending) -> bool {
        let change = chunk::read(&pending.outgoing.change);
        change.is_some_and(|change| self.board.has_dependencies_of(&change))
    }

    /// Puts a pending change back on the board, if everything it builds on is there.
    pub(super) fn reapply(&mut self, pending: &Pending) -> Result<bool, BoardError> {
        let Some(change) = chunk::read(&pending.outgoing.change) else {
            return Ok(false);
        };
        if !self.board.has_dependencies_of(&change) {
            return Ok(false);
        }
        let hash = change.hash();
        self.board.apply([change])?;
        Ok(self.board.has(&hash))
    }

    /// Performs an intent again. What the rules no longer allow is kept and shown, never dropped.
    fn make_anew(
        &mut self,
        pending: Pending,
        author: Author<'_>,
        batch: &mut Batch,
    ) -> Result<(), BoardError> {
        let Outgoing {
            command,
            request,
            at,
            ..
        } = pending.outgoing.clone();
        match perform(&mut self.board, &command, author, request, at) {
            Ok(Some(change)) => {
                batch.delete(&Key::Outbox(self.document, pending.hash));
                self.remember(&change, command, request, at, batch);
            }
            Ok(None) => batch.delete(&Key::Outbox(self.document, pending.hash)),
            Err(crate::command::CommandError::Refused(reason)) => {
                self.keep_refused(pending, reason, batch);
            }
            Err(crate::command::CommandError::Board(error)) => return Err(error),
        }
        Ok(())
    }

    fn keep_refused(&mut self, pending: Pending, reason: Reason, batch: &mut Batch) {
        batch.delete(&Key::Outbox(self.document, pending.hash));
        self.show_refused(pending.outgoing, reason, batch);
    }

    pub(super) fn show_refused(&mut self, work: Outgoing, reason: Reason, batch: &mut Batch) {
        let Outgoing {
            request,
            command,
            at,
            ..
        } = work;
        let refused = Refused {
            request,
            command,
            at,
            reason,
        };
        // A request that was not taken is what there is to show; what was done to it falls with it.
        let is_log = |known: &Refused| known.command.street().is_some();
        let mut known = self.refused.iter().filter(|known| known.request == request);
        if !known.any(is_log) {
            batch.put(&Key::Refused(self.document, request), &refused);
            self.keep_shown(refused);
        }
    }

    /// One refused piece of work per request is shown: the latest.
    pub(super) fn keep_shown(&mut self, refused: Refused) {
        self.refused
            .retain(|known| known.request != refused.request);
        self.refused.push(refused);
    }

    /// Removes the document from the phone, but keeps this member's unsent work, to be shown as refused.
    pub(super) fn forget(&mut self, batch: &mut Batch) {
        for pending in std::mem::take(&mut self.pending) {
            self.keep_refused(pending, Reason::UnknownDocument, batch);
        }
        self.forget_kept(batch);
        for seq in self.increments.drain(..) {
            batch.delete(&Key::Increment(self.document, seq));
        }
        batch.delete(&Key::Snapshot(self.document));
        batch.delete(&Key::Cursor(self.document));
    }

    /// Takes back work that another tab found refused or made anew.
    pub(super) fn forget_pending(
        &mut self,
        hash: [u8; 32],
        actor: [u8; 16],
    ) -> Result<(), BoardError> {
        let before = self.pending.len();
        self.pending.retain(|pending| pending.hash != hash);
        if self.pending.len() == before {
            return Ok(());
        }
        self.board = self.board.fork_at(&self.confirmed)?;
        self.board.write_as(actor);
        for pending in std::mem::take(&mut self.pending) {
            self.reapply(&pending)?;
            self.pending.push(pending);
        }
        Ok(())
    }

    /// Takes in pending work that was stored, after what it builds on.
    pub(super) fn take_pending(&mut self, fresh: Pending) {
        let order = |pending: &Pending| {
            chunk::read(&pending.outgoing.change).map_or(u64::MAX, |change| change.start_op().get())
        };
        // Word of another tab may come so late that the relay has confirmed it meanwhile.
        let is_known = self.board.has(&ChangeHash(fresh.hash))
            || self
                .pending
                .iter()
                .any(|pending| pending.hash == fresh.hash);
        if !is_known {
            let own = order(&fresh);
            let at = self
                .pending
                .partition_point(|pending| order(pending) <= own);
            self.pending.insert(at, fresh);
        }
    }
}
