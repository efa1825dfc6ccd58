//! Every decoder, with anything: what was written is read again, no bytes make it panic, and a length that is only
//! declared takes no memory.

use std::fmt::Debug;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::frame::{
    Ack, Changes, Cursor, Failure, Frame, Hash, Hello, Purge, Push, Refusal, Reject, Snapshot,
    Welcome,
};
use super::record::{Key, Outgoing, Place, bytes};
use crate::command::Command;
use crate::id::{AreaId, DocumentId};
use crate::message::Reason;
use crate::model::{Area, Membership, Profile, Word};
use crate::neighbourhood::{Me, MeMember, StreetDocument};
use crate::time::Timestamp;
use crate::view::Refused;

fn id<I: From16 + Debug>() -> impl Strategy<Value = I> {
    any::<[u8; 16]>().prop_map(I::from16)
}

/// What is made of 16 random bytes.
trait From16 {
    fn from16(bytes: [u8; 16]) -> Self;
}

macro_rules! from16 {
    ($($id:ident),+) => {
        $(impl From16 for crate::id::$id {
            fn from16(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        })+
    };
}

from16!(MemberId, DeviceId, AreaId, RequestId, DocumentId);

fn word<W: Word + Debug>() -> impl Strategy<Value = W> {
    select(W::ALL)
}

fn reason() -> impl Strategy<Value = Reason> {
    select(&Reason::ALL[..])
}

fn at() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(ByteArray::from)
}

fn changes() -> impl Strategy<Value = Vec<minicbor::bytes::ByteVec>> {
    vec(vec(any::<u8>(), 0..40).prop_map(Into::into), 0..4)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (id(), any::<u32>(), any::<u64>()).prop_map(|(document, epoch, seq)| Cursor {
        document,
        epoch,
        seq,
    })
}

fn command() -> impl Strategy<Value = Command> {
    let words = (word(), word(), word(), word());
    let log = (
        id(),
        words,
        option::of(word()),
        option::of(word()),
        option::of(word()),
        option::of(word()),
    );
    let log = log.prop_map(
        |(area, (theme, ask, urgency, repeat), day, part, source, language)| Command::LogRequest {
            area,
            theme,
            ask,
            day,
            part,
            urgency,
            repeat,
            source,
            language,
        },
    );
    prop_oneof![
        log,
        id().prop_map(|request| Command::ClaimRequest { request }),
        id().prop_map(|request| Command::ReleaseClaim { request }),
        id().prop_map(|request| Command::MarkDone { request }),
        (id(), word(), option::of(at()))
            .prop_map(|(request, how, on)| { Command::GiveFeedback { request, how, on } }),
        id().prop_map(|request| Command::WithdrawRequest { request }),
        later(),
    ]
}

/// A talent, and anything that happens to a request later.
fn later() -> impl Strategy<Value = Command> {
    let talent = (id(), (word(), word(), word()), option::of(word()));
    let talent = talent.prop_map(
        |(area, (theme, ask, repeat), language)| Command::LogTalent {
            area,
            theme,
            ask,
            day: None,
            part: None,
            repeat,
            language,
        },
    );
    let text = || option::of("[a-z_]{0,20}");
    let entry = (
        id(),
        word(),
        text(),
        text(),
        option::of(id()),
        option::of(id()),
        any::<Option<i64>>(),
    );
    let entry = entry.prop_map(|(request, kind, to, why, who, into, n)| Command::AddEntry {
        request,
        kind,
        to,
        why,
        who,
        into,
        n,
    });
    prop_oneof![talent, entry]
}

fn outgoing() -> impl Strategy<Value = Outgoing> {
    let change = vec(any::<u8>(), 0..100);
    (any::<u32>(), id(), command(), at(), change).prop_map(
        |(epoch, request, command, at, change)| Outgoing {
            epoch,
            request,
            command,
            at,
            change,
        },
    )
}

fn refused() -> impl Strategy<Value = Refused> {
    (id(), command(), at(), reason()).prop_map(|(request, command, at, reason)| Refused {
        request,
        command,
        at,
        reason,
    })
}

fn place() -> impl Strategy<Value = Place> {
    any::<(u32, u64)>().prop_map(|(epoch, seq)| Place { epoch, seq })
}

fn me() -> impl Strategy<Value = Me> {
    let member = (id(), ".*").prop_map(|(id, first_name)| MeMember { id, first_name });
    let membership = (id(), word()).prop_map(|(area, role)| Membership { area, role });
    let area = (id(), ".*", ".*", word(), option::of(id::<AreaId>()));
    let area = area.prop_map(|(id, code, name, kind, parent)| Area {
        id,
        code,
        name,
        kind,
        parent,
    });
    let profile = (vec(word(), 0..3), option::of(any::<u8>()));
    let profile = profile.prop_map(|(talents, at_most)| Profile {
        talents,
        at_most,
        ..Profile::default()
    });
    let street = (id(), id::<DocumentId>());
    let street = street.prop_map(|(area, document)| StreetDocument { area, document });
    (
        member,
        id(),
        vec(membership, 0..3),
        vec(area, 0..4),
        vec(street, 0..4),
        option::of(profile),
    )
        .prop_map(
            |(member, device, memberships, areas, streets, profile)| Me {
                record_key: None,
                passkey: None,
                verified_until: None,
                profile,
                member,
                device,
                memberships,
                areas,
                streets,
            },
        )
}

fn frame() -> impl Strategy<Value = Frame> {
    let hello = (vec(any::<u8>(), 0..4), ".*", vec(cursor(), 0..6));
    let hello = hello.prop_map(|(versions, token, cursors)| {
        let versions = versions.into();
        Frame::Hello(Hello {
            versions,
            token,
            cursors,
        })
    });
    let welcome = any::<(u8, i64, u32)>().prop_map(|(version, now, following)| {
        Frame::Welcome(Welcome {
            version,
            now,
            following,
        })
    });
    let push = (id(), any::<u32>(), changes()).prop_map(|(document, epoch, changes)| {
        Frame::Push(Push {
            document,
            epoch,
            changes,
        })
    });
    let ack = (id(), any::<u32>(), any::<u64>(), vec(hash(), 0..4)).prop_map(
        |(document, epoch, first, hashes)| {
            Frame::Ack(Ack {
                document,
                epoch,
                first,
                hashes,
            })
        },
    );
    let refusal = (hash(), reason()).prop_map(|(hash, reason)| Refusal { hash, reason });
    let reject = (id(), vec(refusal, 0..4))
        .prop_map(|(document, refused)| Frame::Reject(Reject { document, refused }));
    let news = (id(), any::<u32>(), any::<u64>(), changes()).prop_map(
        |(document, epoch, first, changes)| {
            Frame::Changes(Changes {
                document,
                epoch,
                first,
                changes,
            })
        },
    );
    let snapshot = (cursor(), vec(any::<u8>(), 0..100)).prop_map(|(cursor, bytes)| {
        let bytes = bytes.into();
        Frame::Snapshot(Snapshot { cursor, bytes })
    });
    prop_oneof![
        hello,
        welcome,
        push,
        ack,
        reject,
        news,
        snapshot,
        id().prop_map(|document| Frame::Purge(Purge { document })),
        ".*".prop_map(|key| Frame::Failure(Failure { key })),
        Just(Frame::Ping),
        Just(Frame::Pong),
        (12_u64..).prop_map(Frame::Unknown),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        Just(Key::Me),
        id().prop_map(Key::Cursor),
        id().prop_map(Key::Snapshot),
        (id(), any::<u64>()).prop_map(|(document, seq)| Key::Increment(document, seq)),
        (id(), any::<[u8; 32]>()).prop_map(|(document, hash)| Key::Outbox(document, hash)),
        (id(), id()).prop_map(|(document, request)| Key::Refused(document, request)),
    ]
}

/// What happens to bytes on a bad day.
#[derive(Debug, Clone)]
enum Damage {
    Byte(Index, u8),
    Cut(Index),
    Inserted(Index, Vec<u8>),
}

impl Damage {
    fn do_to(self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Byte(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Inserted(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more);
            }
        }
    }
}

/// Damage of any kind; every third time a CBOR header that declares more than there can ever be.
fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let declared = select(&[0x5b_u8, 0x7b, 0x9b, 0xbb][..]).prop_map(|header| {
        let mut bytes = vec![header];
        bytes.extend((u64::MAX >> 4).to_be_bytes());
        bytes
    });
    let one = prop_oneof![
        any::<(Index, u8)>().prop_map(|(at, byte)| Damage::Byte(at, byte)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), declared).prop_map(|(at, more)| Damage::Inserted(at, more)),
    ];
    vec(one, 1..4)
}

/// Written, read and written again it is the same; damaged it is an error or something else, never a panic.
fn survives<T: Encode<()> + for<'b> Decode<'b, ()>>(record: &T, damage: Vec<Damage>) {
    let mut written = bytes(record);
    let read: T = minicbor::decode(&written).unwrap();
    assert_eq!(bytes(&read), written);
    for one in damage {
        one.do_to(&mut written);
    }
    let _ = minicbor::decode::<T>(&written);
}

proptest! {
    #[test]
    fn frames(frame in frame(), damage in damage()) {
        let mut written = frame.encode();
        prop_assert_eq!(Frame::decode(&written).unwrap(), frame);
        for one in damage {
            one.do_to(&mut written);
        }
        if let Ok(read) = Frame::decode(&written) {
            prop_assert_eq!(Frame::decode(&read.encode()).unwrap(), read);
        }
    }

    #[test]
    fn what_the_phone_keeps(
        outgoing in outgoing(),
        refused in refused(),
        place in place(),
        me in me(),
        damages in vec(damage(), 4),
    ) {
        let mut damages = damages.into_iter();
        let mut next = || damages.next().unwrap();
        survives(&outgoing, next());
        survives(&refused, next());
        survives(&place, next());
        survives(&me, next());
    }

    #[test]
    fn what_screens_and_relay_say_in_json(command in command(), me in me()) {
        let text = serde_json::to_string(&command).unwrap();
        prop_assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
        let text = serde_json::to_string(&me).unwrap();
        prop_assert_eq!(serde_json::from_str::<Me>(&text).unwrap(), me);
    }

    #[test]
    fn keys(key in key(), at in any::<Index>(), other in any::<char>(), noise in ".*") {
        let text = key.to_string();
        prop_assert_eq!(Key::parse(&text), Some(key));
        let at = at.index(text.len());
        let damaged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        if let Some(read) = Key::parse(&damaged) {
            prop_assert_eq!(Key::parse(&read.to_string()), Some(read));
        }
        let _ = Key::parse(&noise);
    }

    #[test]
    fn noise(noise in vec(any::<u8>(), 0..400)) {
        let _ = Frame::decode(&noise);
        let _ = minicbor::decode::<Outgoing>(&noise);
        let _ = minicbor::decode::<Refused>(&noise);
        let _ = minicbor::decode::<Place>(&noise);
        let _ = minicbor::decode::<Me>(&noise);
        let _ = minicbor::decode::<Command>(&noise);
    }
}

#[test]
fn a_frame_of_nothing_but_beginnings_is_no_frame() {
    for header in [0x81, 0x9f, 0xa1, 0xbf, 0xc0, 0x5f] {
        let mut bytes = vec![0x82, 77];
        bytes.resize(super::frame::MAX_FRAME, header);
        assert!(Frame::decode(&bytes).is_err(), "{header:x}");
    }
}
