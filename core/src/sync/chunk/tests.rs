use automerge::Change;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{bytes, column, parse, read};
use crate::id::{DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{
    Ask, EntryKind, FeedbackHow, Language, Repeat, Route, RouteReason, Source, Theme, Urgency,
    Word as _,
};
use crate::schema::{Board, NewEntry, NewRequest};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const REQUEST: RequestId = RequestId::from_bytes([7; 16]);
const AMINA: MemberId = MemberId::from_bytes([1; 16]);

/// One change of every kind that a phone ever writes.
fn whole_life() -> Vec<Change> {
    let mut board = Board::found(DocumentId::from_bytes([3; 16]), 0).unwrap();
    board.write_as([9; 16]);
    let new = NewRequest {
        theme: Theme::Chores,
        ask: Ask::Garden,
        day: None,
        part: None,
        urgency: Urgency::CanWait,
        repeat: Repeat::Once,
        source: Source::Desk,
        language: Some(Language::Turkish),
        is_talent: false,
    };
    let mut changes = Vec::new();
    changes.push(board.log_request(REQUEST, new, AMINA, NOW));
    // Two tabs claim at once, so that letting go replaces two values.
    let mut tab = board.clone();
    tab.write_as([10; 16]);
    let twice = tab.claim(REQUEST, AMINA, "Amina", NOW).unwrap().unwrap();
    changes.push(board.claim(REQUEST, AMINA, "Amina", NOW));
    board.apply([twice.clone()]).unwrap();
    changes.push(Ok(Some(twice)));
    let entry = NewEntry {
        to: Some(Route::Combined.key().to_owned()),
        why: Some(RouteReason::Safety.key().to_owned()),
        ..NewEntry::default()
    };
    let request = board.request(REQUEST).unwrap();
    changes.push(board.add(&request, EntryKind::Route, (AMINA, "Amina"), &entry, NOW));
    let entry = NewEntry {
        n: Some(45),
        ..NewEntry::default()
    };
    let request = board.request(REQUEST).unwrap();
    changes.push(board.add(&request, EntryKind::Hours, (AMINA, "Amina"), &entry, NOW));
    changes.push(board.mark_done(REQUEST, NOW));
    changes.push(board.tell(REQUEST, FeedbackHow::InPerson, NOW));
    changes.push(board.withdraw(REQUEST, NOW));
    changes.push(board.release(REQUEST, AMINA));
    let written = |change: Result<Option<Change>, _>| change.unwrap().unwrap();
    changes.into_iter().map(written).collect()
}

/// A chunk written by hand, with these columns.
fn written(actors: u64, columns: &[(i64, &[u8])]) -> Vec<u8> {
    let mut body = vec![0, 16];
    body.extend([8; 16]);
    body.extend([1, 1, 0, 0]);
    unsigned(&mut body, actors - 1);
    (1..actors).for_each(|_| body.extend([1, 200]));
    unsigned(&mut body, columns.len() as u64);
    for (kind, column) in columns {
        unsigned(&mut body, kind.unsigned_abs());
        unsigned(&mut body, column.len() as u64);
    }
    for (_, column) in columns {
        body.extend(*column);
    }
    sealed(&body)
}

/// Puts the header before the body of a change.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    unsigned(&mut hashed, body.len() as u64);
    hashed.extend(body);
    let sum = Sha256::digest(&hashed);
    let magic = [0x85, 0x6f, 0x4a, 0x83];
    [&magic, &sum[..4], &hashed].concat()
}

fn unsigned(to: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        to.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap());
}

/// A run of `count` times one value. A byte more where the number would read as negative.
fn run(count: u64, value: &[u8]) -> Vec<u8> {
    let mut column = Vec::new();
    unsigned(&mut column, count);
    if let Some(last @ 0x40..) = column.last_mut() {
        *last |= 0x80;
        column.push(0);
    }
    column.extend(value);
    column
}

/// A change of so many times `root.a = null`.
fn many(count: u64) -> Vec<u8> {
    let (mut insert, one) = (Vec::new(), |value: &[u8]| run(count, value));
    unsigned(&mut insert, count);
    written(
        1,
        &[
            (column::KEY, &one(b"\x01a")),
            (column::INSERT, &insert),
            (column::ACTION, &one(&[1])),
            (column::VALUE_KIND, &one(&[0])),
            (column::REPLACED, &one(&[0])),
        ],
    )
}

#[test]
fn everything_that_is_ever_written_is_read() {
    for change in whole_life() {
        assert_eq!(parse(&bytes(&change)).as_ref(), Ok(&change));
    }
}

#[test]
fn a_few_bytes_that_declare_many_operations_are_refused_unwalked() {
    // automerge walks whatever is declared. With 2⁶⁰ operations that takes some thousand years.
    let million = many(1 << 20);
    assert!(million.len() < 100);
    assert_eq!(read(&million).unwrap().len(), 1 << 20);
    assert_eq!(parse(&million), Err(Reason::TooLarge));
    assert_eq!(parse(&many(1 << 60)), Err(Reason::TooLarge));
}

#[test]
fn a_few_bytes_that_replace_many_values_are_refused_unread() {
    let replacing = |count: u64| {
        let mut each = vec![1];
        unsigned(&mut each, count);
        written(
            1,
            &[
                (column::KEY, b"\x01\x01a"),
                (column::INSERT, &[1]),
                (column::ACTION, &[1, 1]),
                (column::VALUE_KIND, &[1, 0]),
                (column::REPLACED, &each),
                (column::REPLACED_ACTOR, &run(count, &[0])),
                (column::REPLACED_COUNTER, &run(count, &[0])),
            ],
        )
    };
    // Without the look beforehand this takes 16 bytes of memory for every value declared.
    assert!(read(&replacing(1 << 20)).is_some());
    assert_eq!(parse(&replacing(1 << 20)), Err(Reason::TooLarge));
    assert_eq!(parse(&replacing(1 << 60)), Err(Reason::TooLarge));
}

/// One operation on an object with this actor and counter.
fn on_object(actor: &[u8], counter: &[u8]) -> Vec<u8> {
    written(
        2,
        &[
            (column::OBJECT_ACTOR, &[&[1], actor].concat()),
            (column::OBJECT_COUNTER, &[&[1], counter].concat()),
            (column::KEY, b"\x01\x01a"),
            (column::INSERT, &[1]),
            (column::ACTION, &[1, 1]),
            (column::VALUE_KIND, &[1, 0]),
            (column::REPLACED, &[1, 0]),
        ],
    )
}

#[test]
fn numbers_that_automerge_panics_at_are_refused() {
    let mut large = Vec::new();
    unsigned(&mut large, 1 << 40);
    let large_counter = on_object(&[0], &large);
    let foreign_actor = on_object(&[2], &[1]);
    // Should automerge once refuse these by itself, the guard can be smaller.
    let decode = |bytes: &[u8]| read(bytes).map(|change| change.decode());
    assert!(std::panic::catch_unwind(|| decode(&large_counter)).is_err());
    assert!(std::panic::catch_unwind(|| decode(&foreign_actor)).is_err());
    for bytes in [large_counter, foreign_actor] {
        assert_eq!(parse(&bytes), Err(Reason::InvalidChange));
    }
}

proptest! {
    #[test]
    fn bytes_that_changed_on_the_way_never_harm(
        which in 0_usize..7,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        reseal in any::<bool>(),
    ) {
        let changes = whole_life();
        let mut mutated = bytes(&changes[which]);
        for (at, byte) in edits {
            let at = at.index(mutated.len());
            mutated[at] = byte;
        }
        if reseal {
            let body = 9 + usize::from(mutated.len() > 9 + 1 + 127) + 1;
            mutated = sealed(&mutated[body..]);
        }
        if let Ok(change) = parse(&mutated) {
            // What the gate does with it.
            let _ = Change::from(change.decode());
        }
    }

    #[test]
    fn noise_never_harms(noise in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(parse(&noise).is_err());
        prop_assert!(parse(&sealed(&noise)).is_err());
    }
}
