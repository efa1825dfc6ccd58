//! What a phone that was tampered with may not add to a request.

use automerge::Change;

use crate::access::Rights;
use crate::command::{Author, Command, perform};
use crate::id::{AreaId, DocumentId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Ask, EntryKind, Repeat, Role, Route, RouteReason, Theme, Urgency, Word as _};
use crate::schema::{Board, Ledger, NewEntry, check};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const REQUEST: RequestId = RequestId::from_bytes([9; 16]);
const FATMA: MemberId = MemberId::from_bytes([1; 16]);
const MALLORY: MemberId = MemberId::from_bytes([2; 16]);

fn author(member: MemberId, role: Role) -> Author<'static> {
    Author {
        member,
        first_name: "X",
        rights: Rights::of([role]),
    }
}

/// A board with one request, and what the relay knows of it.
fn board() -> (Board, Ledger) {
    let mut board = Board::found(DocumentId::from_bytes([3; 16]), 0).unwrap();
    board.write_as([7; 16]);
    let log = Command::LogRequest {
        area: AreaId::from_bytes([1; 16]),
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: None,
        part: None,
        urgency: Urgency::Today,
        repeat: Repeat::Once,
        source: None,
        language: None,
    };
    let ambassador = author(FATMA, Role::Ambassador);
    perform(&mut board, &log, ambassador, REQUEST, NOW).unwrap();
    let ledger = board.changes().iter().collect();
    (board, ledger)
}

/// Writes without asking anybody.
fn forge(board: &mut Board, kind: EntryKind, by: MemberId, new: &NewEntry) -> Change {
    let request = board.request(REQUEST).unwrap();
    let change = board.add(&request, kind, (by, "X"), new, NOW);
    change.unwrap().unwrap()
}

fn attempt(kind: EntryKind, by: MemberId, role: Role, new: &NewEntry) -> Result<(), Reason> {
    let (mut board, ledger) = board();
    let change = forge(&mut board, kind, by, new);
    check(&ledger, &change, &author(MALLORY, role)).map(drop)
}

fn why(why: &str) -> NewEntry {
    NewEntry {
        why: Some(why.to_owned()),
        ..NewEntry::default()
    }
}

#[test]
fn nobody_writes_as_the_relay_or_as_somebody_else() {
    let nothing = NewEntry::default();
    for role in [Role::Volunteer, Role::Coordinator] {
        let stuck = attempt(EntryKind::Stuck, MALLORY, role, &why("nobody"));
        assert_eq!(stuck, Err(Reason::NotAllowed), "{role:?}");
        let expired = NewEntry {
            who: Some(FATMA),
            ..NewEntry::default()
        };
        let expired = attempt(EntryKind::Expired, MALLORY, role, &expired);
        assert_eq!(expired, Err(Reason::NotAllowed), "{role:?}");
        let as_fatma = attempt(EntryKind::Triaged, FATMA, role, &nothing);
        assert_eq!(as_fatma, Err(Reason::NotAllowed), "{role:?}");
    }
}

#[test]
fn a_volunteer_decides_nothing_about_others() {
    let who = NewEntry {
        who: Some(MALLORY),
        ..NewEntry::default()
    };
    let nothing = NewEntry::default();
    let tries = [
        (EntryKind::Assigned, &who),
        (EntryKind::LetGo, &who),
        (EntryKind::Asked, &who),
        (EntryKind::Triaged, &nothing),
        (EntryKind::Solved, &nothing),
        (EntryKind::Started, &nothing),
        (EntryKind::TakenUp, &nothing),
        (EntryKind::Joined, &nothing),
    ];
    for (kind, new) in tries {
        let refused = attempt(kind, MALLORY, Role::Volunteer, new);
        assert_eq!(refused, Err(Reason::NotAllowed), "{kind:?}");
    }
    let passed = attempt(EntryKind::Passed, MALLORY, Role::Volunteer, &why("not_now"));
    assert_eq!(passed, Ok(()));
}

#[test]
fn an_entry_looks_as_its_kind_does() {
    let coordinator = Role::Coordinator;
    let route = |to: &str, why: Option<&str>| NewEntry {
        to: Some(to.to_owned()),
        why: why.map(str::to_owned),
        ..NewEntry::default()
    };
    let safe = RouteReason::Safety.key();
    for (new, expected) in [
        (route(Route::Formal.key(), Some(safe)), Ok(())),
        (route(Route::Formal.key(), None), Err(Reason::InvalidChange)),
        (
            route(Route::Informal.key(), Some(safe)),
            Err(Reason::InvalidChange),
        ),
        (
            route("mevrouw Voorbeeld, nummer 12", None),
            Err(Reason::InvalidChange),
        ),
        (NewEntry::default(), Err(Reason::InvalidChange)),
    ] {
        let answer = attempt(EntryKind::Route, MALLORY, coordinator, &new);
        assert_eq!(answer, expected, "{new:?}");
    }
    let long = attempt(
        EntryKind::Passed,
        MALLORY,
        Role::Volunteer,
        &why(&"x".repeat(65)),
    );
    assert_eq!(long, Err(Reason::TooLarge));
    let with_more = NewEntry {
        n: Some(7),
        ..why("not_now")
    };
    let with_more = attempt(EntryKind::Passed, MALLORY, Role::Volunteer, &with_more);
    assert_eq!(with_more, Err(Reason::InvalidChange));
    let too_long = NewEntry {
        n: Some(7 * 24 * 60 + 1),
        ..NewEntry::default()
    };
    let too_long = attempt(EntryKind::Hours, MALLORY, coordinator, &too_long);
    assert_eq!(too_long, Err(Reason::InvalidChange));
}

#[test]
fn nobody_takes_the_last_word_for_good() {
    // Numbers are counted: one that leaves room for nobody after it is refused.
    let (mut board, ledger) = board();
    let mut ahead = board.request(REQUEST).unwrap();
    let change = forge(
        &mut board,
        EntryKind::Triaged,
        MALLORY,
        &NewEntry::default(),
    );
    let coordinator = author(MALLORY, Role::Coordinator);
    assert!(check(&ledger, &change, &coordinator).is_ok());
    ahead.entries = board.request(REQUEST).unwrap().entries;
    ahead.entries[0].key.number = u16::MAX - 1;
    let (mut board, ledger) = self::board();
    let by = (MALLORY, "X");
    let change = board.add(&ahead, EntryKind::Triaged, by, &NewEntry::default(), NOW);
    let refused = check(&ledger, &change.unwrap().unwrap(), &coordinator);
    assert_eq!(refused.map(drop), Err(Reason::InvalidChange));
}
