//! Work the relay confirmed, kept for some days as it was meant: a relay whose machine is lost goes on from a backup,
//! and what was done after that backup is on the phones alone.

use super::super::record::{Key, Outgoing, Place};
use super::Batch;
use super::street::LocalStreet;
use crate::command::{Author, CommandError, perform};
use crate::id::RequestId;
use crate::message::Reason;
use crate::schema::BoardError;
use crate::view::stage;

/// How long it is kept, in milliseconds: a backup that is put back is not older.
const LONG_ENOUGH: i64 = 14 * 24 * 60 * 60 * 1000;

/// How much of one street is kept at most.
const ENOUGH: usize = 512;

/// Work that has, or had, a place in the relay's log.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) place: Place,
    /// Without its change, which is good for nothing in another epoch.
    pub(super) outgoing: Outgoing,
}

impl LocalStreet {
    /// Keeps work that the relay has, and lets the oldest go.
    pub(super) fn keep(&mut self, place: Place, mut outgoing: Outgoing, batch: &mut Batch) {
        outgoing.change = Vec::new();
        let now = outgoing.at.as_millis();
        batch.put(&Key::Kept(self.document, place), &outgoing);
        self.take_kept(Kept { place, outgoing });
        while let Some(oldest) = self.kept.first() {
            let age = now.saturating_sub(oldest.outgoing.at.as_millis());
            if age <= LONG_ENOUGH && self.kept.len() <= ENOUGH {
                break;
            }
            let oldest = self.kept.remove(0);
            batch.delete(&Key::Kept(self.document, oldest.place));
            if self.is_lost(oldest.place) {
                // What it waited for did not come back.
                self.show_refused(oldest.outgoing, Reason::UnknownDocument, batch);
            }
        }
    }

    /// Takes in a record, in the order of the relay's log.
    pub(super) fn take_kept(&mut self, kept: Kept) {
        let at = self.kept.partition_point(|known| known.place < kept.place);
        self.kept.retain(|known| known.place != kept.place);
        self.kept.insert(at.min(self.kept.len()), kept);
    }

    pub(super) fn is_lost(&self, Place { epoch, seq }: Place) -> bool {
        self.lost.iter().any(|lost| lost.holds(epoch, seq))
    }

    /// Work that the relay lost and that could not be made again yet.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(|kept| self.is_lost(kept.place))
    }

    /// Whether work that was never sent is about a request of which the relay lost something: all of it, perhaps, and
    /// then the phone of who logged it has it.
    pub(super) fn builds_on(&self, lost: &[RequestId], work: &Outgoing) -> bool {
        let is_lost = |request| lost.contains(&request) || self.board.request(request).is_none();
        work.command.request().is_some_and(is_lost)
    }

    /// Performs again what the relay lost. What does not go yet waits for the work of others that comes before it: a
    /// request of another phone, or the relay's word on a claim.
    pub(super) fn make_good(
        &mut self,
        author: Author<'_>,
        batch: &mut Batch,
    ) -> Result<(), BoardError> {
        let lost: Vec<Kept> = self.waiting().cloned().collect();
        let mut waiting = Vec::new();
        for Kept { place, outgoing } in lost {
            let Outgoing { request, at, .. } = outgoing;
            let command = outgoing.command.clone();
            // In the order in which they were done.
            if waiting.contains(&request) {
                continue;
            }
            match perform(&mut self.board, &command, author, request, at) {
                Ok(change) => {
                    self.kept.retain(|kept| kept.place != place);
                    batch.delete(&Key::Kept(self.document, place));
                    if let Some(change) = change {
                        self.remember(&change, command, request, at, batch);
                    }
                }
                Err(CommandError::Refused(_)) if self.may_come(request) => waiting.push(request),
                Err(CommandError::Refused(reason)) => {
                    self.kept.retain(|kept| kept.place != place);
                    batch.delete(&Key::Kept(self.document, place));
                    self.show_refused(outgoing, reason, batch);
                }
                Err(CommandError::Board(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether others may yet bring what work on this request lacks: nobody can once it is closed.
    fn may_come(&self, request: RequestId) -> bool {
        let request = self.board.request(request);
        request.is_none_or(|request| stage(&request).is_active())
    }

    /// The document goes from this phone; what waited is shown as refused.
    pub(super) fn forget_kept(&mut self, batch: &mut Batch) {
        for kept in std::mem::take(&mut self.kept) {
            batch.delete(&Key::Kept(self.document, kept.place));
            if self.is_lost(kept.place) {
                self.show_refused(kept.outgoing, Reason::UnknownDocument, batch);
            }
        }
    }
}
