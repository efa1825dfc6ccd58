//! One document as everybody sees it: up to where it is committed, and who follows it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use kruispunt_core::id::DocumentId;
use kruispunt_core::model::Request;
use kruispunt_core::sync::frame::{Cursor, failure};
use tokio::sync::{Notify, mpsc, oneshot};

use super::catch_up::{CatchUp, Older, Way, frames};
use super::document::Job;
use super::outbox::Outbox;
use crate::metrics::CaughtUp;

/// How long somebody waits until the document's task has looked at storage; longer than that it is in trouble.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Handle {
    pub(super) document: DocumentId,
    state: Mutex<State>,
    /// Held while the catch-up is read from storage, so that it is read once.
    pub(super) reading: tokio::sync::Mutex<()>,
    /// Wakes the document's task for something else than a push.
    pub(super) called: Notify,
    /// Says that the document's task has looked at storage.
    looked: Notify,
}

/// What belongs together and changes together. Where there is a task, only the task moves the position.
#[derive(Debug)]
pub(super) struct State {
    /// Up to where the document is on disk, as far as anybody here was told.
    pub(super) position: Cursor,
    /// How far it is said to be on disk, where another relay may have written.
    ahead: Option<Place>,
    /// Whether the task was asked to let go of what it has in memory.
    lets_go: bool,
    /// Whether something in the document is due.
    rings: bool,
    /// Who wants to know what is on the board.
    askers: Vec<oneshot::Sender<Vec<Request>>>,
    pub(super) followers: Vec<Arc<Outbox>>,
    pub(super) catch_up: Option<CatchUp>,
    /// Whether the catch-up was of use since it was last looked at.
    was_used: bool,
    /// The way to the document's task, while it has one.
    pub(super) inbox: Option<mpsc::Sender<Job>>,
}

/// An epoch and a sequence number in it; a later one is greater.
pub(super) type Place = (u32, u64);

/// Beyond every place.
const ANYWHERE: Place = (u32::MAX, u64::MAX);

const fn place(cursor: Cursor) -> Place {
    (cursor.epoch, cursor.seq)
}

/// What became of an attempt to follow.
#[derive(Debug)]
pub(super) enum Joined {
    /// The follower is in and has these frames to write first.
    With(Vec<Bytes>, CaughtUp),
    /// The catch-up must be read first.
    NeedsCatchUp,
    /// Changes before it must be read first.
    NeedsOlder { epoch: u32, after: u64, base: u64 },
    /// A snapshot must be made first.
    NeedsSnapshot,
    /// The follower has more than is known here: another relay may have written it.
    NeedsLook,
}

/// Storage is further than everybody here was told, in a way that single changes do not explain.
#[derive(Debug)]
pub(super) enum Renewed {
    /// Everybody knows now.
    Done,
    /// Changes before the catch-up must be read first.
    NeedsOlder {
        fresh: CatchUp,
        after: u64,
        base: u64,
    },
}

impl Handle {
    pub(super) fn new(position: Cursor) -> Self {
        let state = State {
            position,
            ahead: None,
            lets_go: false,
            rings: false,
            askers: Vec::new(),
            followers: Vec::new(),
            catch_up: None,
            was_used: false,
            inbox: None,
        };
        Self {
            document: position.document,
            state: Mutex::new(state),
            reading: tokio::sync::Mutex::new(()),
            called: Notify::new(),
            looked: Notify::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn position(&self) -> Cursor {
        self.lock().position
    }

    /// Follows from a cursor on, if what lies between is at hand. Position and followers are read and written as
    /// one: whatever is committed later comes through the outbox, whatever was committed before is in the frames.
    pub(super) fn join(
        &self,
        cursor: Option<Cursor>,
        older: Option<&Older>,
        has_looked: bool,
        outbox: &Arc<Outbox>,
    ) -> Joined {
        let mut state = self.lock();
        let State {
            position,
            followers,
            catch_up,
            was_used,
            ..
        } = &mut *state;
        let start = Cursor {
            epoch: 0,
            seq: 0,
            ..*position
        };
        let cursor = cursor.unwrap_or(start);
        let (frames, how) = if cursor == *position {
            (Vec::new(), CaughtUp::Level)
        } else if place(cursor) > place(*position) && !has_looked {
            return Joined::NeedsLook;
        } else {
            let Some(catch_up) = catch_up else {
                return Joined::NeedsCatchUp;
            };
            *was_used = true;
            let seq = (cursor.epoch == position.epoch).then_some(cursor.seq);
            match catch_up.way(seq, older) {
                Way::Frames(frames) => (frames, CaughtUp::Changes),
                Way::Whole(frames) => (frames, CaughtUp::Snapshot),
                Way::NeedsOlder { after, base } => {
                    let epoch = position.epoch;
                    return Joined::NeedsOlder { epoch, after, base };
                }
                Way::NeedsSnapshot => return Joined::NeedsSnapshot,
            }
        };
        followers.push(Arc::clone(outbox));
        Joined::With(frames, how)
    }

    pub(super) fn leave(&self, outbox: &Arc<Outbox>) {
        self.lock()
            .followers
            .retain(|follower| !Arc::ptr_eq(follower, outbox));
    }

    /// Keeps what was read from storage. `false` where storage is in another epoch, or has a snapshot of what nobody
    /// here was told: it is of no use yet.
    pub(super) fn install(&self, mut catch_up: CatchUp) -> bool {
        let mut state = self.lock();
        let (position, end) = (state.position, catch_up.end());
        if end.epoch != position.epoch || catch_up.base() > position.seq || end.seq < position.seq {
            return false;
        }
        if state.catch_up.is_none() {
            // Storage may be ahead: a commit that has not been told to anyone yet.
            catch_up.truncate(position.seq);
            state.catch_up = Some(catch_up);
            state.was_used = true;
        }
        true
    }

    /// Storage is this far. `true` when the document's task has to look at it: it does so when it is called.
    pub(super) fn hears(&self, at: Place) -> bool {
        let mut state = self.lock();
        if at <= place(state.position) {
            return false;
        }
        if state.followers.is_empty() && state.inbox.is_none() {
            (state.position.epoch, state.position.seq) = at;
            state.catch_up = None;
            return false;
        }
        state.ahead = state.ahead.max(Some(at));
        true
    }

    /// Storage may be anywhere: the document's task has to look at it when it is called.
    pub(super) fn doubts(&self) {
        self.lock().ahead = Some(ANYWHERE);
    }

    /// Whether storage is said to be further than the position.
    pub(super) fn is_behind(&self) -> bool {
        self.lock().is_behind()
    }

    /// Memory is needed for others. Where there is a task, it lets go when it has nothing else to do.
    pub(super) fn let_go(&self) {
        let mut state = self.lock();
        if state.inbox.is_none() {
            state.catch_up = None;
        } else {
            state.lets_go = true;
            self.called.notify_one();
        }
    }

    /// Something in the document is due: its task does it when it is called.
    pub(super) fn rings(&self) {
        self.lock().rings = true;
    }

    /// Whether something is due; says so once.
    pub(super) fn is_to_ring(&self) -> bool {
        std::mem::take(&mut self.lock().rings)
    }

    /// Somebody wants to know what is on the board: the document's task tells them when it is called.
    pub(super) fn asks(&self) -> oneshot::Receiver<Vec<Request>> {
        let (asker, answer) = oneshot::channel();
        self.lock().askers.push(asker);
        answer
    }

    /// Who is to be told what is on the board; each is named once.
    pub(super) fn askers(&self) -> Vec<oneshot::Sender<Vec<Request>>> {
        std::mem::take(&mut self.lock().askers)
    }

    /// Whether memory is needed for others; says so once.
    pub(super) fn is_to_let_go(&self) -> bool {
        std::mem::take(&mut self.lock().lets_go)
    }

    /// Whoever waited for the look may go on, however it went.
    pub(super) fn has_looked(&self) {
        self.lock().ahead = None;
        self.looked.notify_waiters();
    }

    /// Asks for a look with `call` and waits for it.
    pub(super) async fn await_look(&self, call: impl FnOnce()) {
        let mut looked = std::pin::pin!(self.looked.notified());
        looked.as_mut().enable();
        call();
        // Whoever waited in vain finds out when they try again.
        let _ = tokio::time::timeout(LOOK, looked).await;
    }

    /// These changes follow the position in storage: everybody hears of them.
    pub(super) fn advance(&self, changes: &[Bytes]) {
        let mut state = self.lock();
        let after = state.position;
        state.position.seq += changes.len() as u64;
        if let Some(catch_up) = &mut state.catch_up {
            catch_up.extend(changes.iter().cloned());
        }
        state.tell(&frames(after, changes.iter()));
    }

    /// Storage has the document as `fresh` says: whoever follows hears what they lack.
    pub(super) fn renew(&self, fresh: CatchUp, older: Option<&Older>) -> Renewed {
        let mut state = self.lock();
        let (position, end) = (state.position, fresh.end());
        if end == position {
            state.catch_up.get_or_insert(fresh);
            return Renewed::Done;
        }
        let seq = (end.epoch == position.epoch).then_some(position.seq);
        match fresh.way(seq, older) {
            Way::Frames(frames) | Way::Whole(frames) if place(end) > place(position) => {
                state.tell(&frames);
            }
            Way::NeedsOlder { after, base } => {
                return Renewed::NeedsOlder { fresh, after, base };
            }
            // Storage went back, or there is no saying it in frames: each greets again and finds a way.
            Way::Frames(_) | Way::Whole(_) | Way::NeedsSnapshot => {
                tracing::error!(document = %self.document, "followers have to begin anew");
                for follower in state.followers.drain(..) {
                    follower.cut(failure::UNAVAILABLE);
                }
            }
        }
        state.position = end;
        state.catch_up = Some(fresh);
        state.was_used = true;
        Renewed::Done
    }

    /// Lets go of a catch-up nobody used since the last time; whether it did. A document with a task looks after
    /// its own.
    pub(super) fn sweep(&self) -> bool {
        let mut state = self.lock();
        let is_idle = state.inbox.is_none() && !std::mem::take(&mut state.was_used);
        is_idle && state.catch_up.take().is_some()
    }
}

impl State {
    pub(super) fn is_behind(&self) -> bool {
        self.ahead > Some(place(self.position))
    }

    /// Whether somebody waits to be told what is on the board.
    pub(super) const fn is_asked(&self) -> bool {
        !self.askers.is_empty()
    }

    /// How many bytes the catch-up takes.
    pub(super) fn weight(&self) -> usize {
        self.catch_up.as_ref().map_or(0, CatchUp::weight)
    }

    fn tell(&mut self, frames: &[Bytes]) {
        self.followers
            .retain(|one| frames.iter().all(|frame| one.put(frame.clone())));
    }
}
