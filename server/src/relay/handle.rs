//! One document as everybody sees it: up to where it is committed, and who follows it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use kruispunt_core::id::DocumentId;
use kruispunt_core::sync::frame::Cursor;
use tokio::sync::mpsc;

use super::catch_up::{CatchUp, Older, Way};
use super::document::Job;
use super::outbox::Outbox;

#[derive(Debug)]
pub(super) struct Handle {
    pub(super) document: DocumentId,
    state: Mutex<State>,
    /// Held while the catch-up is read from storage, so that it is read once.
    pub(super) reading: tokio::sync::Mutex<()>,
}

/// What belongs together and changes together.
#[derive(Debug)]
pub(super) struct State {
    /// Up to where the document is on disk.
    pub(super) position: Cursor,
    pub(super) followers: Vec<Arc<Outbox>>,
    pub(super) catch_up: Option<CatchUp>,
    /// Whether the catch-up was of use since it was last looked at.
    pub(super) was_used: bool,
    /// The way to the document's task, while it has one.
    pub(super) inbox: Option<mpsc::Sender<Job>>,
}

/// What became of an attempt to follow.
#[derive(Debug)]
pub(super) enum Joined {
    /// The follower is in and has these frames to write first.
    With(Vec<Bytes>),
    /// The catch-up must be read first.
    NeedsCatchUp,
    /// Changes before it must be read first.
    NeedsOlder { after: u64, base: u64 },
    /// A snapshot must be made first.
    NeedsSnapshot,
}

impl Handle {
    pub(super) fn new(position: Cursor) -> Self {
        let state = State {
            position,
            followers: Vec::new(),
            catch_up: None,
            was_used: false,
            inbox: None,
        };
        Self {
            document: position.document,
            state: Mutex::new(state),
            reading: tokio::sync::Mutex::new(()),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows from a cursor on, if what lies between is at hand. Position and followers are read and written as
    /// one: whatever is committed later comes through the outbox, whatever was committed before is in the frames.
    pub(super) fn join(
        &self,
        cursor: Option<Cursor>,
        older: Option<&Older>,
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
        let frames = if cursor == *position {
            Vec::new()
        } else {
            let Some(catch_up) = catch_up else {
                return Joined::NeedsCatchUp;
            };
            *was_used = true;
            let seq = (cursor.epoch == position.epoch).then_some(cursor.seq);
            match catch_up.way(seq, older) {
                Way::Frames(frames) => frames,
                Way::NeedsOlder { after, base } => return Joined::NeedsOlder { after, base },
                Way::NeedsSnapshot => return Joined::NeedsSnapshot,
            }
        };
        followers.push(Arc::clone(outbox));
        Joined::With(frames)
    }

    pub(super) fn leave(&self, outbox: &Arc<Outbox>) {
        self.lock()
            .followers
            .retain(|follower| !Arc::ptr_eq(follower, outbox));
    }

    /// Keeps what was read from storage, if it still reaches up to the position.
    pub(super) fn install(&self, mut catch_up: CatchUp) {
        let mut state = self.lock();
        if state.catch_up.is_none() && catch_up.end() >= state.position.seq {
            // Storage may be ahead: a commit that has not been told to anyone yet.
            catch_up.truncate(state.position.seq);
            state.catch_up = Some(catch_up);
            state.was_used = true;
        }
    }

    /// Lets go of a catch-up nobody used since the last time. A document with a task looks after its own.
    pub(super) fn sweep(&self) {
        let mut state = self.lock();
        if state.inbox.is_none() && !std::mem::take(&mut state.was_used) {
            state.catch_up = None;
        }
    }
}
