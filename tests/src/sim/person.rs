//! One person with a phone: what is in memory, what is on its disk, and what the person was told is done.

use std::collections::BTreeMap;

use kruispunt_core::command::{Command, CommandError};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::model::{Area, AreaKind, Membership, Role};
use kruispunt_core::neighbourhood::{Me, MeMember, StreetDocument};
use kruispunt_core::sync::{Effect, Phone};
use kruispunt_core::time::Timestamp;
use kruispunt_core::view::{Query, RequestCard, Safety, View};

/// Every street of the neighbourhood, with its document.
#[derive(Debug, Clone)]
pub(super) struct Street {
    pub(super) area: AreaId,
    pub(super) document: DocumentId,
}

/// What a person was told is done: "bewaard op deze telefoon".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Logged,
    Claimed,
    Released,
    Withdrawn,
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) number: u8,
    pub(super) role: Role,
    pub(super) phone: Phone,
    disk: BTreeMap<String, Vec<u8>>,
    /// Minutes by which this phone's clock is wrong.
    skew: i64,
    starts: u8,
    made: u32,
    /// Whether the phone asked for a connection.
    pub(super) dials: bool,
    /// The last deed on each request that this person was told is kept.
    pub(super) deeds: BTreeMap<RequestId, Deed>,
    streets: Vec<Street>,
}

impl Person {
    pub(super) fn new(number: u8, role: Role, streets: &[Street], skew: i64) -> Self {
        let mut person = Self {
            number,
            role,
            phone: Phone::new([0; 16]),
            disk: BTreeMap::new(),
            skew,
            starts: 0,
            made: 0,
            dials: false,
            deeds: BTreeMap::new(),
            streets: streets.to_vec(),
        };
        person.starts();
        let me = person.me();
        assert!(person.phone.know(me).is_ok(), "the places form a tree");
        person.carries_out(true);
        person
    }

    pub(super) fn member(&self) -> MemberId {
        MemberId::from_bytes([self.number; 16])
    }

    pub(super) fn device(&self) -> DeviceId {
        DeviceId::from_bytes([self.number; 16])
    }

    pub(super) fn name(&self) -> String {
        format!("buur {}", self.number)
    }

    fn me(&self) -> Me {
        let quarter = AreaId::from_bytes([255; 16]);
        let area = |id, kind, parent, n: usize| Area {
            id,
            code: n.to_string(),
            name: n.to_string(),
            kind,
            parent,
        };
        let streets = self.streets.iter().enumerate();
        let mut areas: Vec<_> = streets
            .map(|(n, street)| area(street.area, AreaKind::Street, Some(quarter), n + 1))
            .collect();
        areas.push(area(quarter, AreaKind::Quarter, None, 0));
        Me {
            member: MeMember {
                id: self.member(),
                first_name: self.name(),
            },
            device: self.device(),
            memberships: vec![Membership {
                area: quarter,
                role: self.role,
            }],
            areas,
            streets: self
                .streets
                .iter()
                .map(|street| StreetDocument {
                    area: street.area,
                    document: street.document,
                })
                .collect(),
        }
    }

    /// The app starts from what is on the disk; everything in memory is gone.
    pub(super) fn starts(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        let mut actor = [self.number; 16];
        [actor[0], actor[1]] = [self.starts, 1];
        self.phone = match Phone::load(actor, self.disk.clone()) {
            Ok(phone) => phone,
            Err(error) => panic!("a phone starts from its own records: {error}"),
        };
        self.dials = false;
        self.phone.lead();
        self.phone.network(true);
    }

    pub(super) fn now(&self, minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + (minutes + self.skew) * 60_000)
    }

    /// Does something. Only when it is on the disk the person is told so.
    pub(super) fn does(
        &mut self,
        command: Command,
        minutes: i64,
        disk_works: bool,
    ) -> Vec<Vec<u8>> {
        self.made += 1;
        let mut fresh = [self.number; 16];
        [fresh[0], fresh[1], fresh[2], fresh[3]] = self.made.to_be_bytes();
        let deed = match command {
            Command::LogRequest { .. } => Some(Deed::Logged),
            Command::ClaimRequest { .. } => Some(Deed::Claimed),
            Command::ReleaseClaim { .. } => Some(Deed::Released),
            Command::WithdrawRequest { .. } => Some(Deed::Withdrawn),
            _ => None,
        };
        let now = self.now(minutes);
        let done = self
            .phone
            .command(command, RequestId::from_bytes(fresh), now);
        let (request, batch) = match done {
            Ok(done) => done,
            Err(CommandError::Refused(_)) => return Vec::new(),
            Err(CommandError::Board(error)) => panic!("a board is always readable: {error}"),
        };
        let frames = self.carries_out(disk_works);
        if let (true, Some(_), Some(deed)) = (disk_works, batch, deed) {
            self.deeds.insert(request, deed);
        }
        frames
    }

    /// Carries out what the phone asks for; gives the frames it sends. A disk that does not work takes the app down,
    /// as the worker does: what is in memory must never run ahead of what is kept.
    pub(super) fn carries_out(&mut self, disk_works: bool) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        loop {
            let effects = self.phone.drain();
            if effects.is_empty() {
                return frames;
            }
            for effect in effects {
                match effect {
                    Effect::Store(_) if !disk_works => {
                        self.starts();
                        return Vec::new();
                    }
                    Effect::Store(batch) => {
                        self.disk.extend(batch.puts);
                        for key in batch.deletes {
                            self.disk.remove(&key);
                        }
                        self.phone.stored(batch.number);
                    }
                    Effect::Send(frame) => frames.push(frame),
                    Effect::Connect { .. } => self.dials = true,
                    Effect::Close => frames.push(Vec::new()),
                    Effect::SignIn | Effect::Revoked | Effect::Changed => {}
                }
            }
        }
    }

    pub(super) fn cards(&mut self) -> Vec<RequestCard> {
        match self.phone.view(Query::Board { area: None }) {
            Some(View::Board(board)) => board
                .columns
                .into_iter()
                .flat_map(|column| column.cards)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the person sees that work on this request was refused.
    pub(super) fn is_told_of_refusal(&mut self, request: RequestId) -> bool {
        self.cards()
            .iter()
            .any(|card| card.id == request && card.safety == Safety::Refused)
    }

    /// How many records of unsent work are on the disk.
    pub(super) fn unsent_on_disk(&self) -> usize {
        self.disk.keys().filter(|key| key.starts_with("o/")).count()
    }
}
