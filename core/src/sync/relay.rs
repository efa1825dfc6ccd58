//! One document at the relay: takes pushes in order, refuses what may not be, confirms claims. Pure; the server
//! stores the rows before it tells anyone.

mod refused;
mod time;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Change, ChangeHash};
use sha2::{Digest as _, Sha256};

pub use refused::{RefusedChange, Written};
pub use time::Rung;

use super::chunk;
use super::frame::{
    Ack, Changes, Cursor, Frame, Hash, MAX_CHANGE, MAX_PUSH, Push, Refusal, Reject,
};
use crate::command::Author;
use crate::id::{DeviceId, DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::Request;
use crate::notices::{self, Cause};
use crate::schema::{self, Board, BoardError, Keep, Ledger, Lost};
use crate::time::Timestamp;

/// Who wrote a change. Only this is trusted, never the actor or the time inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The relay itself.
    Relay,
    /// A member, on a device.
    Device(MemberId, DeviceId),
}

/// One line of a document's log, to be stored before anyone hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document.
    pub document: DocumentId,
    /// Its epoch.
    pub epoch: u32,
    /// Its place in the log, from 1, without a gap.
    pub seq: u64,
    /// The hash of the change.
    pub hash: [u8; 32],
    /// The automerge actor that wrote it; belongs to one device for ever.
    pub actor: Vec<u8>,
    /// The change, uncompressed.
    pub bytes: Vec<u8>,
    /// Who wrote it.
    pub origin: Origin,
    /// When the relay took it.
    pub received_at: Timestamp,
}

/// Owns the actors that no device may use.
const NOBODY: DeviceId = DeviceId::from_bytes([0; 16]);

/// What became of one push. The document holds the rows already; when they cannot be stored, drop the document
/// and restore it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// To be stored, the author's first, then the relay's own.
    pub rows: Vec<Row>,
    /// For the author, once the rows are stored.
    pub answers: Vec<Frame>,
    /// For every other subscriber, once the rows are stored: what the author wrote.
    pub news: Option<Frame>,
    /// For every subscriber, the author too: what the relay wrote itself.
    pub verdict: Option<Frame>,
    /// What was not taken, for whoever is to look at it later.
    pub refused: Vec<RefusedChange>,
    /// The requests that were written about.
    pub touched: BTreeSet<RequestId>,
    /// What of that is news to somebody.
    pub causes: Vec<Cause>,
}

impl Admission {
    fn refusing(push: &Push, reason: Reason) -> Self {
        Self {
            answers: vec![refuse(push, reason)],
            ..Self::default()
        }
    }
}

/// The log and snapshot do not make a document.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A board cannot be read.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// A row is no automerge change.
    #[error("row {0} of the log is not a change")]
    Row(u64),
}

/// One document as the relay holds it in memory.
#[derive(Debug)]
pub struct RelayDocument {
    document: DocumentId,
    epoch: u32,
    seq: u64,
    ledger: Ledger,
    /// The document itself, as it was before [`Self::late`].
    board: Board,
    /// Changes that are in the ledger and not in the board: one by one they would cost hundreds of times as much.
    late: Vec<Change>,
    /// Whom the relay writes as.
    actor: ActorId,
    actors: BTreeMap<Vec<u8>, DeviceId>,
    /// How many operations it may hold before it takes no new requests.
    room: u64,
    /// In what order unconfirmed claims came in, as far as this process saw them come.
    waiting: BTreeMap<RequestId, Vec<MemberId>>,
}

impl RelayDocument {
    /// Restores a document from its snapshot, if any, and the rows after it.
    ///
    /// `actor` is 16 random bytes, for what the relay writes itself. `bound` says which actor belongs to which
    /// device.
    ///
    /// # Errors
    /// When the stored bytes do not make a document.
    pub fn restore(
        at: Cursor,
        snapshot: Option<&[u8]>,
        rows: impl IntoIterator<Item = Vec<u8>>,
        bound: impl IntoIterator<Item = (Vec<u8>, DeviceId)>,
        actor: [u8; 16],
    ) -> Result<Self, RestoreError> {
        let board = match snapshot {
            Some(bytes) => Board::load(bytes)?,
            None => Board::found(at.document, at.epoch)?,
        };
        // What the relay writes, and what founded the board, no device can write.
        let founding = Board::founding_actor(at.document, at.epoch);
        let reserved = [actor, founding].map(|actor| (actor.to_vec(), NOBODY));
        let mut restored = Self {
            document: at.document,
            epoch: at.epoch,
            seq: at.seq,
            ledger: board.changes().iter().collect(),
            board,
            late: Vec::new(),
            actor: ActorId::from(actor),
            actors: reserved.into_iter().collect(),
            room: u64::MAX,
            waiting: BTreeMap::new(),
        };
        restored.receive(rows, bound)?;
        Ok(restored)
    }

    /// Takes the rows that follow on [`Self::cursor`] in the log, which another relay stored, and the actors bound
    /// meanwhile.
    ///
    /// # Errors
    /// When a row is no change; then the document must be restored.
    pub fn receive(
        &mut self,
        rows: impl IntoIterator<Item = Vec<u8>>,
        bound: impl IntoIterator<Item = (Vec<u8>, DeviceId)>,
    ) -> Result<(), RestoreError> {
        for bytes in rows {
            let row = self.seq + 1;
            let change = chunk::read(&bytes).ok_or(RestoreError::Row(row))?;
            let claims = self.ledger.take(change.hash(), &change.decode());
            self.late.push(change);
            self.seq = row;
            self.wait(claims);
        }
        self.actors.extend(bound);
        Ok(())
    }

    /// Remembers in what order claims came.
    fn wait(&mut self, claims: impl IntoIterator<Item = (RequestId, MemberId)>) {
        for (request, member) in claims {
            let waiting = self.waiting.entry(request).or_default();
            waiting.retain(|&known| known != member);
            waiting.push(member);
        }
    }

    /// How far the log goes.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor {
            document: self.document,
            epoch: self.epoch,
            seq: self.seq,
        }
    }

    /// How many operations it holds: a measure of the memory it takes.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.ledger.operations()
    }

    /// Sets how many operations it may hold before it takes no new requests. What is on the board can go on to its
    /// end a while longer, since nothing may close untold: up to an eighth more.
    #[must_use]
    pub const fn with_room(mut self, operations: u64) -> Self {
        self.room = operations;
        self
    }

    fn is_full_for(&self, logs_request: bool) -> bool {
        let room = if logs_request {
            self.room
        } else {
            self.room.saturating_add(self.room / 8)
        };
        self.ledger.operations() >= room
    }

    /// The whole document, as a snapshot at [`Self::cursor`].
    ///
    /// # Errors
    /// When automerge finds a contradiction in what passed the gate.
    pub fn save(&mut self) -> Result<Vec<u8>, BoardError> {
        Ok(self.board()?.save())
    }

    /// The board, for reading.
    ///
    /// # Errors
    /// When automerge finds a contradiction in what passed the gate.
    pub fn board(&mut self) -> Result<&Board, BoardError> {
        if !self.late.is_empty() {
            self.board.apply(std::mem::take(&mut self.late))?;
            debug_assert_eq!(self.board.heads(), self.ledger.heads());
            debug_assert_eq!(self.board.requests(), self.ledger.requests());
        }
        Ok(&self.board)
    }

    /// The snapshot with which the document begins the epoch `next`: what is there now without its history, and
    /// without what is no longer to be kept. The same content gives the same bytes.
    ///
    /// # Errors
    /// When automerge finds a contradiction in what passed the gate.
    pub fn rotate(&mut self, next: u32, keep: Keep<'_>) -> Result<Vec<u8>, BoardError> {
        let document = self.document;
        Ok(self.board()?.renew(document, next, keep)?.save())
    }

    /// The snapshot with which a document that comes from a backup begins the epoch `next`: everything that is there,
    /// and up to where that goes. Phones that were further have what is missing.
    ///
    /// # Errors
    /// When automerge finds a contradiction in what passed the gate.
    pub fn put_back(&mut self, next: u32) -> Result<Vec<u8>, BoardError> {
        let document = self.document;
        let lost = Lost {
            epoch: self.epoch,
            seq: self.seq,
            until: next,
        };
        Ok(self.board()?.put_back(document, lost)?.save())
    }

    /// Takes a push of a device: checks every change, applies the good ones, confirms claims.
    pub fn push(
        &mut self,
        push: &Push,
        author: &Author<'_>,
        device: DeviceId,
        now: Timestamp,
    ) -> Admission {
        let mut admission = Admission::default();
        let mut known = Vec::new();
        let mut refused = Vec::new();
        let mut before = BTreeMap::new();
        let mut touched = BTreeSet::new();
        let mut orders = Vec::new();
        let first = self.seq + 1;
        if push.epoch != self.epoch {
            return Admission::refusing(push, Reason::MissingDependency);
        }
        if push.changes.len() > MAX_PUSH {
            return Admission::refusing(push, Reason::TooLarge);
        }
        for bytes in &push.changes {
            match self.admit(bytes, author, device, now, &mut before) {
                Ok(Admitted::New(row, what)) => {
                    admission.rows.push(row);
                    touched.extend(what.claims);
                    orders.extend(what.orders);
                    admission.touched.extend(what.requests);
                }
                Ok(Admitted::Known(hash)) => known.push(hash),
                Err(reason) => {
                    let hash = hash_of(bytes);
                    admission.refused.extend(self.refused(bytes, hash, reason));
                    refused.push(Refusal { hash, reason });
                }
            }
        }
        let (document, epoch) = (self.document, self.epoch);
        if !known.is_empty() {
            admission.answers.push(Frame::Ack(Ack {
                document,
                epoch,
                first: 0,
                hashes: known,
            }));
        }
        if !admission.rows.is_empty() {
            let hashes = admission.rows.iter().map(|row| row.hash.into()).collect();
            admission.answers.push(Frame::Ack(Ack {
                document,
                epoch,
                first,
                hashes,
            }));
            admission.news = Some(changes_frame(&admission.rows));
        }
        if !refused.is_empty() {
            admission
                .answers
                .push(Frame::Reject(Reject { document, refused }));
        }
        if let Some(row) = self.settle(touched, &orders, now) {
            admission.verdict = Some(changes_frame(std::slice::from_ref(&row)));
            admission.rows.push(row);
        }
        for (request, was) in before {
            if let Some(is) = self.ledger.request(request) {
                let news = notices::causes(was.as_ref(), &is, Some(author.member), now);
                admission.causes.extend(news);
            }
        }
        admission
    }

    /// The requests on the board, as they are now.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.ledger.requests()
    }

    fn admit(
        &mut self,
        bytes: &[u8],
        author: &Author<'_>,
        device: DeviceId,
        now: Timestamp,
        before: &mut BTreeMap<RequestId, Option<Request>>,
    ) -> Result<Admitted, Reason> {
        let change = chunk::parse(bytes)?;
        let hash = change.hash();
        if self.ledger.has(&hash) {
            return Ok(Admitted::Known(hash.0.into()));
        }
        let actor = change.actor_id().to_bytes().to_vec();
        if self
            .actors
            .get(&actor)
            .is_some_and(|&owner| owner != device)
        {
            return Err(Reason::NotAllowed);
        }
        let passed = schema::check(&self.ledger, &change, author)?;
        if self.is_full_for(passed.touched.logs_request) {
            return Err(Reason::DocumentFull);
        }
        for &request in &passed.touched.requests {
            let was = before.entry(request);
            was.or_insert_with(|| self.ledger.request(request));
        }
        let claimed = self.ledger.take(hash, &passed.change);
        self.wait(claimed);
        self.late.push(change);
        self.actors.insert(actor.clone(), device);
        let origin = Origin::Device(author.member, device);
        let row = self.next_row(hash, actor, bytes.to_vec(), origin, now);
        Ok(Admitted::New(row, passed.touched))
    }

    fn next_row(
        &mut self,
        hash: ChangeHash,
        actor: Vec<u8>,
        bytes: Vec<u8>,
        origin: Origin,
        received_at: Timestamp,
    ) -> Row {
        self.seq += 1;
        Row {
            document: self.document,
            epoch: self.epoch,
            seq: self.seq,
            hash: hash.0,
            actor,
            bytes,
            origin,
            received_at,
        }
    }
}

enum Admitted {
    New(Row, schema::Touched),
    Known(Hash),
}

/// The hash of a change, also of one that cannot be read: the SHA-256 of everything after its magic bytes and
/// checksum.
fn hash_of(bytes: &[u8]) -> Hash {
    let chunk = bytes.get(8..).unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(chunk).into();
    hash.into()
}

/// The answer to a push of which nothing is taken.
#[must_use]
pub fn refuse(push: &Push, reason: Reason) -> Frame {
    let refusal = |bytes: &minicbor::bytes::ByteVec| Refusal {
        hash: hash_of(bytes),
        reason,
    };
    Frame::Reject(Reject {
        document: push.document,
        refused: push.changes.iter().map(refusal).collect(),
    })
}

/// What is kept of a push of which nothing is taken.
pub fn refused(push: &Push, reason: Reason) -> impl Iterator<Item = RefusedChange> {
    let changes = push.changes.iter().take(MAX_PUSH);
    changes
        .filter(|bytes| bytes.len() <= MAX_CHANGE)
        .map(move |bytes| RefusedChange {
            hash: hash_of(bytes).into(),
            reason,
            bytes: bytes.to_vec(),
            requests: Vec::new(),
        })
}

fn changes_frame(rows: &[Row]) -> Frame {
    let (document, epoch, first) = rows
        .first()
        .map_or((DocumentId::from_bytes([0; 16]), 0, 0), |row| {
            (row.document, row.epoch, row.seq)
        });
    let changes = rows.iter().map(|row| row.bytes.clone().into()).collect();
    Frame::Changes(Changes {
        document,
        epoch,
        first,
        changes,
    })
}
