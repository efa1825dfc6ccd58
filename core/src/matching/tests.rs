//! Who fits what, by hand and with dice: nobody who is away is proposed, and nobody willing waits for ever.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::command::Command;
use crate::id::RequestId;
use crate::model::{
    Area, AreaKind, Ask, DayPart, Free, Language, Preference, Reach, Theme, Weekday, Word,
};
use crate::model::{Repeat, Urgency};

const TOWN: AreaId = AreaId::from_bytes([1; 16]);
const QUARTER: AreaId = AreaId::from_bytes([2; 16]);
const NEIGHBOURHOOD: AreaId = AreaId::from_bytes([3; 16]);
const OTHER_NEIGHBOURHOOD: AreaId = AreaId::from_bytes([4; 16]);
const STREET: AreaId = AreaId::from_bytes([5; 16]);
const NEXT_STREET: AreaId = AreaId::from_bytes([6; 16]);
const OTHER_STREET: AreaId = AreaId::from_bytes([7; 16]);
const AMINA: MemberId = MemberId::from_bytes([1; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn tree() -> AreaTree {
    let area = |id: AreaId, kind, parent| Area {
        id,
        code: id.to_string(),
        name: id.to_string(),
        kind,
        parent,
    };
    AreaTree::new([
        area(TOWN, AreaKind::Town, None),
        area(QUARTER, AreaKind::Quarter, Some(TOWN)),
        area(NEIGHBOURHOOD, AreaKind::Neighbourhood, Some(QUARTER)),
        area(OTHER_NEIGHBOURHOOD, AreaKind::Neighbourhood, Some(QUARTER)),
        area(STREET, AreaKind::Street, Some(NEIGHBOURHOOD)),
        area(NEXT_STREET, AreaKind::Street, Some(NEIGHBOURHOOD)),
        area(OTHER_STREET, AreaKind::Street, Some(OTHER_NEIGHBOURHOOD)),
    ])
    .unwrap()
}

fn groceries() -> Request {
    asked(Theme::Groceries, Ask::ShopForMe, Some(Weekday::Tue))
}

fn asked(theme: Theme, ask: Ask, day: Option<Weekday>) -> Request {
    let log = Command::LogRequest {
        area: STREET,
        theme,
        ask,
        day,
        part: day.map(|_| DayPart::Afternoon),
        urgency: Urgency::ThisWeek,
        repeat: Repeat::Once,
        source: None,
        language: None,
    };
    let id = RequestId::from_bytes([9; 16]);
    log.as_logged(id, MemberId::from_bytes([8; 16]), NOW)
        .unwrap()
}

fn fit_of(profile: &Profile, request: &Request) -> Fit {
    fit_with(profile, request, Load::default())
}

fn fit_with(profile: &Profile, request: &Request, load: Load) -> Fit {
    let person = Person {
        member: AMINA,
        profile: Some(profile),
        areas: &[QUARTER],
    };
    weigh(&tree(), person, load, request, STREET, NOW)
}

fn keys(said: &[Said]) -> Vec<&'static str> {
    said.iter().map(|said| said.key).collect()
}

fn amina() -> Profile {
    Profile {
        talents: vec![Theme::Groceries, Theme::Company],
        free: vec![Free {
            day: Weekday::Tue,
            part: DayPart::Afternoon,
        }],
        home: Some(NEXT_STREET),
        ..Profile::default()
    }
}

#[test]
fn what_fits_is_said_with_its_reasons() {
    let fit = fit_of(&amina(), &groceries());
    assert!(fit.is_good());
    assert_eq!(keys(&fit.reasons), ["likes", "has_time", "near"]);
    let words: Vec<_> = fit.reasons.iter().map(|said| said.word).collect();
    assert_eq!(
        words,
        [Some("groceries"), Some("tue"), Some("neighbourhood")]
    );
    assert_eq!(fit.reasons[1].more, Some("afternoon"));
}

#[test]
fn each_thing_in_the_way_is_said() {
    let change = |with: fn(&mut Profile)| {
        let mut profile = amina();
        with(&mut profile);
        keys(&fit_of(&profile, &groceries()).obstacles)
    };
    assert_eq!(
        change(|one| one.talents = vec![Theme::Digital]),
        ["other_talents"]
    );
    assert_eq!(change(|one| one.free[0].day = Weekday::Mon), ["no_time"]);
    assert_eq!(
        change(|one| {
            one.home = Some(OTHER_STREET);
            one.reach = Reach::Neighbourhood;
        }),
        ["too_far"]
    );
    assert_eq!(
        change(|one| one.paused_until = Some(NOW.plus_millis(DAY))),
        ["away"]
    );
    assert_eq!(change(|one| one.from = Some(NOW.plus_millis(1))), ["away"]);
    assert_eq!(change(|one| one.until = Some(NOW)), ["away"]);
    assert_eq!(change(|one| one.at_most = Some(0)), ["enough"]);

    let mut carry = asked(Theme::Groceries, Ask::HeavyThings, None);
    let profile = Profile {
        preferences: vec![Preference::NoLifting],
        ..amina()
    };
    assert_eq!(keys(&fit_of(&profile, &carry).obstacles), ["rather_not"]);
    carry.course.passed.insert(
        AMINA,
        crate::model::Said {
            at: NOW,
            what: None,
        },
    );
    assert_eq!(keys(&fit_of(&amina(), &carry).obstacles), ["passed"]);
}

#[test]
fn whoever_said_nothing_of_themselves_is_proposed_what_is_near() {
    let person = Person {
        member: AMINA,
        profile: None,
        areas: &[NEIGHBOURHOOD],
    };
    let fit = weigh(&tree(), person, Load::default(), &groceries(), STREET, NOW);
    assert!(fit.is_good());
    assert_eq!(keys(&fit.reasons), ["near"]);
    assert_eq!(fit.near, Near::Neighbourhood);
}

#[test]
fn distance_goes_by_the_tree() {
    let tree = tree();
    let from = |home| {
        let profile = Profile {
            home: Some(home),
            ..Profile::default()
        };
        let person = Person {
            member: AMINA,
            profile: Some(&profile),
            areas: &[],
        };
        near(&tree, person, STREET)
    };
    assert_eq!(from(STREET), Near::Street);
    assert_eq!(from(NEXT_STREET), Near::Neighbourhood);
    assert_eq!(from(NEIGHBOURHOOD), Near::Neighbourhood);
    assert_eq!(from(OTHER_STREET), Near::Quarter);
    assert_eq!(from(TOWN), Near::Far);
    let nowhere = AreaId::from_bytes([99; 16]);
    assert_eq!(from(nowhere), Near::Far);
}

#[test]
fn help_is_looked_for_nearest_first() {
    for (step, asks) in [
        (Step::OwnNetwork, [false, false, false, false]),
        (Step::Street, [true, false, false, false]),
        (Step::Neighbourhood, [true, true, false, false]),
        (Step::Further, [true, true, true, true]),
    ] {
        for (&near, asks) in Near::ALL.iter().zip(asks) {
            assert_eq!(is_asked(step, near), asks, "{step:?} {near:?}");
        }
    }
}

fn profile() -> impl Strategy<Value = Profile> {
    let free =
        (select(Weekday::ALL), select(DayPart::ALL)).prop_map(|(day, part)| Free { day, part });
    let moment = || proptest::option::of((-3..3i64).prop_map(|days| NOW.plus_millis(days * DAY)));
    let home = select(vec![
        None,
        Some(STREET),
        Some(NEXT_STREET),
        Some(OTHER_STREET),
        Some(TOWN),
    ]);
    (
        subsequence(Theme::ALL.to_vec(), 0..=5),
        proptest::collection::vec(free, 0..6),
        select(Reach::ALL),
        subsequence(Language::ALL.to_vec(), 0..=3),
        subsequence(Preference::ALL.to_vec(), 0..=3),
        home,
        (moment(), moment(), moment()),
        proptest::option::of(0..4u8),
    )
        .prop_map(
            |(
                talents,
                free,
                reach,
                languages,
                preferences,
                home,
                (from, until, paused),
                at_most,
            )| {
                Profile {
                    talents,
                    free,
                    reach,
                    languages,
                    preferences,
                    home,
                    from,
                    until,
                    paused_until: paused,
                    at_most,
                }
            },
        )
}

fn request() -> impl Strategy<Value = Request> {
    let theme = select(Theme::ALL);
    (
        theme,
        proptest::option::of(select(Weekday::ALL)),
        proptest::option::of(select(Language::ALL)),
    )
        .prop_map(|(theme, day, language)| Request {
            language,
            ..asked(theme, theme.asks()[0], day)
        })
}

proptest! {
    #[test]
    fn nobody_who_is_away_is_proposed(profile in profile(), request in request()) {
        let fit = fit_of(&profile, &request);
        let is_away = profile.paused_until.is_some_and(|until| until > NOW)
            || profile.from.is_some_and(|from| from > NOW)
            || profile.until.is_some_and(|until| until <= NOW);
        prop_assert!(!(is_away && fit.is_good()));
    }

    #[test]
    fn the_score_stays_in_its_bounds_and_nobody_does_more_than_they_want(
        profile in profile(), request in request(), now in 0..5u32,
    ) {
        let load = Load { now, ..Load::default() };
        let fit = fit_with(&profile, &request, load);
        prop_assert!((Fit::LEAST..=Fit::MOST).contains(&fit.score), "{}", fit.score);
        if profile.at_most.is_some_and(|most| now >= u32::from(most)) {
            prop_assert!(!fit.is_good());
        }
        prop_assert_eq!(&fit, &fit_with(&profile, &request, load));
    }

    /// Whoever is willing gets a turn, however well the others fit: after as many tasks as the best can be ahead, each
    /// of the others being that far ahead as well.
    #[test]
    fn no_willing_helper_is_left_out(
        profiles in proptest::collection::vec(profile(), 2..6), request in request(),
    ) {
        let fits: Vec<Fit> = profiles.iter().map(|one| fit_of(one, &request)).collect();
        let willing: Vec<usize> = (0..fits.len()).filter(|&one| fits[one].is_good()).collect();
        let mut loads = vec![Load::default(); fits.len()];
        let ahead = usize::try_from(Fit::MOST - Fit::LEAST).unwrap() + 1;
        for round in 0..ahead * willing.len() {
            let member = |one: usize| MemberId::from_bytes([u8::try_from(one).unwrap(); 16]);
            let next = willing.iter().copied().min_by_key(|&one| rank(&fits[one], loads[one], member(one)));
            let Some(next) = next else { return Ok(()) };
            loads[next].lately += 1;
            loads[next].last_at = Some(NOW.plus_millis(i64::try_from(round).unwrap()));
        }
        for one in willing {
            prop_assert!(loads[one].lately > 0, "{one} of {loads:?}");
        }
    }
}
