use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use super::*;
use crate::model::Word;

fn some_of<W: Word + std::fmt::Debug>() -> impl Strategy<Value = Vec<W>> {
    subsequence(W::ALL, 0..=W::ALL.len().min(10))
}

fn free() -> impl Strategy<Value = Vec<Free>> {
    let free = (select(Weekday::ALL), select(DayPart::ALL));
    vec(free.prop_map(|(day, part)| Free { day, part }), 0..5)
}

fn at() -> impl Strategy<Value = Option<Timestamp>> {
    option::of(any::<i64>().prop_map(Timestamp::from_millis))
}

prop_compose! {
    fn profile()(
        talents in some_of(),
        free in free(),
        reach in select(Reach::ALL),
        languages in some_of(),
        preferences in some_of(),
        home in option::of(any::<[u8; 16]>().prop_map(AreaId::from_bytes)),
        (from, until, paused_until) in (at(), at(), at()),
        at_most in option::of(any::<u8>()),
    ) -> Profile {
        Profile { talents, free, reach, languages, preferences, home, from, until, paused_until, at_most }
    }
}

proptest! {
    #[test]
    fn a_profile_survives_both_its_forms(profile in profile()) {
        let text = serde_json::to_string(&profile).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Profile>(&text).unwrap(), &profile);
        let bytes = minicbor::to_vec(&profile).unwrap();
        prop_assert_eq!(minicbor::decode::<Profile>(&bytes).unwrap(), profile);
    }

    #[test]
    fn no_bytes_are_too_strange_for_the_decoder(bytes in vec(any::<u8>(), 0..64)) {
        let _: Result<Profile, _> = minicbor::decode(&bytes);
    }

    /// What somebody fills in anew is there, whatever was there before, and the rest stays.
    #[test]
    fn a_change_touches_only_what_it_says(before in profile(), after in profile()) {
        let mut one = before.clone();
        let two = ProfileChange { talents: Some(after.talents.clone()), at_most: Some(None), ..ProfileChange::default() };
        two.apply(&mut one);
        prop_assert_eq!(one, Profile { talents: after.talents.clone(), at_most: None, ..before.clone() });

        let mut all = before;
        let text = serde_json::to_string(&after).unwrap();
        serde_json::from_str::<ProfileChange>(&text).unwrap().apply(&mut all);
        prop_assert_eq!(all, after);
    }

    /// Two phones changed different things: it does not matter whose work comes first.
    #[test]
    fn changes_of_different_fields_stand_in_either_order(before in profile(), after in profile()) {
        let one = ProfileChange { free: Some(after.free.clone()), ..ProfileChange::default() };
        let other = ProfileChange { languages: Some(after.languages.clone()), ..ProfileChange::default() };
        let (mut this, mut that) = (before.clone(), before);
        one.clone().apply(&mut this);
        other.clone().apply(&mut this);
        other.apply(&mut that);
        one.apply(&mut that);
        prop_assert_eq!(this, that);
    }
}

#[test]
fn what_only_a_newer_version_knows_is_skipped() {
    let newer = json!({
        "talents": ["groceries", "gardening_on_mars"],
        "free": [{ "day": "mon", "part": "night" }, { "day": "tue", "part": "morning", "until": 9 }],
        "reach": "galaxy",
        "languages": ["tlh", "nl"],
        "preferences": ["no_stairs", "no_gravity"],
        "at_most": 2,
        "wings": true,
    });
    let expected = Profile {
        talents: vec![Theme::Groceries],
        free: vec![Free {
            day: Weekday::Tue,
            part: DayPart::Morning,
        }],
        languages: vec![Language::Dutch],
        preferences: vec![Preference::NoStairs],
        at_most: Some(2),
        ..Profile::default()
    };
    assert_eq!(
        serde_json::from_value::<Profile>(newer).unwrap(),
        expected,
        "as JSON"
    );

    let mut bytes = Vec::new();
    let mut writer = minicbor::Encoder::new(&mut bytes);
    writer.map(5).unwrap();
    writer.u8(0).unwrap().array(2).unwrap();
    writer.str("groceries").unwrap().str("mars").unwrap();
    writer.u8(1).unwrap().array(2).unwrap();
    for (day, part) in [("mon", "night"), ("tue", "morning")] {
        writer.map(2).unwrap();
        writer.u8(0).unwrap().str(day).unwrap();
        writer.u8(1).unwrap().str(part).unwrap();
    }
    writer.u8(2).unwrap().str("galaxy").unwrap();
    writer.u8(3).unwrap().array(1).unwrap().str("nl").unwrap();
    writer.u8(99).unwrap().bool(true).unwrap();
    let expected = Profile {
        preferences: vec![],
        at_most: None,
        ..expected
    };
    assert_eq!(
        minicbor::decode::<Profile>(&bytes).unwrap(),
        expected,
        "as CBOR"
    );
}

#[test]
fn whoever_said_nothing_helps_in_the_neighbourhood() {
    let nothing: Profile = serde_json::from_str("{}").unwrap();
    assert_eq!(nothing, Profile::default());
    assert_eq!(nothing.reach, Reach::Neighbourhood);
}

#[test]
fn a_change_knows_not_said_from_nothing() {
    let change = |value| serde_json::from_value::<ProfileChange>(value);
    assert_eq!(change(json!({})).unwrap(), ProfileChange::default());
    let pause_over = change(json!({ "paused_until": null })).unwrap();
    assert_eq!(pause_over.paused_until, Some(None));
    assert_eq!(
        serde_json::to_value(&pause_over).unwrap(),
        json!({ "paused_until": null })
    );
    // Nothing that was said gets lost quietly.
    assert!(change(json!({ "languages": ["tlh"] })).is_err());
    assert!(change(json!({ "wings": true })).is_err());
    assert!(change(json!({ "reach": null })).is_err());
}

#[test]
fn a_change_has_bounds() {
    let sound = |value| {
        let change: ProfileChange = serde_json::from_value(value).unwrap();
        change.check().is_ok()
    };
    assert!(sound(json!({})));
    assert!(sound(json!({ "at_most": 1, "from": 5, "until": 5 })));
    assert!(sound(json!({ "at_most": null, "from": null, "until": 5 })));
    let many: Vec<_> = Language::ALL.iter().take(10).collect();
    assert!(sound(json!({ "languages": many })));

    let too_many: Vec<_> = Language::ALL.iter().take(11).collect();
    assert!(!sound(json!({ "languages": too_many })));
    assert!(!sound(json!({ "talents": ["care", "care"] })));
    assert!(!sound(json!({ "at_most": 0 })));
    assert!(!sound(json!({ "at_most": 21 })));
    assert!(!sound(json!({ "from": 6, "until": 5 })));
}

#[test]
fn a_helper_survives_their_forms() {
    let helper = Helper {
        member: MemberId::from_bytes([1; 16]),
        first_name: "Amina".to_owned(),
        areas: vec![AreaId::from_bytes([2; 16])],
        profile: Profile::default(),
    };
    let text = serde_json::to_string(&helper).unwrap();
    assert_eq!(serde_json::from_str::<Helper>(&text).unwrap(), helper);
    let bytes = minicbor::to_vec(&helper).unwrap();
    assert_eq!(minicbor::decode::<Helper>(&bytes).unwrap(), helper);
}
