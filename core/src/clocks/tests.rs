//! What time does to a request, in hours.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::command::Command;
use crate::id::{AreaId, RequestId};
use crate::model::{Ask, Course, Entry, EntryKey, Repeat, Route, RouteReason, Theme, Urgency};

const NOON: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const AMINA: MemberId = MemberId::from_bytes([2; 16]);

fn hours(hours: i64) -> Timestamp {
    NOON.plus_millis(hours * HOUR)
}

fn logged(urgency: Urgency, at: Timestamp) -> Request {
    let log = Command::LogRequest {
        area: AreaId::from_bytes([1; 16]),
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: None,
        part: None,
        urgency,
        repeat: Repeat::Once,
        source: None,
        language: None,
    };
    let id = RequestId::from_bytes([9; 16]);
    log.as_logged(id, MemberId::from_bytes([1; 16]), at)
        .unwrap()
}

fn rule() -> LadderRule {
    LadderRule::usual(Urgency::ThisWeek)
}

/// Adds an entry, as the relay or somebody would.
fn add(request: &mut Request, kind: EntryKind, to: Option<&str>, why: Option<&str>, at: Timestamp) {
    let number = u16::try_from(request.entries.len()).unwrap() + 1;
    request.entries.push(Entry {
        key: EntryKey::new(number, at, None),
        kind,
        by: None,
        to: to.map(str::to_owned),
        why: why.map(str::to_owned),
        who: None,
        into: None,
        n: None,
    });
    request.course = Course::of(request.id, &request.entries);
}

fn acts(request: &mut Request, act: Act, at: Timestamp) {
    match act {
        Act::Widen(step) => add(request, EntryKind::Step, Some(step.key()), None, at),
        Act::Flag(why) => add(request, EntryKind::Stuck, None, Some(why.key()), at),
        Act::Expire(member) => {
            request.claims.remove(&member);
            request.matches.remove(&member);
        }
    }
}

#[test]
fn help_is_looked_for_further_and_further_and_then_somebody_is_asked_to_look() {
    let mut request = logged(Urgency::ThisWeek, NOON);
    let mut steps = Vec::new();
    let mut now = NOON;
    while let Some(due) = next(&request, &rule(), now) {
        now = now.max(due.at);
        acts(&mut request, due.act, now);
        steps.push(((now.as_millis() - NOON.as_millis()) / HOUR, due.act));
    }
    let expected = [
        (24, Act::Widen(Step::Neighbourhood)),
        (96, Act::Widen(Step::Further)),
        (96, Act::Flag(Attention::Nobody)),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn whom_the_resident_knows_comes_first_where_the_area_wants_it() {
    let rule = LadderRule {
        own_network_hours: 12,
        ..rule()
    };
    let mut request = logged(Urgency::ThisWeek, NOON);
    let first = next(&request, &rule, NOON).unwrap();
    assert_eq!((first.at, first.act), (NOON, Act::Widen(Step::OwnNetwork)));
    acts(&mut request, first.act, NOON);
    let second = next(&request, &rule, NOON).unwrap();
    assert_eq!(
        (second.at, second.act),
        (hours(12), Act::Widen(Step::Street))
    );
}

#[test]
fn a_helper_who_does_not_begin_is_let_go_and_one_who_does_is_not() {
    let mut request = logged(Urgency::ThisWeek, NOON);
    request.claims.insert(AMINA, NOON);
    request.matches.insert(AMINA, hours(1));
    let due = next(&request, &rule(), NOON).unwrap();
    assert_eq!((due.at, due.act), (hours(97), Act::Expire(AMINA)));
    request.course.started.insert(AMINA, hours(50));
    assert_eq!(next(&request, &rule(), hours(200)), None);
}

#[test]
fn an_organisation_that_does_not_answer_and_a_resident_who_is_not_told_ask_for_a_look() {
    let mut request = logged(Urgency::ThisWeek, NOON);
    let (formal, why) = (Route::Formal.key(), RouteReason::NeedsSkill.key());
    add(
        &mut request,
        EntryKind::Route,
        Some(formal),
        Some(why),
        hours(2),
    );
    let due = next(&request, &rule(), hours(2)).unwrap();
    assert_eq!(
        (due.at, due.act),
        (hours(122), Act::Flag(Attention::NoAnswer))
    );
    acts(&mut request, due.act, due.at);
    assert_eq!(next(&request, &rule(), hours(500)), None);

    request.done_at = Some(hours(300));
    let due = next(&request, &rule(), hours(300)).unwrap();
    assert_eq!(
        (due.at, due.act),
        (hours(420), Act::Flag(Attention::Untold))
    );
    acts(&mut request, due.act, due.at);
    assert_eq!(next(&request, &rule(), hours(500)), None);
}

#[test]
fn a_talent_waits_for_nobody() {
    let mut talent = logged(Urgency::Today, NOON);
    talent.is_talent = true;
    assert_eq!(next(&talent, &rule(), hours(1000)), None);
}

#[test]
fn a_wrong_clock_makes_help_come_sooner_and_never_later() {
    let request = logged(Urgency::ThisWeek, hours(24 * 365));
    let due = next(&request, &rule(), NOON).unwrap();
    assert!(due.at <= NOON, "{due:?}");
    // A minute ahead is an ordinary clock.
    let request = logged(Urgency::ThisWeek, NOON.plus_millis(60_000));
    assert_eq!(next(&request, &rule(), NOON).unwrap().at, hours(24));
}

proptest! {
    /// However long a relay was away, it comes to rest, and does everything at most once.
    #[test]
    fn time_comes_to_an_end(
        urgency in select(Urgency::ALL), own in 0..50_u16, street in 0..50_u16, far in 0..50_u16,
        is_matched in any::<bool>(), away in 0..2000_i64,
    ) {
        let rule = LadderRule {
            own_network_hours: own,
            street_hours: street,
            neighbourhood_hours: far,
            ..LadderRule::usual(urgency)
        };
        let mut request = logged(urgency, NOON);
        if is_matched {
            request.claims.insert(AMINA, NOON);
            request.matches.insert(AMINA, NOON);
        }
        let mut done = Vec::new();
        let now = hours(away);
        while let Some(due) = next(&request, &rule, now).filter(|due| due.at <= now) {
            acts(&mut request, due.act, now);
            prop_assert!(!done.contains(&due.act), "{:?} twice", due.act);
            done.push(due.act);
            prop_assert!(done.len() < 10);
        }
        // And in the end somebody looks.
        let mut now = now;
        while let Some(due) = next(&request, &rule, now) {
            now = now.max(due.at);
            acts(&mut request, due.act, now);
        }
        prop_assert!(request.course.stuck.is_some());
    }
}
