//! Who hears of what, and who does not.

use super::*;
use crate::command::Command;
use crate::id::AreaId;
use crate::matching::{Load, Person};
use crate::model::{
    Area, AreaKind, AreaTree, Ask, Course, Entry, EntryKey, EntryKind, FeedbackHow, Profile, Reach,
    Repeat, Theme, TroubleReason, Word as _,
};
use crate::vec_map::VecMap;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const STREET: AreaId = AreaId::from_bytes([1; 16]);
const NEIGHBOURHOOD: AreaId = AreaId::from_bytes([2; 16]);
const SANNE: MemberId = MemberId::from_bytes([1; 16]);
const AMINA: MemberId = MemberId::from_bytes([2; 16]);
const JAN: MemberId = MemberId::from_bytes([3; 16]);
const KEES: MemberId = MemberId::from_bytes([4; 16]);

/// Sanne logged that somebody would like to have coffee.
fn logged(urgency: Urgency) -> Request {
    let log = Command::LogRequest {
        area: STREET,
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: None,
        part: None,
        urgency,
        repeat: Repeat::Once,
        source: None,
        language: None,
    };
    log.as_logged(RequestId::from_bytes([9; 16]), SANNE, NOW)
        .unwrap()
}

#[derive(Clone, Copy)]
struct Said {
    kind: EntryKind,
    by: Option<MemberId>,
    to: Option<&'static str>,
    why: Option<&'static str>,
    who: Option<MemberId>,
}

const NOTHING: Said = Said {
    kind: EntryKind::Triaged,
    by: None,
    to: None,
    why: None,
    who: None,
};

fn and(before: &Request, said: Said) -> Request {
    let mut request = before.clone();
    let number = u16::try_from(request.entries.len()).unwrap() + 1;
    request.entries.push(Entry {
        key: EntryKey::new(number, NOW, said.by),
        kind: said.kind,
        by: said.by,
        to: said.to.map(str::to_owned),
        why: said.why.map(str::to_owned),
        who: said.who,
        into: None,
        n: None,
    });
    request.course = Course::of(request.id, &request.entries);
    request
}

fn claimed(before: &Request, member: MemberId, at: Timestamp) -> Request {
    let mut request = before.clone();
    request.claims.insert(member, at);
    request
}

fn matched_with(before: &Request, member: MemberId) -> Request {
    let mut request = claimed(before, member, NOW);
    request.matches.insert(member, NOW);
    request
}

/// What is news, as `kind whom`.
fn news(before: Option<&Request>, after: &Request, by: Option<MemberId>) -> Vec<String> {
    let causes = causes(before, after, by, NOW).into_iter();
    let told = causes.map(|cause| {
        let name = match cause.member {
            Some(SANNE) => "sanne",
            Some(AMINA) => "amina",
            Some(JAN) => "jan",
            Some(_) => "somebody",
            None => cause.whom.key(),
        };
        format!("{} {name}", cause.kind.key())
    });
    told.collect()
}

#[test]
fn a_new_request_is_news_to_volunteers_and_help_further_away_is_so_again() {
    let request = logged(Urgency::ThisWeek);
    assert_eq!(news(None, &request, Some(SANNE)), ["task helpers"]);
    let further = and(
        &request,
        Said {
            kind: EntryKind::Step,
            to: Some("neighbourhood"),
            ..NOTHING
        },
    );
    assert_eq!(news(Some(&request), &further, None), ["task helpers"]);
    let looked_at = and(&further, NOTHING);
    assert_eq!(news(Some(&further), &looked_at, Some(KEES)), [""; 0]);
}

#[test]
fn what_is_left_to_family_is_no_news_to_volunteers() {
    let request = and(
        &logged(Urgency::Today),
        Said {
            kind: EntryKind::Step,
            to: Some("own_network"),
            ..NOTHING
        },
    );
    assert_eq!(news(None, &request, Some(SANNE)), [""; 0]);
}

#[test]
fn whoever_says_yes_knows_it_and_whoever_logged_it_hears() {
    let request = logged(Urgency::ThisWeek);
    let helped = matched_with(&request, AMINA);
    assert_eq!(
        news(Some(&request), &helped, Some(AMINA)),
        ["matched sanne"]
    );
    let assigned = news(Some(&request), &helped, Some(KEES));
    assert_eq!(assigned, ["confirmed amina", "matched sanne"]);
}

#[test]
fn an_answer_that_lay_on_a_phone_is_told_to_whoever_gave_it() {
    let request = logged(Urgency::ThisWeek);
    let mut helped = claimed(&request, AMINA, NOW.plus_millis(-3 * OFFLINE));
    helped.matches.insert(AMINA, NOW);
    let told = news(Some(&request), &helped, Some(AMINA));
    assert_eq!(told, ["confirmed amina", "matched sanne"]);

    let full = matched_with(&request, JAN);
    let late = claimed(&full, AMINA, NOW.plus_millis(-3 * OFFLINE));
    assert_eq!(news(Some(&full), &late, Some(AMINA)), ["lost amina"]);
    let prompt = claimed(&full, AMINA, NOW);
    assert_eq!(news(Some(&full), &prompt, Some(AMINA)), [""; 0]);
}

#[test]
fn whose_place_ended_hears_and_the_task_is_news_again() {
    let helped = matched_with(&logged(Urgency::ThisWeek), AMINA);
    let ended = logged(Urgency::ThisWeek);
    let told = news(Some(&helped), &ended, None);
    assert_eq!(told, ["task helpers", "lost amina"]);
    let let_go_by_herself = news(Some(&helped), &ended, Some(AMINA));
    assert_eq!(let_go_by_herself, ["task helpers"]);
}

#[test]
fn who_helps_hears_that_it_is_withdrawn() {
    let helped = matched_with(&logged(Urgency::ThisWeek), AMINA);
    let mut withdrawn = helped.clone();
    withdrawn.withdrawn_at = Some(NOW);
    assert_eq!(news(Some(&helped), &withdrawn, Some(SANNE)), ["lost amina"]);
    assert!(stands(NoticeKind::Lost, &withdrawn, AMINA));
    assert!(!stands(NoticeKind::Lost, &helped, AMINA));
    assert!(!stands(NoticeKind::Task, &withdrawn, JAN));
}

#[test]
fn who_is_asked_hears_and_who_answered_need_not() {
    let request = logged(Urgency::ThisWeek);
    let asked = and(
        &request,
        Said {
            kind: EntryKind::Asked,
            by: Some(KEES),
            who: Some(AMINA),
            ..NOTHING
        },
    );
    assert_eq!(news(Some(&request), &asked, Some(KEES)), ["asked amina"]);
    assert!(stands(NoticeKind::Asked, &asked, AMINA));
    assert!(!stands(NoticeKind::Asked, &asked, JAN));
    let passed = and(
        &asked,
        Said {
            kind: EntryKind::Passed,
            by: Some(AMINA),
            why: Some("not_now"),
            ..NOTHING
        },
    );
    assert!(!stands(NoticeKind::Asked, &passed, AMINA));
    assert!(!stands(NoticeKind::Task, &passed, AMINA));
    assert!(stands(NoticeKind::Task, &passed, JAN));
}

#[test]
fn what_is_done_is_to_be_told_and_once_told_no_longer() {
    let helped = matched_with(&logged(Urgency::ThisWeek), AMINA);
    let mut done = helped.clone();
    done.done_at = Some(NOW);
    assert_eq!(
        news(Some(&helped), &done, Some(AMINA)),
        ["feedback_due sanne"]
    );
    assert_eq!(news(Some(&helped), &done, Some(SANNE)), [""; 0]);
    assert!(stands(NoticeKind::FeedbackDue, &done, SANNE));
    let untold = and(
        &done,
        Said {
            kind: EntryKind::Stuck,
            why: Some("untold"),
            ..NOTHING
        },
    );
    assert_eq!(news(Some(&done), &untold, None), ["feedback_due sanne"]);
    let mut told = done.clone();
    told.told = Some((NOW, FeedbackHow::Phone));
    assert!(!stands(NoticeKind::FeedbackDue, &told, SANNE));
}

#[test]
fn what_is_stuck_is_news_to_who_can_force_a_way() {
    let request = logged(Urgency::ThisWeek);
    let nobody = and(
        &request,
        Said {
            kind: EntryKind::Stuck,
            why: Some("nobody"),
            ..NOTHING
        },
    );
    assert_eq!(
        news(Some(&request), &nobody, None),
        ["stale coordinators", "bottleneck process_managers"]
    );
    let trouble = and(
        &nobody,
        Said {
            kind: EntryKind::Trouble,
            by: Some(AMINA),
            why: Some(TroubleReason::NobodyHome.key()),
            ..NOTHING
        },
    );
    assert_eq!(
        news(Some(&nobody), &trouble, Some(AMINA)),
        ["bottleneck coordinators", "bottleneck process_managers"]
    );
    assert!(stands(NoticeKind::Bottleneck, &trouble, KEES));
}

#[test]
fn an_organisation_or_the_team_is_told_what_is_brought_to_it() {
    let request = logged(Urgency::ThisWeek);
    for (route, whom) in [
        (Route::Formal, "organisations"),
        (Route::Combined, "organisations"),
        (Route::NeighbourhoodTeam, "team"),
    ] {
        let routed = and(
            &request,
            Said {
                kind: EntryKind::Route,
                by: Some(KEES),
                to: Some(route.key()),
                ..NOTHING
            },
        );
        let told = news(Some(&request), &routed, Some(KEES));
        assert!(told.contains(&format!("brought {whom}")), "{told:?}");
        let taken = and(
            &routed,
            Said {
                kind: EntryKind::TakenUp,
                by: Some(JAN),
                ..NOTHING
            },
        );
        assert!(news(Some(&routed), &taken, Some(JAN)).contains(&"matched sanne".to_owned()));
        assert!(!stands(NoticeKind::Brought, &taken, KEES));
    }
}

fn tree() -> AreaTree {
    let area = |id: AreaId, kind, parent| Area {
        id,
        code: id.to_string(),
        name: id.to_string(),
        kind,
        parent,
    };
    AreaTree::new([
        area(NEIGHBOURHOOD, AreaKind::Neighbourhood, None),
        area(STREET, AreaKind::Street, Some(NEIGHBOURHOOD)),
    ])
    .unwrap()
}

fn volunteer(n: u8) -> MemberId {
    MemberId::from_bytes([100 + n; 16])
}

#[test]
fn rings_widen_with_who_was_told_least_and_end_when_there_is_nobody_new() {
    let (tree, request) = (tree(), logged(Urgency::Today));
    let profile = Profile {
        home: Some(STREET),
        reach: Reach::Street,
        ..Profile::default()
    };
    let people = || {
        (0..20).map(|n| Person {
            member: volunteer(n),
            profile: Some(&profile),
            areas: &[STREET],
        })
    };
    let mut lately = VecMap::new();
    for n in 0..3 {
        let heard = Load {
            lately: 4,
            ..Load::default()
        };
        lately.insert(volunteer(n), heard);
    }
    let mut today = VecMap::new();
    today.insert(volunteer(19), 2 * A_DAY);
    let (mut told, mut sizes) = (Vec::new(), Vec::new());
    for number in 0.. {
        let Some(ring) = Ring::of(request.urgency, number) else {
            break;
        };
        let seeking = Seeking {
            tree: &tree,
            street: STREET,
            request: &request,
            told: &told,
            lately: &lately,
            today: &today,
        };
        let chosen = choose(&seeking, people(), ring.size, NOW);
        assert!(chosen.iter().all(|member| !told.contains(member)));
        sizes.push(chosen.len());
        told.extend(chosen);
    }
    assert_eq!(sizes.get(..4), Some(&[5, 10, 4, 0][..]));
    let after_all = told.get(16..).unwrap();
    assert!(
        (0..3).all(|n| after_all.contains(&volunteer(n))),
        "who heard much comes last"
    );
    assert!(
        !told.contains(&volunteer(19)),
        "who heard too much today is left alone"
    );
}

#[test]
fn nobody_is_told_of_what_nobody_is_looked_for() {
    let (tree, helped) = (tree(), matched_with(&logged(Urgency::Today), AMINA));
    let (lately, today) = (VecMap::new(), VecMap::new());
    let seeking = Seeking {
        tree: &tree,
        street: STREET,
        request: &helped,
        told: &[],
        lately: &lately,
        today: &today,
    };
    let jan = Person {
        member: JAN,
        profile: None,
        areas: &[STREET],
    };
    assert!(choose(&seeking, [jan], 5, NOW).is_empty());
}
