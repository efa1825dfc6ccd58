//! The phone's side: keeps every street's board, what is not yet sent, and the conversation with the relay.
//!
//! Methods are events; what must happen outside comes back from [`Phone::drain`] as [`Effect`]s, to be carried out
//! in order. A change is sent only after the batch that holds it is durable, and shown as sent only after the
//! relay's ack.

mod forget;
mod kept;
mod link;
#[cfg(test)]
mod stories;
mod street;
mod tabs;

use self::street::LocalStreet;
use super::record::{Key, bytes};
use crate::command::{Author, Command, CommandError, perform};
use crate::id::{DocumentId, RequestId};
use crate::message::Reason;
use crate::model::{Helper, TreeError};
use crate::neighbourhood::{Me, Neighbourhood};
use crate::schema::{Board, BoardError};
use crate::time::Timestamp;
use crate::vec_map::VecMap;
use crate::view::{Query, Reader, View};

pub use self::link::Link;

/// Writes to the phone's store: all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Its number, given back in [`Phone::stored`].
    pub number: u64,
    /// Records to write, in order.
    pub puts: Vec<(String, Vec<u8>)>,
    /// Keys to remove, after the writes.
    pub deletes: Vec<String>,
}

impl Batch {
    fn put<T: minicbor::Encode<()>>(&mut self, key: &Key, record: &T) {
        self.put_raw(key, bytes(record));
    }

    fn put_raw(&mut self, key: &Key, bytes: Vec<u8>) {
        let key = key.to_string();
        // What is removed and then written again stays written.
        self.deletes.retain(|deleted| *deleted != key);
        self.puts.push((key, bytes));
    }

    fn delete(&mut self, key: &Key) {
        self.deletes.push(key.to_string());
    }

    fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}

/// Something that must happen outside, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write durably, tell the other tabs, then call [`Phone::stored`].
    Store(Batch),
    /// Open a connection after so many milliseconds, then call [`Phone::connected`] or [`Phone::disconnected`].
    Connect {
        /// How long to wait first.
        after_ms: u32,
    },
    /// Send a frame.
    Send(Vec<u8>),
    /// Close the connection; [`Phone::disconnected`] follows.
    Close,
    /// The session is no longer good: sign in again before the next connection.
    SignIn,
    /// What is known of the member is no longer so: ask the relay anew before the next connection.
    AskAnew,
    /// The relay no longer knows this device: everything stored here must go.
    Revoked,
    /// What screens show may have changed.
    Changed,
}

/// What is known about the safety of this phone's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Safekeeping {
    /// The conversation with the relay.
    pub link: Link,
    /// Pieces of work the relay has not confirmed.
    pub unsent: usize,
    /// Pieces of work the relay would not take.
    pub refused: usize,
}

/// The phone's records cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The stored places form no tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A board cannot be founded or read.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// A record is not what its key says.
    #[error("stored record {0} is unreadable")]
    Record(String),
}

/// One tab of one device of one member.
#[derive(Debug)]
pub struct Phone {
    neighbourhood: Option<Neighbourhood>,
    streets: VecMap<DocumentId, LocalStreet>,
    actor: [u8; 16],
    /// How often the actor was replaced because work had to be made anew.
    renewals: u16,
    /// What the relay said of helpers, for whoever looks for one. It is asked again at every start.
    helpers: Vec<Helper>,
    link: link::LinkState,
    batches: u64,
    effects: Vec<Effect>,
}

impl Phone {
    /// A phone with nothing on it. `actor` is 16 random bytes, fresh for every tab and every start.
    #[must_use]
    pub fn new(actor: [u8; 16]) -> Self {
        Self {
            neighbourhood: None,
            streets: VecMap::new(),
            actor,
            renewals: 0,
            helpers: Vec::new(),
            link: link::LinkState::default(),
            batches: 0,
            effects: Vec::new(),
        }
    }

    /// Takes what is to be done outside since the last call.
    pub fn drain(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The member and places, once known.
    #[must_use]
    pub const fn neighbourhood(&self) -> Option<&Neighbourhood> {
        self.neighbourhood.as_ref()
    }

    /// A street's board as it is in memory, unsent work included.
    #[must_use]
    pub fn board(&self, document: DocumentId) -> Option<&Board> {
        self.streets.get(&document).map(|street| &street.board)
    }

    /// What is known about the safety of this phone's work.
    #[must_use]
    pub fn safekeeping(&self) -> Safekeeping {
        Safekeeping {
            link: self.link.shown(),
            unsent: self
                .streets
                .values()
                .map(|street| street.pending.len() + street.waiting().count())
                .sum(),
            refused: self
                .streets
                .values()
                .map(|street| street.refused.len())
                .sum(),
        }
    }

    /// Takes the relay's answer about the member and their places, and stores it.
    ///
    /// # Errors
    /// When the answer's places form no tree; the earlier answer stays.
    pub fn know(&mut self, me: Me) -> Result<(), LoadError> {
        if self
            .neighbourhood
            .as_ref()
            .is_some_and(|known| known.me() == &me)
        {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.put(&Key::Me, &me);
        self.settle_in(me)?;
        self.store(batch);
        self.effects.push(Effect::Changed);
        Ok(())
    }

    /// Takes what the relay says of helpers, in place of what was known of the same people.
    pub fn know_helpers(&mut self, helpers: Vec<Helper>) {
        let is_anew = |known: &Helper| helpers.iter().any(|anew| anew.member == known.member);
        self.helpers.retain(|known| !is_anew(known));
        self.helpers.extend(helpers);
        self.effects.push(Effect::Changed);
    }

    fn settle_in(&mut self, me: Me) -> Result<(), LoadError> {
        let neighbourhood = Neighbourhood::new(me)?;
        for (document, area) in neighbourhood.documents() {
            match self.streets.get_mut(&document) {
                Some(street) => street.lies_in(area),
                None => {
                    self.streets
                        .insert(document, LocalStreet::found(document, area, self.actor)?);
                }
            }
        }
        self.neighbourhood = Some(neighbourhood);
        Ok(())
    }

    /// Does what a person asked for and stores it with its intent. The work is done once the batch whose number
    /// comes back is stored; without a number there was nothing to do.
    ///
    /// `fresh` names the request that a new one becomes.
    ///
    /// # Errors
    /// When a rule forbids it; nothing changes then.
    pub fn command(
        &mut self,
        command: Command,
        fresh: RequestId,
        now: Timestamp,
    ) -> Result<(RequestId, Option<u64>), CommandError> {
        let neighbourhood = self.neighbourhood.as_ref().ok_or(Reason::NotAllowed)?;
        let document = match command.street() {
            Some(area) => neighbourhood.document(area),
            None => command.request().and_then(|request| {
                self.streets
                    .iter()
                    .find(|(_, street)| street.board.request(request).is_some())
                    .map(|(&document, _)| document)
            }),
        };
        let street = document
            .and_then(|document| self.streets.get_mut(&document))
            .ok_or(Reason::UnknownDocument)?;
        let author = Author {
            member: neighbourhood.member(),
            first_name: neighbourhood.first_name(),
            rights: neighbourhood.rights(street.area),
        };
        let request = command.request().unwrap_or(fresh);
        let Some(change) = perform(&mut street.board, &command, author, request, now)? else {
            return Ok((request, None));
        };
        let mut batch = Batch::default();
        street.remember(&change, command, request, now, &mut batch);
        let number = self.number_fresh(batch);
        self.effects.push(Effect::Changed);
        Ok((request, number))
    }

    /// A refused piece of work was read by its author and may go.
    pub fn dismiss(&mut self, request: RequestId) {
        let mut batch = Batch::default();
        for (&document, street) in self.streets.iter_mut() {
            let before = street.refused.len();
            street.refused.retain(|refused| refused.request != request);
            if street.refused.len() < before {
                batch.delete(&Key::Refused(document, request));
                street.read = None;
            }
        }
        if !batch.is_empty() {
            self.store(batch);
            self.effects.push(Effect::Changed);
        }
    }

    fn store(&mut self, mut batch: Batch) -> Option<u64> {
        if batch.is_empty() {
            return None;
        }
        self.batches += 1;
        batch.number = self.batches;
        self.effects.push(Effect::Store(batch));
        Some(self.batches)
    }

    /// Hands out a batch and marks the work in it as waiting for it.
    fn number_fresh(&mut self, batch: Batch) -> Option<u64> {
        let number = self.store(batch);
        for pending in self
            .streets
            .values_mut()
            .flat_map(|street| &mut street.pending)
        {
            if pending.batch == Some(u64::MAX) {
                pending.batch = number;
            }
        }
        number
    }

    /// The batch is durable: what it holds may be sent. So it may when the store has no room and the batch is held in
    /// memory outside until it has: then the relay is the only safe place there is.
    pub fn stored(&mut self, number: u64) {
        for street in self.streets.values_mut() {
            for pending in &mut street.pending {
                if pending.batch.is_some_and(|batch| batch <= number) {
                    pending.batch = None;
                }
            }
        }
        self.push_pending();
    }

    /// Reads one screen. `None` before this device has a member.
    #[must_use]
    pub fn view(&mut self, query: &Query, now: Timestamp) -> Option<View> {
        let neighbourhood = self.neighbourhood.as_ref()?;
        // A member's own work is shown to them wherever it was done, also where they may no longer look.
        let known =
            |area| matches!(query, Query::Work {}) || neighbourhood.document(area).is_some();
        let reads = self
            .streets
            .values_mut()
            .filter(|street| known(street.area))
            .map(LocalStreet::read);
        let reader = Reader::new(neighbourhood, reads.collect(), &self.helpers, now);
        Some(reader.read(query))
    }

    /// An actor no change was written as yet: this tab's own, with a number that goes up.
    fn renewed_actor(&mut self) -> [u8; 16] {
        self.renewals = self.renewals.wrapping_add(1);
        let mut actor = self.actor;
        let [.., high, low] = &mut actor;
        let [number_high, number_low] = self.renewals.to_be_bytes();
        (*high, *low) = (*high ^ number_high, *low ^ number_low);
        actor
    }
}
