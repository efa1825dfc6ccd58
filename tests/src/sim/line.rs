//! Connections. Within one, frames keep their order and the rest is lost when it breaks; between two there is no
//! order: what was sent on an old one may arrive after what was sent on a new one.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use kruispunt_core::sync::frame::{Failure, Frame, MAX_FRAME, failure};

/// How many frames may wait for a phone, as in the relay that ships.
const ROOM: usize = 256;

/// Names a connection.
pub(super) type LineId = u32;

/// One connection.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) person: usize,
    pub(super) tab: usize,
    pub(super) relay: usize,
    pub(super) up: VecDeque<Vec<u8>>,
    pub(super) down: VecDeque<Vec<u8>>,
    /// Whether the phone believes that it is connected.
    pub(super) phone: bool,
    /// Whether the relay does.
    pub(super) relay_end: bool,
    /// Whether the relay was greeted.
    pub(super) greeted: bool,
}

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Lines {
    all: BTreeMap<LineId, Line>,
    next: LineId,
    /// The most frames that ever waited for one phone.
    pub(super) longest: usize,
}

impl Lines {
    pub(super) fn open(&mut self, person: usize, tab: usize, relay: usize) -> LineId {
        self.next += 1;
        let line = Line {
            person,
            tab,
            relay,
            up: VecDeque::new(),
            down: VecDeque::new(),
            phone: true,
            relay_end: true,
            greeted: false,
        };
        self.all.insert(self.next, line);
        self.next
    }

    pub(super) fn get(&self, id: LineId) -> Option<&Line> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.all.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (LineId, &Line)> {
        self.all.iter().map(|(&id, line)| (id, line))
    }

    /// One of those for which this holds.
    pub(super) fn any(&self, rng: &mut Rng, holds: impl Fn(&Line) -> bool) -> Option<LineId> {
        let fitting: Vec<_> = self.iter().filter(|(_, line)| holds(line)).collect();
        rng.choice(fitting).map(|(id, _)| id)
    }

    /// The phone sends a frame.
    pub(super) fn up(&mut self, id: LineId, frame: Vec<u8>) {
        assert!(frame.len() <= MAX_FRAME, "a phone sends too large a frame");
        if let Some(line) = self.all.get_mut(&id) {
            line.up.push_back(frame);
        }
    }

    /// The relay sends a frame, if anybody is there. Who does not read for long is cut off.
    pub(super) fn down(&mut self, id: LineId, frame: &Frame) {
        let bytes = frame.encode();
        assert!(bytes.len() <= MAX_FRAME, "a relay sends too large a frame");
        let Some(line) = self.all.get_mut(&id) else {
            return;
        };
        if !line.relay_end {
            return;
        }
        if line.down.len() >= ROOM {
            self.fail(id, failure::TOO_SLOW);
            return;
        }
        line.down.push_back(bytes);
        self.longest = self.longest.max(line.down.len());
    }

    /// The relay ends the connection and says why. What waits is not written any more.
    pub(super) fn fail(&mut self, id: LineId, key: &str) {
        if let Some(line) = self.all.get_mut(&id).filter(|line| line.relay_end) {
            line.relay_end = false;
            line.up.clear();
            line.down.clear();
            let key = key.to_owned();
            line.down
                .push_back(Frame::Failure(Failure { key }).encode());
        }
    }

    /// The phone ends the connection; some of what it sent is still under way.
    pub(super) fn phone_leaves(&mut self, id: LineId, rng: &mut Rng) {
        if let Some(line) = self.all.get_mut(&id) {
            line.phone = false;
            line.down.clear();
            line.up.truncate(rng.usize(0..=line.up.len()));
        }
        self.tidy(id);
    }

    /// The relay is gone; some of what it sent is still under way.
    pub(super) fn relay_dies(&mut self, relay: usize, rng: &mut Rng) {
        for line in self.all.values_mut().filter(|line| line.relay == relay) {
            if line.relay_end {
                line.down.truncate(rng.usize(0..=line.down.len()));
            }
            line.relay_end = false;
            line.up.clear();
        }
        self.all.retain(|_, line| line.phone || line.relay_end);
    }

    /// The relay has noticed that nobody is there any more.
    pub(super) fn relay_leaves(&mut self, id: LineId) {
        if let Some(line) = self.all.get_mut(&id) {
            line.relay_end = false;
            line.up.clear();
        }
        self.tidy(id);
    }

    fn tidy(&mut self, id: LineId) {
        if self
            .get(id)
            .is_some_and(|line| !line.phone && !line.relay_end)
        {
            self.all.remove(&id);
        }
    }
}
