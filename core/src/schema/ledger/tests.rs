//! The ledger says what automerge says, whatever people did without knowing of each other.

use automerge::Change;
use proptest::prelude::*;

use super::{Hold, Ledger, Stroke, key};
use crate::access::Rights;
use crate::command::{Author, Command, perform};
use crate::id::{AreaId, DocumentId, MemberId, RequestId};
use crate::model::{
    Ask, EntryKey, EntryKind, FeedbackHow, PassReason, Repeat, Role, Route, RouteReason, Step,
    Theme, TroubleReason, UntoldReason, Urgency, Word as _,
};
use crate::schema::entry::next_number;
use crate::schema::{Board, check};
use crate::time::Timestamp;

const BOARD: DocumentId = DocumentId::from_bytes([2; 16]);

/// Three people on phones of their own, each allowed everything.
const NAMES: [&str; 3] = ["Fatma", "Amina", "Piet"];

fn author(who: u8) -> Author<'static> {
    Author {
        member: MemberId::from_bytes([who + 1; 16]),
        first_name: NAMES[usize::from(who)],
        rights: Rights::of([Role::Ambassador, Role::Volunteer, Role::Coordinator]),
    }
}

fn request(number: u8) -> RequestId {
    RequestId::from_bytes([number + 10; 16])
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Does { who: u8, what: u8, request: u8 },
    Meets { who: u8, other: u8 },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let does = (0..3_u8, 0..18_u8, 0..3_u8).prop_map(|(who, what, request)| Deed::Does {
        who,
        what,
        request,
    });
    let meets = (0..3_u8, 0..3_u8).prop_map(|(who, other)| Deed::Meets { who, other });
    proptest::collection::vec(prop_oneof![4 => does, 1 => meets], 0..60)
}

fn command(what: u8, request: RequestId) -> Command {
    match what {
        0 | 1 => Command::LogRequest {
            area: AreaId::from_bytes([1; 16]),
            theme: Theme::Groceries,
            ask: Ask::ShopForMe,
            day: None,
            part: None,
            urgency: Urgency::Today,
            repeat: Repeat::Once,
            source: None,
            language: None,
        },
        2 => Command::ClaimRequest { request },
        3 => Command::ReleaseClaim { request },
        4 => Command::WithdrawRequest { request },
        5 => Command::GiveFeedback {
            request,
            how: FeedbackHow::Letter,
            on: None,
        },
        6 => Command::because(request, EntryKind::Passed, PassReason::NotNow),
        7 => Command::entry(request, EntryKind::Started),
        8 => Command::AddEntry {
            request,
            kind: EntryKind::Hours,
            to: None,
            why: None,
            who: None,
            into: None,
            n: Some(30),
        },
        9 => Command::because(request, EntryKind::Trouble, TroubleReason::NobodyHome),
        10 => Command::entry(request, EntryKind::Solved),
        11 => Command::because(request, EntryKind::Untold, UntoldReason::Moved),
        12 => Command::together(request, EntryKind::Linked, self::request(3)),
        13 => {
            let (to, why) = (Route::Combined.key(), RouteReason::TooHeavy.key());
            Command::worded(request, EntryKind::Route, Some(to), Some(why))
        }
        14 => Command::about(request, EntryKind::Assigned, author(1).member),
        15 => Command::together(request, EntryKind::Merged, self::request(4)),
        16 => Command::MarkDone { request },
        _ => Command::worded(request, EntryKind::Step, Some(Step::Further.key()), None),
    }
}

/// All changes of a script, in an order in which each builds only on those before it.
fn changes(deeds: &[Deed]) -> Vec<Change> {
    let mut boards: Vec<Board> = (0..3_u8)
        .map(|who| {
            let mut board = Board::found(BOARD, 0).unwrap();
            board.write_as([who + 100; 16]);
            board
        })
        .collect();
    let mut all = boards[0].changes();
    for (minute, &deed) in (0_i64..).zip(deeds) {
        let now = Timestamp::from_millis(1_790_000_000_000 + minute);
        match deed {
            Deed::Does { who, what, request } => {
                // Each logs requests of their own.
                let fresh = self::request(request + 3 * (1 + who));
                let other = self::request(request + 3 * (1 + what % 3));
                let board = &mut boards[usize::from(who)];
                let done = perform(board, &command(what, other), author(who), fresh, now);
                all.extend(done.ok().flatten());
            }
            Deed::Meets { who, other } => {
                let theirs = boards[usize::from(other)].changes();
                boards[usize::from(who)].apply(theirs).unwrap();
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_reads_what_automerge_reads(deeds in deeds()) {
        let changes = changes(&deeds);
        let mut board = Board::found(BOARD, 0).unwrap();
        let mut ledger: Ledger = board.changes().iter().collect();
        for change in changes {
            ledger.take(change.hash(), &change.decode());
            board.apply([change]).unwrap();
        }
        prop_assert_eq!(ledger.requests(), board.requests());
        prop_assert_eq!(ledger.heads(), board.heads());
        let restored: Ledger = board.changes().iter().collect();
        prop_assert_eq!(restored.requests(), board.requests());
        prop_assert_eq!(restored.operations(), ledger.operations());
    }

    #[test]
    fn honest_work_always_passes_the_gate(deeds in deeds()) {
        let changes = changes(&deeds);
        let founding = Board::found(BOARD, 0).unwrap().changes();
        let mut ledger: Ledger = founding.iter().collect();
        for change in changes.iter().skip(founding.len()) {
            let who = change.actor_id().to_bytes()[0] - 100;
            let passed = check(&ledger, change, &author(who)).unwrap();
            ledger.take(change.hash(), &passed.change);
        }
    }

    #[test]
    fn a_confirmation_reads_as_it_was_meant(deeds in deeds(), seed in 0..3_u8) {
        let changes = changes(&deeds);
        let mut ledger: Ledger = changes.iter().collect();
        let mut board = Board::found(BOARD, 0).unwrap();
        board.apply(changes).unwrap();
        for round in 0..3_u8 {
            let requests = board.requests();
            let Some(request) = requests.get(usize::from(seed) % requests.len().max(1)) else {
                return Ok(());
            };
            let member = author((seed + round) % 3).member;
            let was_matched: Vec<_> = request.matches.keys().map(|&one| (request.id, one)).collect();
            let now = Timestamp::from_millis(1_800_000_000_000);
            let mut strokes: Vec<Stroke> = was_matched
                .into_iter()
                .map(|(request, member)| Stroke::Hold { place: Hold::Match, request, member, holds: false })
                .collect();
            strokes.push(Stroke::Hold { place: Hold::Match, request: request.id, member, holds: true });
            strokes.push(Stroke::Entry {
                request: request.id,
                key: EntryKey::new(next_number(request), now, None),
                kind: EntryKind::Step,
                fields: vec![(key::TO, Step::Further.key().to_owned())],
            });
            let written = ledger.write([200; 16].into(), &strokes, now).unwrap();
            let change = Change::from(written.clone());
            ledger.take(change.hash(), &written);
            board.apply([change]).unwrap();
            prop_assert_eq!(ledger.requests(), board.requests());
            let matched = ledger.request(request.id).unwrap().matches;
            prop_assert!(matched.contains_key(&member));
            let step = ledger.request(request.id).unwrap().course.step;
            prop_assert!(step.is_some_and(|step| step.what == Step::Further));
            // What automerge saves, it can load.
            prop_assert_eq!(Board::load(&board.save()).unwrap().heads(), ledger.heads());
        }
    }
}
