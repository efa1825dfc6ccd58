//! A street in which something happened already, at the relay.

use std::sync::OnceLock;

use kruispunt_core::access::Rights;
use kruispunt_core::command::{Author, Command};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::model::{
    Area, AreaKind, Ask, FeedbackHow, Membership, Repeat, Role, Theme, Urgency,
};
use kruispunt_core::neighbourhood::{Me, MeMember, StreetDocument};
use kruispunt_core::sync::frame::{Changes, Cursor, Frame, Push, Welcome};
use kruispunt_core::sync::{Admission, Effect, Origin, Phone, RelayDocument};
use kruispunt_core::time::Timestamp;

const AREA: AreaId = AreaId::from_bytes([1; 16]);
const DOCUMENT: DocumentId = DocumentId::from_bytes([2; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// Who lives here; each has one phone.
const PEOPLE: [(&str, Role); 3] = [
    ("buur 1", Role::Ambassador),
    ("buur 2", Role::Volunteer),
    ("buur 3", Role::Coordinator),
];

/// A street's log, and how it came about.
#[derive(Debug, Default)]
pub(crate) struct Street {
    rows: Vec<Vec<u8>>,
    bound: Vec<(Vec<u8>, DeviceId)>,
    /// Every frame a phone sent or received.
    pub(crate) frames: Vec<Vec<u8>>,
    /// Every change a phone made, and whose it is.
    pub(crate) changes: Vec<(u8, Vec<u8>)>,
}

impl Street {
    /// The street, always the same.
    pub(crate) fn get() -> &'static Self {
        static STREET: OnceLock<Street> = OnceLock::new();
        STREET.get_or_init(Self::lives)
    }

    /// Something of everything happens.
    fn lives() -> Self {
        let mut street = Self::default();
        let requests = [[3; 16], [4; 16], [5; 16]].map(RequestId::from_bytes);
        let [first, second, third] = requests;
        let log = |ask| Command::LogRequest {
            area: AREA,
            theme: Theme::Company,
            ask,
            day: None,
            part: None,
            urgency: Urgency::ThisWeek,
            repeat: Repeat::Once,
            source: None,
            language: None,
        };
        let claim = |request| Command::ClaimRequest { request };
        street.does(0, log(Ask::Coffee), first);
        street.does(0, log(Ask::Coffee), second);
        street.does(1, claim(first), first);
        street.does(1, claim(second), second);
        street.does(1, Command::ReleaseClaim { request: second }, second);
        street.does(1, Command::MarkDone { request: first }, first);
        let how = FeedbackHow::InPerson;
        street.does(
            0,
            Command::GiveFeedback {
                request: first,
                how,
                on: None,
            },
            first,
        );
        street.does(2, log(Ask::Coffee), third);
        street.does(2, Command::WithdrawRequest { request: third }, third);
        street
    }

    /// Somebody does something on a phone that was never here before, and the relay takes it.
    fn does(&mut self, whose: u8, command: Command, request: RequestId) {
        let mut relay = self.relay();
        let mut phone = Phone::new([0x40 + u8::try_from(self.rows.len()).unwrap_or(0); 16]);
        phone.know(me(whose)).expect("the places form a tree");
        phone.lead();
        phone.network(true);
        phone.connected("token", NOW);
        let known = Changes {
            document: DOCUMENT,
            epoch: 0,
            first: 1,
            changes: self.rows.iter().cloned().map(Into::into).collect(),
        };
        let welcome = Welcome {
            version: 1,
            now: NOW.as_millis(),
            following: 1,
        };
        for frame in [Frame::Welcome(welcome), Frame::Changes(known)] {
            self.hears(&mut phone, &frame);
        }
        phone
            .command(command, request, NOW)
            .unwrap_or_else(|error| panic!("{whose} may do this: {error}"));
        loop {
            let effects = phone.drain();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                match effect {
                    Effect::Store(batch) => phone.stored(batch.number),
                    Effect::Send(bytes) => self.goes_up(whose, bytes, &mut phone, &mut relay),
                    _ => {}
                }
            }
        }
    }

    fn goes_up(&mut self, whose: u8, bytes: Vec<u8>, phone: &mut Phone, relay: &mut RelayDocument) {
        let frame = Frame::decode(&bytes).expect("a phone writes frames");
        self.frames.push(bytes);
        let Frame::Push(push) = frame else {
            return;
        };
        let admission = self.pushes(whose, relay, &push);
        let changes = push.changes.iter().map(|change| (whose, change.to_vec()));
        self.changes.extend(changes);
        assert!(!admission.rows.is_empty(), "honest work is refused");
        for row in admission.rows {
            self.bound.push((row.actor, self.device(row.origin)));
            self.rows.push(row.bytes);
        }
        for frame in admission.answers.iter().chain(&admission.verdict) {
            self.hears(phone, frame);
        }
    }

    fn hears(&mut self, phone: &mut Phone, frame: &Frame) {
        let bytes = frame.encode();
        phone.frame(&bytes, NOW);
        self.frames.push(bytes);
    }

    /// The street as a relay has it in memory.
    pub(crate) fn relay(&self) -> RelayDocument {
        let at = Cursor {
            document: DOCUMENT,
            epoch: 0,
            seq: 0,
        };
        let (rows, bound) = (self.rows.iter().cloned(), self.bound.iter().cloned());
        RelayDocument::restore(at, None, rows, bound, [9; 16]).expect("the street is restored")
    }

    /// Somebody's phone pushes.
    #[expect(clippy::unused_self, reason = "it is the street that is pushed into")]
    pub(crate) fn pushes(&self, whose: u8, relay: &mut RelayDocument, push: &Push) -> Admission {
        let (first_name, role) = person(whose);
        let author = Author {
            member: member(whose),
            first_name,
            rights: Rights::of([role]),
        };
        relay.push(push, &author, device(whose), NOW)
    }

    /// Whose row this is.
    #[expect(clippy::unused_self, reason = "devices are the street's")]
    pub(crate) fn device(&self, origin: Origin) -> DeviceId {
        match origin {
            Origin::Relay => DeviceId::from_bytes([0; 16]),
            Origin::Device(_, device) => device,
        }
    }
}

fn person(whose: u8) -> (&'static str, Role) {
    let whose = usize::from(whose) % PEOPLE.len();
    PEOPLE.get(whose).copied().expect("somebody lives here")
}

fn number(whose: u8) -> u8 {
    0x20 + whose % u8::try_from(PEOPLE.len()).unwrap_or(1)
}

fn member(whose: u8) -> MemberId {
    MemberId::from_bytes([number(whose); 16])
}

fn device(whose: u8) -> DeviceId {
    DeviceId::from_bytes([number(whose); 16])
}

fn me(whose: u8) -> Me {
    let (first_name, role) = person(whose);
    Me {
        record_key: None,
        passkey: None,
        verified_until: None,
        profile: None,
        member: MeMember {
            id: member(whose),
            first_name: first_name.to_owned(),
        },
        device: device(whose),
        memberships: vec![Membership { area: AREA, role }],
        areas: vec![Area {
            id: AREA,
            code: "straat".to_owned(),
            name: "Straat".to_owned(),
            kind: AreaKind::Street,
            parent: None,
        }],
        streets: vec![StreetDocument {
            area: AREA,
            document: DOCUMENT,
        }],
    }
}
