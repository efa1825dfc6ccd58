//! One document at the relay: takes pushes in order, refuses what may not be, confirms claims. Pure; the server
//! stores the rows before it tells anyone.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Change;

use super::frame::{
    Ack, Changes, Cursor, Frame, Hash, MAX_CHANGE, MAX_PUSH, Push, Refusal, Reject,
};
use crate::command::Author;
use crate::id::{DeviceId, DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::schema::{self, Board, BoardError};
use crate::time::Timestamp;
use crate::view::stage;

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
    board: Board,
    actors: BTreeMap<Vec<u8>, DeviceId>,
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
        let mut board = match snapshot {
            Some(bytes) => Board::load(bytes)?,
            None => Board::found(at.document, at.epoch)?,
        };
        let mut changes = Vec::new();
        let mut seq = at.seq;
        for bytes in rows {
            seq += 1;
            changes.push(Change::from_bytes(bytes).map_err(|_| RestoreError::Row(seq))?);
        }
        board.apply(changes)?;
        board.write_as(actor);
        // What the relay writes, and what founded the board, no device can write.
        let founding = Board::founding_actor(at.document, at.epoch);
        let reserved = [actor, founding].map(|actor| (actor.to_vec(), NOBODY));
        Ok(Self {
            document: at.document,
            epoch: at.epoch,
            seq,
            board,
            actors: bound.into_iter().chain(reserved).collect(),
            waiting: BTreeMap::new(),
        })
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

    /// The whole document, as a snapshot at [`Self::cursor`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.board.save()
    }

    /// The board, for reading.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
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
        let mut touched = BTreeSet::new();
        let first = self.seq + 1;
        if push.epoch == self.epoch && push.changes.len() <= MAX_PUSH {
            for bytes in &push.changes {
                match self.admit(bytes, author, device, now) {
                    Ok(Admitted::New(row, claims)) => {
                        admission.rows.push(row);
                        touched.extend(claims);
                    }
                    Ok(Admitted::Known(hash)) => known.push(hash),
                    Err(refusal) => refused.push(refusal),
                }
            }
        } else {
            let reason = if push.epoch == self.epoch {
                Reason::TooLarge
            } else {
                Reason::MissingDependency
            };
            refused.extend(push.changes.iter().map(|bytes| Refusal {
                hash: hash_of(bytes),
                reason,
            }));
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
        if let Some(row) = self.settle(touched, now) {
            admission.verdict = Some(changes_frame(std::slice::from_ref(&row)));
            admission.rows.push(row);
        }
        admission
    }

    fn admit(
        &mut self,
        bytes: &[u8],
        author: &Author<'_>,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Admitted, Refusal> {
        let refuse = |hash, reason| Refusal { hash, reason };
        if bytes.len() > MAX_CHANGE {
            return Err(refuse(Hash::from([0; 32]), Reason::TooLarge));
        }
        let change =
            parse(bytes).ok_or_else(|| refuse(Hash::from([0; 32]), Reason::InvalidChange))?;
        let hash = change.hash();
        if self.board.has(&hash) {
            return Ok(Admitted::Known(hash.0.into()));
        }
        let actor = change.actor_id().to_bytes().to_vec();
        if self
            .actors
            .get(&actor)
            .is_some_and(|&owner| owner != device)
        {
            return Err(refuse(hash.0.into(), Reason::NotAllowed));
        }
        if !self.board.has_dependencies_of(&change) {
            return Err(refuse(hash.0.into(), Reason::MissingDependency));
        }
        let touched = schema::check(&self.board, &change, author)
            .map_err(|reason| refuse(hash.0.into(), reason))?;
        self.board
            .apply([change])
            .map_err(|_| refuse(hash.0.into(), Reason::InvalidChange))?;
        if !self.board.has(&hash) {
            // A gap in the actor's own numbering: automerge holds such a change back, for ever.
            return Err(refuse(hash.0.into(), Reason::MissingDependency));
        }
        self.actors.insert(actor.clone(), device);
        for &request in &touched.claims {
            let waiting = self.waiting.entry(request).or_default();
            waiting.retain(|&member| member != author.member);
            waiting.push(author.member);
        }
        let row = self.next_row(
            hash.0,
            actor,
            bytes.to_vec(),
            Origin::Device(author.member, device),
            now,
        );
        Ok(Admitted::New(row, touched.claims))
    }

    fn next_row(
        &mut self,
        hash: [u8; 32],
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
            hash,
            actor,
            bytes,
            origin,
            received_at,
        }
    }

    /// Confirms the first claims the relay took, one per place, and lets go of matches whose helper withdrew.
    fn settle(
        &mut self,
        requests: impl IntoIterator<Item = RequestId>,
        now: Timestamp,
    ) -> Option<Row> {
        let (mut confirmed, mut released) = (Vec::new(), Vec::new());
        for id in requests {
            let Some(request) = self.board.request(id) else {
                continue;
            };
            if !stage(&request).takes_claims() {
                continue;
            }
            let (standing, gone): (Vec<_>, Vec<_>) = request
                .matches
                .keys()
                .copied()
                .partition(|member| request.claims.contains_key(member));
            released.extend(gone.into_iter().map(|member| (id, member)));
            let seen = self.waiting.entry(id).or_default();
            let mut waiting: Vec<MemberId> = request
                .claims
                .keys()
                .copied()
                .filter(|member| !standing.contains(member))
                .collect();
            // Claims from before this process began are older than any it saw come in.
            waiting.sort_by_key(|member| {
                (
                    seen.iter().position(|seen| seen == member),
                    request.claims.get(member).copied(),
                    *member,
                )
            });
            let free = request.places.saturating_sub(standing.len());
            confirmed.extend(waiting.into_iter().take(free).map(|member| (id, member)));
        }
        if confirmed.is_empty() && released.is_empty() {
            return None;
        }
        let mut change = self.board.settle(&confirmed, &released, now).ok()??;
        let (hash, actor) = (change.hash().0, change.actor_id().to_bytes().to_vec());
        let bytes = uncompressed(&mut change);
        Some(self.next_row(hash, actor, bytes, Origin::Relay, now))
    }
}

enum Admitted {
    New(Row, Vec<RequestId>),
    Known(Hash),
}

/// Reads a change that travels uncompressed; anything else is refused before it can inflate.
pub(super) fn parse(bytes: &[u8]) -> Option<Change> {
    /// Where the type stands in an automerge chunk: after four magic bytes and four of checksum.
    const TYPE: usize = 8;
    /// The type of an uncompressed change.
    const CHANGE: u8 = 1;
    if bytes.get(TYPE) != Some(&CHANGE) {
        return None;
    }
    Change::from_bytes(bytes.to_vec()).ok()
}

/// The bytes of a change as they travel and are stored.
pub(super) fn uncompressed(change: &mut Change) -> Vec<u8> {
    change.raw_bytes().to_vec()
}

fn hash_of(bytes: &[u8]) -> Hash {
    parse(bytes)
        .map_or([0; 32], |change| change.hash().0)
        .into()
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
