//! The app in one tab: what the worker's host (`wasm-client/worker/host.ts`) carries, one effect at a time.

use std::collections::{BTreeMap, VecDeque};

use kruispunt_core::id::RequestId;
use kruispunt_core::sync::{Batch, Effect, Phone};

use super::deeds::Deed;
use super::line::LineId;

/// What a browser lets a tab do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    Awake,
    /// Nothing, for a while.
    Frozen,
}

/// One tab. What is in it is gone when it closes.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) phone: Phone,
    /// What the phone asked for and is not yet carried out.
    pub(super) effects: VecDeque<Effect>,
    /// What other tabs stored and this one has not read yet.
    pub(super) mail: VecDeque<Batch>,
    /// Work whose person waits to hear that it is kept, by batch.
    pub(super) waiting: BTreeMap<u64, (RequestId, Deed)>,
    /// Whether the phone asked for a connection.
    pub(super) dials: bool,
    pub(super) line: Option<LineId>,
    pub(super) state: State,
    /// Whether it is the tab that talks with the relay.
    pub(super) leads: bool,
}

impl Tab {
    pub(super) fn closed() -> Self {
        Self {
            phone: Phone::new([0; 16]),
            effects: VecDeque::new(),
            mail: VecDeque::new(),
            waiting: BTreeMap::new(),
            dials: false,
            line: None,
            state: State::Closed,
            leads: false,
        }
    }

    /// Gives the phone an event.
    pub(super) fn feed<T>(&mut self, event: impl FnOnce(&mut Phone) -> T) -> T {
        let result = event(&mut self.phone);
        self.effects.extend(self.phone.drain());
        result
    }

    pub(super) fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    pub(super) fn is_awake(&self) -> bool {
        self.state == State::Awake
    }

    pub(super) fn is_at_rest(&self) -> bool {
        !self.is_open() || (self.effects.is_empty() && self.mail.is_empty())
    }
}
