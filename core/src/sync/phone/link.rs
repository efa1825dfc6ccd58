//! The conversation with the relay: greeting, pushing, catching up, and what to do when it breaks.

use minicbor::bytes::ByteVec;

use super::super::frame::{
    Ack, Changes, Cursor, Frame, Hello, MAX_PUSH, Purge, Push, Reject, Snapshot, VERSION, failure,
};
use super::super::record::Place;
use super::{Batch, Effect, Phone};
use crate::access::Rights;
use crate::command::Author;
use crate::id::{AreaId, DocumentId};
use crate::time::Timestamp;

/// A push carries about so many bytes of changes; more go into the next.
const PUSH_BYTES: usize = 64 << 10;

/// The first wait before reconnecting, in milliseconds; doubled at every failure.
const FIRST_WAIT: u32 = 500;

/// The longest wait before reconnecting, in milliseconds.
const LONGEST_WAIT: u32 = 30_000;

/// A connection that lasted this long was a good one, in milliseconds: whatever ends it, the waits begin small again.
/// The relay's welcome alone says little. What comes after it may end every connection in the same way.
const LASTING: i64 = 10_000;

/// After this long without a word from the relay the phone asks whether it is there, in milliseconds.
const ASK_AFTER: i64 = 25_000;

/// A relay that was asked and has not answered after this long is out of reach, in milliseconds.
const PATIENCE: i64 = 15_000;

/// The same when somebody just came back to the app and waits for it.
const PATIENCE_OF_A_PERSON: i64 = 4_000;

/// Nothing of a document.
const NOWHERE: Place = Place { epoch: 0, seq: 0 };

/// The conversation with the relay, as a screen shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// No network, or this tab leaves it to another.
    #[default]
    Offline,
    /// Trying.
    Connecting,
    /// The relay answers.
    Online,
}

#[derive(Debug, Default)]
pub(super) struct LinkState {
    /// Whether this tab is the one of the phone's that talks with the relay.
    leads: bool,
    /// Whether the device says that there is a network at all.
    network: bool,
    step: Step,
    failures: u32,
    /// When the relay bade welcome.
    since: Timestamp,
    heard: Timestamp,
    /// The relay was asked whether it is there, and has until then to answer.
    answer_by: Option<Timestamp>,
    /// What the leading tab told about its link, when this is another.
    told: Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Step {
    #[default]
    Down,
    Dialling,
    Greeting,
    Live,
}

impl LinkState {
    pub(super) const fn shown(&self) -> Link {
        match (self.leads, self.step) {
            (false, _) => self.told,
            (true, Step::Live) => Link::Online,
            // A relay that does not answer twice in a row is out of reach, whatever the device says of its network.
            (true, Step::Dialling | Step::Greeting) if self.network && self.failures < 2 => {
                Link::Connecting
            }
            (true, _) => Link::Offline,
        }
    }
}

impl Phone {
    /// This tab talks with the relay from now on.
    pub fn lead(&mut self) {
        self.link.leads = true;
        self.dial(0);
    }

    /// This tab leaves the relay to another one, because it will stand still for a while.
    pub fn follow(&mut self) {
        self.hang_up();
        self.link.leads = false;
        self.link.told = Link::Offline;
        self.effects.extend([Effect::Close, Effect::Changed]);
    }

    /// The device says whether there is a network. A hint: it may be wrong in both directions.
    pub fn network(&mut self, there: bool) {
        let changed = self.link.network != there;
        self.link.network = there;
        if there {
            self.link.failures = 0;
            self.dial(0);
        } else if self.link.step != Step::Down {
            // Perhaps there is only a wait for the next try, which nobody will report as gone.
            self.hang_up();
            self.effects.push(Effect::Close);
        }
        if changed {
            self.effects.push(Effect::Changed);
        }
    }

    /// What the leading tab says of its link.
    pub fn told(&mut self, link: Link) {
        self.link.told = link;
        self.effects.push(Effect::Changed);
    }

    fn dial(&mut self, after_ms: u32) {
        if self.link.leads
            && self.link.network
            && self.link.step == Step::Down
            && self.neighbourhood.is_some()
        {
            self.link.step = Step::Dialling;
            self.effects
                .extend([Effect::Connect { after_ms }, Effect::Changed]);
        }
    }

    /// The connection is open, and this is the session's token.
    pub fn connected(&mut self, token: &str, now: Timestamp) {
        self.link.step = Step::Greeting;
        self.link.heard = now;
        self.link.answer_by = None;
        let cursors = self
            .streets
            .iter()
            .filter(|(_, street)| street.place != NOWHERE && !street.is_adrift)
            .map(|(&document, street)| Cursor {
                document,
                epoch: street.place.epoch,
                seq: street.place.seq,
            })
            .collect();
        let hello = Hello {
            versions: ByteVec::from(vec![VERSION]),
            token: token.to_owned(),
            cursors,
        };
        self.send(&Frame::Hello(hello));
    }

    /// The connection is gone, or could not be opened. `dice` is random, to spread the phones of a street.
    pub fn disconnected(&mut self, dice: u32) {
        self.hang_up();
        let most = FIRST_WAIT
            .saturating_mul(1 << self.link.failures.min(10))
            .min(LONGEST_WAIT);
        self.link.failures += 1;
        self.effects.push(Effect::Changed);
        self.dial(most / 2 + dice % (most / 2 + 1));
    }

    /// Nothing is under way any more.
    fn hang_up(&mut self) {
        self.link.step = Step::Down;
        for street in self.streets.values_mut() {
            for pending in &mut street.pending {
                pending.sent = false;
            }
        }
    }

    /// Time went by; to be called every few seconds.
    pub fn tick(&mut self, now: Timestamp) {
        if !self.is_connected() {
            return;
        }
        let lasted = now.as_millis() - self.link.since.as_millis();
        if self.link.step == Step::Live && lasted >= LASTING {
            self.link.failures = 0;
        }
        let silence = now.as_millis() - self.link.heard.as_millis();
        if silence < 0 {
            // The clock was set back.
            self.link.heard = now;
            self.link.answer_by = None;
        } else if self.link.answer_by.is_some_and(|by| now >= by) {
            self.effects.push(Effect::Close);
        } else if silence > ASK_AFTER && self.link.answer_by.is_none() {
            self.ask(now, PATIENCE);
        }
    }

    /// Somebody looks at the app again, or it has another network: the line may be dead and nobody said so. A
    /// [`Self::tick`] four seconds later knows.
    pub fn wake(&mut self, now: Timestamp) {
        if self.is_connected() {
            self.ask(now, PATIENCE_OF_A_PERSON);
        } else if self.link.leads {
            // Whatever it waits for was begun in another situation.
            self.hang_up();
            self.link.failures = 0;
            self.effects.push(Effect::Close);
            self.dial(0);
        }
    }

    fn is_connected(&self) -> bool {
        matches!(self.link.step, Step::Greeting | Step::Live)
    }

    fn ask(&mut self, now: Timestamp, patience: i64) {
        let by = Timestamp::from_millis(now.as_millis() + patience);
        // Who asks again waits no longer than was waited already.
        self.link.answer_by = Some(self.link.answer_by.map_or(by, |earlier| earlier.min(by)));
        self.send(&Frame::Ping);
    }

    /// A frame came in.
    pub fn frame(&mut self, bytes: &[u8], now: Timestamp) {
        self.link.heard = now;
        self.link.answer_by = None;
        let Ok(frame) = Frame::decode(bytes) else {
            self.effects.push(Effect::Close);
            return;
        };
        let mut batch = Batch::default();
        let understood = match frame {
            Frame::Welcome(_) => {
                self.link.step = Step::Live;
                self.link.since = now;
                true
            }
            Frame::Ack(ack) => self.on_ack(&ack, &mut batch),
            Frame::Reject(reject) => self.on_reject(&reject, &mut batch),
            Frame::Changes(changes) => self.on_changes(changes, &mut batch),
            Frame::Snapshot(snapshot) => self.on_snapshot(&snapshot, &mut batch),
            Frame::Purge(purge) => self.on_purge(&purge, &mut batch),
            Frame::Failure(failure) => {
                match failure.key.as_str() {
                    failure::SESSION => self.effects.push(Effect::SignIn),
                    failure::REVOKED => self.effects.push(Effect::Revoked),
                    failure::CHANGED => {
                        self.link.failures = 0;
                        self.effects.push(Effect::AskAnew);
                    }
                    _ => {}
                }
                true
            }
            Frame::Ping => {
                self.send(&Frame::Pong);
                true
            }
            // A frame that only relays take, or one from a newer relay.
            Frame::Pong | Frame::Unknown(_) | Frame::Hello(_) | Frame::Push(_) => true,
        };
        self.number_fresh(batch);
        self.effects.push(Effect::Changed);
        if understood {
            self.push_pending();
        } else {
            // Something is missing in between: the cursors of a new greeting bring it.
            self.effects.push(Effect::Close);
        }
    }

    fn on_ack(&mut self, ack: &Ack, batch: &mut Batch) -> bool {
        let Some(street) = self.streets.get_mut(&ack.document) else {
            return true;
        };
        if ack.epoch != street.place.epoch || ack.first == 0 {
            // The relay had them already: they come, or came, with the log.
            return true;
        }
        let hashes: Vec<[u8; 32]> = ack.hashes.iter().map(|hash| **hash).collect();
        street.read = None;
        let understood = street
            .acknowledge(ack.first, &hashes, batch)
            .unwrap_or(false);
        street.compact(batch);
        understood && self.make_good(ack.document, batch)
    }

    fn on_changes(&mut self, frame: Changes, batch: &mut Batch) -> bool {
        let Some(street) = self.streets.get_mut(&frame.document) else {
            return true;
        };
        if frame.epoch != street.place.epoch {
            return frame.epoch < street.place.epoch;
        }
        if street.is_adrift {
            let place = Place {
                seq: 0,
                ..street.place
            };
            let begins = frame.first == 1 && self.begin_anew(frame.document, None, place, batch);
            if !begins {
                return false;
            }
        }
        let Some(street) = self.streets.get_mut(&frame.document) else {
            return true;
        };
        street.read = None;
        let changes = frame.changes.into_iter().map(Vec::from);
        let understood = street.receive(frame.first, changes, batch).unwrap_or(false);
        street.compact(batch);
        understood && self.make_good(frame.document, batch)
    }

    /// What the relay lost may go now.
    fn make_good(&mut self, document: DocumentId, batch: &mut Batch) -> bool {
        let street = self.streets.get(&document);
        if street.is_none_or(|street| street.waiting().next().is_none()) {
            return true;
        }
        self.with_author(document, |street, author| {
            street.make_good(author, batch).is_ok()
        })
    }

    fn on_snapshot(&mut self, snapshot: &Snapshot, batch: &mut Batch) -> bool {
        let Cursor {
            document,
            epoch,
            seq,
        } = snapshot.cursor;
        self.begin_anew(document, Some(&snapshot.bytes), Place { epoch, seq }, batch)
    }

    fn begin_anew(
        &mut self,
        document: DocumentId,
        bytes: Option<&[u8]>,
        place: Place,
        batch: &mut Batch,
    ) -> bool {
        let actor = self.renewed_actor();
        self.with_author(document, |street, author| {
            street.replace(bytes, place, author, actor, batch).is_ok()
        })
    }

    fn on_reject(&mut self, reject: &Reject, batch: &mut Batch) -> bool {
        let actor = self.renewed_actor();
        self.with_author(reject.document, |street, author| {
            street.refuse(&reject.refused, author, actor, batch).is_ok()
        })
    }

    fn with_author(
        &mut self,
        document: DocumentId,
        act: impl FnOnce(&mut super::LocalStreet, Author<'_>) -> bool,
    ) -> bool {
        let (Some(street), Some(neighbourhood)) =
            (self.streets.get_mut(&document), self.neighbourhood.as_ref())
        else {
            return true;
        };
        street.read = None;
        let rights = neighbourhood
            .street(document)
            .map_or(Rights::default(), |area: AreaId| neighbourhood.rights(area));
        let author = Author {
            member: neighbourhood.member(),
            first_name: neighbourhood.first_name(),
            rights,
        };
        act(street, author)
    }

    fn on_purge(&mut self, purge: &Purge, batch: &mut Batch) -> bool {
        let Some(mut street) = self.streets.remove(&purge.document) else {
            return true;
        };
        street.forget(batch);
        // The member's own work stays to be shown until they dismissed it; what others did goes from memory too.
        if !street.refused.is_empty() {
            let Ok(mut bare) = super::LocalStreet::found(purge.document, street.area, self.actor)
            else {
                return true;
            };
            bare.refused = street.refused;
            self.streets.insert(purge.document, bare);
        }
        true
    }

    fn send(&mut self, frame: &Frame) {
        self.effects.push(Effect::Send(frame.encode()));
    }

    /// Sends durable work that is not under way.
    pub(super) fn push_pending(&mut self) {
        if self.link.step != Step::Live || !self.link.leads {
            return;
        }
        let mut frames = Vec::new();
        for (&document, street) in self.streets.iter_mut() {
            let epoch = street.place.epoch;
            let (mut changes, mut size): (Vec<ByteVec>, usize) = (Vec::new(), 0);
            // Later work may build on earlier: nothing overtakes what is not durable yet.
            let durable = street
                .pending
                .iter_mut()
                .take_while(|pending| pending.batch.is_none());
            for pending in durable.filter(|pending| !pending.sent) {
                pending.sent = true;
                size += pending.outgoing.change.len();
                changes.push(pending.outgoing.change.clone().into());
                if size >= PUSH_BYTES || changes.len() == MAX_PUSH {
                    frames.push(Push {
                        document,
                        epoch,
                        changes: std::mem::take(&mut changes),
                    });
                    size = 0;
                }
            }
            if !changes.is_empty() {
                frames.push(Push {
                    document,
                    epoch,
                    changes,
                });
            }
        }
        for push in frames {
            self.send(&Frame::Push(push));
        }
    }
}
