//! The world: who is connected to what, and what happens next.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use kruispunt_core::command::Command;
use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::model::{Ask, FeedbackHow, Repeat, Role, Theme, Urgency};
use kruispunt_core::sync::frame::Frame;
use kruispunt_core::time::Timestamp;

use super::person::{Deed, Person, Street};
use super::relay::{Commit, Relay};

/// What one schedule came to, so that a run can say how much it tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pieces of work people were told are kept.
    pub deeds: usize,
    /// Rows in the relay's logs.
    pub rows: usize,
    /// Times a phone or the relay died.
    pub crashes: usize,
}

/// One connection: frames under way, in order, each direction.
#[derive(Debug, Default)]
struct Wire {
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    greeted: bool,
}

/// Phones, a relay and everything between them.
#[derive(Debug)]
pub struct World {
    rng: Rng,
    people: Vec<Person>,
    wires: Vec<Option<Wire>>,
    relay: Relay,
    streets: Vec<Street>,
    minutes: i64,
    crashes: usize,
    /// Hashes a phone was told are on disk.
    acknowledged: Vec<(DocumentId, [u8; 32])>,
}

impl World {
    /// A neighbourhood of two streets and five people.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let streets: Vec<_> = (1..=2)
            .map(|n| Street {
                area: AreaId::from_bytes([n; 16]),
                document: DocumentId::from_bytes([n + 100; 16]),
            })
            .collect();
        let roles = [
            Role::Ambassador,
            Role::Ambassador,
            Role::Volunteer,
            Role::Volunteer,
            Role::Coordinator,
        ];
        let people: Vec<_> = (1..)
            .zip(roles)
            .map(|(number, role)| Person::new(number, role, &streets, rng.i64(-3_000..3_000)))
            .collect();
        Self {
            wires: people.iter().map(|_| None).collect(),
            relay: Relay::new(&streets),
            rng,
            people,
            streets,
            minutes: 0,
            crashes: 0,
            acknowledged: Vec::new(),
        }
    }

    /// Lets so many things happen, then lets everybody meet, and checks what must be true.
    ///
    /// # Panics
    /// When a property does not hold; the seed and the step are all that is needed to see it again.
    pub fn run(&mut self, steps: usize) -> Outcome {
        for _ in 0..steps {
            self.step();
        }
        self.meets();
        self.holds();
        Outcome {
            deeds: self.people.iter().map(|person| person.deeds.len()).sum(),
            rows: self.relay.logs().map(<[_]>::len).sum(),
            crashes: self.crashes,
        }
    }

    fn step(&mut self) {
        self.minutes += 1;
        let who = self.rng.usize(0..self.people.len());
        match self.rng.u8(0..100) {
            0..25 => self.acts(who),
            25..40 => self.connects(who),
            40..44 => self.cut(who),
            44..66 => self.uplink(who),
            66..92 => self.downlink(who, true),
            92..96 => self.phone_dies(who),
            96..98 => self.relay_dies(),
            _ => self.freezes(who),
        }
    }

    fn acts(&mut self, who: usize) {
        let Some(command) = self.wish(who) else {
            return;
        };
        let disk_works = self.rng.u8(0..30) != 0;
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let frames = person.does(command, self.minutes, disk_works);
        if !disk_works {
            // The worker closes its socket when it starts anew.
            self.cut(who);
        }
        self.puts_on_wire(who, frames);
    }

    fn wish(&mut self, who: usize) -> Option<Command> {
        let cards = self.people.get_mut(who)?.cards();
        let street = self.rng.choice(&self.streets)?.area;
        let log = Command::LogRequest {
            area: street,
            theme: Theme::Company,
            ask: *self
                .rng
                .choice(Theme::Company.asks())
                .unwrap_or(&Ask::Coffee),
            day: None,
            part: None,
            urgency: Urgency::ThisWeek,
            repeat: Repeat::Once,
        };
        let Some(card) = self.rng.choice(&cards) else {
            return Some(log);
        };
        let request = card.id;
        Some(match self.rng.u8(0..10) {
            0..3 => log,
            3..6 => Command::ClaimRequest { request },
            6 => Command::ReleaseClaim { request },
            7 => Command::MarkDone { request },
            8 => Command::GiveFeedback {
                request,
                how: FeedbackHow::InPerson,
            },
            _ => Command::WithdrawRequest { request },
        })
    }

    fn connects(&mut self, who: usize) {
        let (Some(person), Some(wire)) = (self.people.get_mut(who), self.wires.get_mut(who)) else {
            return;
        };
        if wire.is_some() || !person.dials {
            return;
        }
        person.dials = false;
        *wire = Some(Wire::default());
        let now = person.now(self.minutes);
        person.phone.connected("token", now);
        let frames = person.carries_out(true);
        self.puts_on_wire(who, frames);
    }

    /// The connection breaks; everything on it is lost.
    fn cut(&mut self, who: usize) {
        let (Some(person), Some(wire)) = (self.people.get_mut(who), self.wires.get_mut(who)) else {
            return;
        };
        if wire.take().is_some() {
            person.phone.disconnected(self.rng.u32(..));
            person.carries_out(true);
        }
    }

    /// Frames go on the wire; an empty one stands for the phone closing the connection itself.
    fn puts_on_wire(&mut self, who: usize, frames: Vec<Vec<u8>>) {
        let closes = frames.iter().any(Vec::is_empty);
        if let Some(Some(wire)) = self.wires.get_mut(who) {
            wire.up.extend(frames);
        }
        if closes {
            self.cut(who);
        }
    }

    /// One frame reaches the relay.
    fn uplink(&mut self, who: usize) {
        let Some(Some(wire)) = self.wires.get_mut(who) else {
            return;
        };
        let Some(bytes) = wire.up.pop_front() else {
            return;
        };
        let now = Timestamp::from_millis(1_790_000_000_000 + self.minutes * 60_000);
        match Frame::decode(&bytes) {
            Ok(Frame::Hello(hello)) => {
                let frames = self.relay.greets(&hello, self.rng.u8(0..4) == 0, now);
                wire.down.extend(frames.iter().map(Frame::encode));
                wire.greeted = true;
            }
            Ok(Frame::Push(push)) => {
                let commit = match self.rng.u8(0..40) {
                    0 => Commit::Fails,
                    1 => Commit::DiesBefore,
                    2 => Commit::DiesAfter,
                    _ => Commit::Works,
                };
                let Some(person) = self.people.get(who) else {
                    return;
                };
                let Some(admission) = self.relay.takes(&push, person, commit, now) else {
                    match commit {
                        Commit::Fails => self.cut(who),
                        _ => self.all_wires_break(),
                    }
                    return;
                };
                for (other, wire) in self.wires.iter_mut().enumerate() {
                    let Some(wire) = wire.as_mut().filter(|wire| wire.greeted) else {
                        continue;
                    };
                    if other == who {
                        wire.down
                            .extend(admission.answers.iter().map(Frame::encode));
                    } else {
                        wire.down.extend(admission.news.iter().map(Frame::encode));
                    }
                    wire.down
                        .extend(admission.verdict.iter().map(Frame::encode));
                }
            }
            Ok(Frame::Ping) => wire.down.push_back(Frame::Pong.encode()),
            other => panic!("a phone does not send this: {other:?}"),
        }
    }

    /// One frame reaches a phone; sometimes twice, sometimes while its disk is full, and damaged never, since the
    /// carrier checks that.
    fn downlink(&mut self, who: usize, mischief: bool) {
        let Some(Some(wire)) = self.wires.get_mut(who) else {
            return;
        };
        let Some(bytes) = wire.down.pop_front() else {
            return;
        };
        let times = if mischief && self.rng.u8(0..25) == 0 {
            2
        } else {
            1
        };
        let disk_works = !mischief || self.rng.u8(0..60) != 0;
        if let Ok(Frame::Ack(ack)) = Frame::decode(&bytes) {
            self.acknowledged
                .extend(ack.hashes.iter().map(|hash| (ack.document, **hash)));
        }
        for _ in 0..times {
            let Some(person) = self.people.get_mut(who) else {
                return;
            };
            let now = person.now(self.minutes);
            person.phone.frame(&bytes, now);
            let frames = person.carries_out(disk_works);
            if !disk_works {
                self.cut(who);
            }
            self.puts_on_wire(who, frames);
            if self.wires.get(who).is_none_or(Option::is_none) {
                return;
            }
        }
    }

    fn phone_dies(&mut self, who: usize) {
        self.crashes += 1;
        if let (Some(person), Some(wire)) = (self.people.get_mut(who), self.wires.get_mut(who)) {
            *wire = None;
            person.starts();
            person.carries_out(true);
        }
    }

    fn relay_dies(&mut self) {
        self.relay.starts();
        self.all_wires_break();
    }

    fn all_wires_break(&mut self) {
        self.crashes += 1;
        for who in 0..self.people.len() {
            self.cut(who);
        }
    }

    /// A page was frozen for an hour and comes back.
    fn freezes(&mut self, who: usize) {
        self.minutes += 60;
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        for _ in 0..2 {
            let now = person.now(self.minutes);
            person.phone.tick(now);
            self.minutes += 1;
        }
        let frames = person.carries_out(true);
        self.puts_on_wire(who, frames);
    }

    /// Everybody finds reception and everything under way arrives.
    fn meets(&mut self) {
        for _ in 0..10_000 {
            let mut quiet = true;
            for who in 0..self.people.len() {
                self.connects(who);
                let under_way = |wires: &[Option<Wire>]| {
                    let wire = wires.get(who).and_then(Option::as_ref);
                    wire.map(|wire| (wire.up.len(), wire.down.len()))
                };
                match under_way(&self.wires) {
                    Some((0, 0)) => {}
                    Some((up, _)) => {
                        quiet = false;
                        if up > 0 {
                            self.uplink(who);
                        }
                        self.downlink(who, false);
                    }
                    None => {
                        quiet = false;
                        if let Some(person) = self.people.get_mut(who) {
                            person.phone.network(true);
                            person.carries_out(true);
                        }
                    }
                }
            }
            if quiet {
                return;
            }
        }
        assert!(
            cfg!(test) && self.people.is_empty(),
            "the neighbourhood never comes to rest"
        );
    }

    /// What must be true once everybody has met.
    fn holds(&mut self) {
        for (document, hash) in &self.acknowledged {
            assert!(
                self.relay.has(*document, hash),
                "an acknowledged change is gone"
            );
        }
        for log in self.relay.logs() {
            let gapless = log.iter().zip(1..).all(|(row, seq)| row.seq == seq);
            assert!(gapless, "the log has a gap");
        }
        let mut truth = BTreeMap::new();
        for document in self.relay.documents() {
            let board = document.board();
            let board = board.unwrap_or_else(|error| panic!("{error}"));
            for request in board.requests() {
                assert!(
                    request.matches.keys().count() <= request.places + 1,
                    "more matches than places"
                );
                truth.insert(request.id, request);
            }
        }
        for person in &mut self.people {
            let safekeeping = person.phone.safekeeping();
            assert_eq!(safekeeping.unsent, 0, "{} has unsent work", person.number);
            assert_eq!(
                person.unsent_on_disk(),
                0,
                "{} keeps sent work",
                person.number
            );
            let cards = person.cards();
            for (id, request) in &truth {
                let card = cards.iter().find(|card| card.id == *id);
                let stage = kruispunt_core::view::stage(request);
                assert_eq!(
                    card.map(|card| card.stage),
                    Some(stage),
                    "{} sees another stage",
                    person.number
                );
                let claims = card.map_or(0, |card| card.claims.len());
                assert_eq!(
                    claims,
                    request.claims.keys().count(),
                    "{} sees other claims",
                    person.number
                );
            }
            for (request, deed) in person.deeds.clone() {
                let shows = truth.get(&request).is_some_and(|truth| match deed {
                    Deed::Logged => true,
                    Deed::Claimed => truth.claims.contains_key(&person.member()),
                    Deed::Released => !truth.claims.contains_key(&person.member()),
                    Deed::Withdrawn => truth.withdrawn_at.is_some(),
                });
                assert!(
                    shows || person.is_told_of_refusal(request),
                    "what {} did ({deed:?}, {request}) disappeared",
                    person.number
                );
            }
        }
        for person in &mut self.people {
            let refused = person.phone.safekeeping().refused;
            let seen = person.cards().len();
            assert!(
                seen <= truth.len() + refused,
                "{} sees what nobody else does",
                person.number
            );
        }
    }
}
