//! A few people with phones, and the relay: frames go over by hand.

use std::collections::BTreeMap;

use super::super::super::frame::{Changes, Cursor, Frame, Push, Snapshot, Welcome};
use super::super::super::{Admission, RelayDocument, Row};
use super::super::{Batch, Effect, Phone};
use crate::access::Rights;
use crate::command::{Author, Command};
use crate::id::{AreaId, DeviceId, DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Area, AreaKind, Ask, Membership, Repeat, Role, Theme, Urgency};
use crate::neighbourhood::{Me, MeMember, StreetDocument};
use crate::schema::Keep;
use crate::time::Timestamp;
use crate::view::{Query, RequestCard, StreetLine, StreetWork, View};

pub(super) const STREET: AreaId = AreaId::from_bytes([1; 16]);
pub(super) const BOARD: DocumentId = DocumentId::from_bytes([2; 16]);

pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}

/// The relay with one street, and what it stored.
pub(super) struct Relay {
    pub(super) document: RelayDocument,
    pub(super) log: Vec<Row>,
    start: Cursor,
    snapshot: Option<Vec<u8>>,
}

impl Relay {
    pub(super) fn opens() -> Self {
        let start = Cursor {
            document: BOARD,
            epoch: 0,
            seq: 0,
        };
        let document = RelayDocument::restore(start, None, [], [], [200; 16]).unwrap();
        Self {
            document,
            log: Vec::new(),
            start,
            snapshot: None,
        }
    }

    /// As after a crash: everything in memory is gone, everything stored is read again.
    pub(super) fn restarts(&mut self) {
        let rows: Vec<_> = self.log.iter().map(|row| row.bytes.clone()).collect();
        let snapshot = self.snapshot.as_deref();
        self.document = RelayDocument::restore(self.start, snapshot, rows, [], [201; 16]).unwrap();
    }

    pub(super) fn has_room(&mut self, operations: u64) {
        self.restarts();
        let document = std::mem::replace(&mut self.document, Self::opens().document);
        self.document = document.with_room(operations);
    }

    /// Begins a new epoch; the frame that tells so.
    pub(super) fn rotates(&mut self, closed_since: Timestamp) -> Frame {
        let next = self.start.epoch + 1;
        let keep = Keep::since(closed_since);
        self.snapshot = Some(self.document.rotate(next, keep).unwrap());
        self.start.epoch = next;
        self.log.clear();
        self.restarts();
        self.told_whole()
    }

    /// The machine is lost, and another goes on with so much of the log.
    pub(super) fn is_put_back(&mut self, seq: u64) {
        self.log.retain(|row| row.seq <= seq);
        self.restarts();
        let next = self.start.epoch + 1_000_000;
        self.snapshot = Some(self.document.put_back(next).unwrap());
        self.start.epoch = next;
        self.log.clear();
        self.restarts();
    }

    fn told_whole(&self) -> Frame {
        Frame::Snapshot(Snapshot {
            cursor: self.start,
            bytes: self.snapshot.clone().unwrap().into(),
        })
    }

    /// What somebody with these cursors lacks.
    fn catch_up(&self, cursors: &[Cursor]) -> Vec<Frame> {
        let mut frames = Vec::new();
        let cursor = cursors.first().copied();
        let mut at = cursor.map_or(0, |cursor| cursor.seq);
        if cursor.map_or(0, |cursor| cursor.epoch) != self.start.epoch {
            frames.push(self.told_whole());
            at = 0;
        }
        let tail: Vec<_> = self.log.iter().filter(|row| row.seq > at).collect();
        if !tail.is_empty() {
            frames.push(Frame::Changes(Changes {
                document: BOARD,
                epoch: self.start.epoch,
                first: at + 1,
                changes: tail.iter().map(|row| row.bytes.clone().into()).collect(),
            }));
        }
        frames
    }
}

/// A phone, its durable store, and whether it has reception.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) phone: Phone,
    pub(super) store: BTreeMap<String, Vec<u8>>,
    pub(super) online: bool,
    pub(super) starts: u8,
    pub(super) outbox: Vec<Vec<u8>>,
    /// What the store had no room for, in order; `None` while it has room.
    pub(super) held: Option<Vec<Batch>>,
    /// How long the phone wanted to wait before each connection.
    pub(super) dialled: Vec<u32>,
}

impl Person {
    pub(super) fn joins(name: &'static str, role: Role) -> Self {
        let mut person = Self {
            name,
            role,
            phone: Phone::new([0; 16]),
            store: BTreeMap::new(),
            online: false,
            starts: 0,
            outbox: Vec::new(),
            held: None,
            dialled: Vec::new(),
        };
        person.reopens();
        person.phone.know(person.me()).unwrap();
        person.carries_out();
        person
    }

    pub(super) fn number(&self) -> u8 {
        self.name.as_bytes()[0]
    }

    pub(super) fn member(&self) -> MemberId {
        MemberId::from_bytes([self.number(); 16])
    }

    pub(super) fn me(&self) -> Me {
        Me {
            record_key: None,
            passkey: None,
            verified_until: None,
            profile: None,
            member: MeMember {
                id: self.member(),
                first_name: self.name.to_owned(),
            },
            device: DeviceId::from_bytes([self.number(); 16]),
            memberships: vec![Membership {
                area: STREET,
                role: self.role,
            }],
            areas: vec![Area {
                id: STREET,
                code: "S".into(),
                name: "Lekstraat".into(),
                kind: AreaKind::Street,
                parent: None,
            }],
            streets: vec![StreetDocument {
                area: STREET,
                document: BOARD,
            }],
        }
    }

    /// Closes the app and opens it again from what is stored.
    pub(super) fn reopens(&mut self) {
        self.starts += 1;
        let mut actor = [self.number(); 16];
        actor[0] = self.starts;
        self.phone = Phone::load(actor, self.store.clone()).unwrap();
        self.online = false;
    }

    /// From now on the store takes nothing: memory holds what it would not take.
    pub(super) fn fills_up(&mut self) {
        self.held = Some(Vec::new());
    }

    /// There is room again, and the store takes what was held.
    pub(super) fn makes_room(&mut self) {
        for batch in self.held.take().unwrap_or_default() {
            self.writes(batch);
        }
    }

    fn writes(&mut self, batch: Batch) {
        self.store.extend(batch.puts);
        for key in batch.deletes {
            self.store.remove(&key);
        }
    }

    /// Loses reception; what was under way is lost with it.
    pub(super) fn goes_offline(&mut self) {
        self.online = false;
        self.outbox.clear();
        self.phone.network(false);
        self.phone.disconnected(0);
        self.phone.drain();
    }

    /// Carries out what the phone asks for, until it asks for nothing more. Frames wait in the outbox.
    pub(super) fn carries_out(&mut self) {
        loop {
            let effects = self.phone.drain();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Store(batch) => {
                        let number = batch.number;
                        match &mut self.held {
                            Some(held) => held.push(batch),
                            None => self.writes(batch),
                        }
                        self.phone.stored(number);
                    }
                    Effect::Send(frame) => self.outbox.push(frame),
                    Effect::Close => self.online = false,
                    Effect::Connect { after_ms } => self.dialled.push(after_ms),
                    Effect::SignIn | Effect::AskAnew | Effect::Revoked | Effect::Changed => {}
                }
            }
        }
    }

    /// On another day.
    pub(super) fn does_at(&mut self, command: Command, at: Timestamp) {
        let fresh = RequestId::from_bytes([self.number() ^ self.starts; 16]);
        self.phone.command(command, fresh, at).unwrap();
        self.carries_out();
    }

    pub(super) fn does(&mut self, command: Command) -> Result<RequestId, Reason> {
        let fresh = RequestId::from_bytes([self.number() ^ self.starts; 16]);
        let (request, _) =
            self.phone
                .command(command, fresh, now())
                .map_err(|error| match error {
                    crate::command::CommandError::Refused(reason) => reason,
                    crate::command::CommandError::Board(error) => panic!("{error}"),
                })?;
        self.carries_out();
        Ok(request)
    }

    pub(super) fn logs_groceries(&mut self) -> RequestId {
        self.does(Command::LogRequest {
            area: STREET,
            theme: Theme::Groceries,
            ask: Ask::ShopForMe,
            day: None,
            part: None,
            urgency: Urgency::ThisWeek,
            repeat: Repeat::Once,
            source: None,
            language: None,
        })
        .unwrap()
    }

    pub(super) fn hears(&mut self, frame: &Frame) {
        self.phone.frame(&frame.encode(), now());
        self.carries_out();
    }

    pub(super) fn sees(&mut self, id: RequestId) -> RequestCard {
        match self.phone.view(&Query::Request { id }, now()) {
            Some(View::Request(view)) => view.request.expect("the request is on this phone"),
            other => panic!("{other:?}"),
        }
    }

    /// What happened to it, as this person reads it.
    pub(super) fn sees_history(&mut self, id: RequestId) -> Vec<&'static str> {
        match self.phone.view(&Query::Request { id }, now()) {
            Some(View::Request(view)) => view.history.iter().map(|line| line.kind).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// This person's own work that is not safe at the relay.
    pub(super) fn work(&mut self) -> Vec<StreetWork> {
        match self.phone.view(&Query::Work {}, now()) {
            Some(View::Work(view)) => view.streets,
            other => panic!("{other:?}"),
        }
    }

    /// The street in the list of this person's streets.
    pub(super) fn street(&mut self) -> StreetLine {
        match self.phone.view(&Query::Streets {}, now()) {
            Some(View::Streets(view)) => view.streets.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn heads(&self) -> Vec<automerge::ChangeHash> {
        self.phone.streets[&BOARD].board.heads()
    }
}

/// Connects a person, lets them catch up and delivers everything both ways until all is quiet.
pub(super) fn meets(relay: &mut Relay, people: &mut [&mut Person]) {
    for person in people.iter_mut() {
        if !person.online {
            person.online = true;
            person.phone.lead();
            person.phone.network(true);
            person.phone.connected("token", now());
            person.carries_out();
        }
    }
    while let Some(from) = people.iter().position(|person| !person.outbox.is_empty()) {
        let frame = people[from].outbox.remove(0);
        match Frame::decode(&frame).unwrap() {
            Frame::Hello(hello) => {
                let frames = relay.catch_up(&hello.cursors);
                people[from].hears(&Frame::Welcome(Welcome {
                    version: 1,
                    now: now().as_millis(),
                    following: u32::from(!frames.is_empty()),
                }));
                for frame in &frames {
                    people[from].hears(frame);
                }
            }
            Frame::Push(push) => {
                let admission = pushes(relay, people[from], &push);
                for answer in &admission.answers {
                    people[from].hears(answer);
                }
                for (other, person) in people.iter_mut().enumerate() {
                    for news in admission
                        .news
                        .iter()
                        .filter(|_| other != from)
                        .chain(&admission.verdict)
                    {
                        person.hears(news);
                    }
                }
            }
            other => panic!("a phone does not send {other:?}"),
        }
    }
}

pub(super) fn pushes(relay: &mut Relay, person: &Person, push: &Push) -> Admission {
    let author = Author {
        member: person.member(),
        first_name: person.name,
        rights: Rights::of([person.role]),
    };
    let device = DeviceId::from_bytes([person.number(); 16]);
    let admission = relay.document.push(push, &author, device, now());
    relay.log.extend(admission.rows.iter().cloned());
    admission
}
