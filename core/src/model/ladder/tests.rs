use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::{Area, AreaKind, Word as _};

const TOWN: AreaId = AreaId::from_bytes([1; 16]);
const QUARTER: AreaId = AreaId::from_bytes([2; 16]);
const STREET: AreaId = AreaId::from_bytes([3; 16]);
const OTHER_STREET: AreaId = AreaId::from_bytes([4; 16]);
const OTHER_TOWN: AreaId = AreaId::from_bytes([5; 16]);

fn tree() -> AreaTree {
    let area = |id: AreaId, kind, parent| Area {
        id,
        code: id.to_string(),
        name: String::new(),
        kind,
        parent,
    };
    AreaTree::new([
        area(TOWN, AreaKind::Town, None),
        area(QUARTER, AreaKind::Quarter, Some(TOWN)),
        area(STREET, AreaKind::Street, Some(QUARTER)),
        area(OTHER_STREET, AreaKind::Street, Some(QUARTER)),
        area(OTHER_TOWN, AreaKind::Town, None),
    ])
    .unwrap()
}

fn rule(theme: Option<Theme>, urgency: Urgency, street_hours: u16) -> LadderRule {
    LadderRule {
        theme,
        street_hours,
        ..LadderRule::usual(urgency)
    }
}

#[test]
fn the_usual_rules_get_stricter_with_urgency() {
    let [wait, week, today] =
        [Urgency::CanWait, Urgency::ThisWeek, Urgency::Today].map(LadderRule::usual);
    let hours = |rule: LadderRule| {
        assert!(rule.is_sound());
        assert_eq!((rule.theme, rule.own_network_hours), (None, 0));
        [
            rule.street_hours,
            rule.neighbourhood_hours,
            rule.start_hours,
            rule.answer_hours,
        ]
    };
    assert_eq!(hours(today), [0, 4, 24, 24]);
    assert_eq!(hours(week), [24, 72, 96, 120]);
    assert_eq!(hours(wait), [72, 168, 240, 240]);
}

#[test]
fn the_nearest_place_wins_and_there_the_theme() {
    let (care, week) = (Some(Theme::Care), Urgency::ThisWeek);
    let rules = LadderRules::new(vec![
        (TOWN, rule(care, week, 1)),
        (QUARTER, rule(None, week, 2)),
        (QUARTER, rule(Some(Theme::Chores), week, 3)),
        (STREET, rule(Some(Theme::Chores), week, 4)),
        (OTHER_TOWN, rule(None, Urgency::Today, 5)),
    ]);
    let tree = tree();
    let street_hours =
        |street, theme, urgency| rules.of(&tree, street, theme, urgency).street_hours;

    assert_eq!(street_hours(STREET, Some(Theme::Chores), week), 4);
    assert_eq!(street_hours(OTHER_STREET, Some(Theme::Chores), week), 3);
    // The quarter's rule for any theme is nearer than the town's for care.
    assert_eq!(street_hours(STREET, care, week), 2);
    assert_eq!(street_hours(STREET, None, week), 2);
    assert_eq!(street_hours(TOWN, care, week), 1);
    assert_eq!(street_hours(TOWN, None, week), 24);
    assert_eq!(street_hours(STREET, care, Urgency::Today), 0);
    assert_eq!(street_hours(AreaId::from_bytes([9; 16]), care, week), 24);
}

#[test]
fn a_step_takes_a_year_at_most() {
    assert!(rule(None, Urgency::Today, 8760).is_sound());
    assert!(!rule(None, Urgency::Today, 8761).is_sound());
}

fn rules() -> impl Strategy<Value = Vec<(AreaId, LadderRule)>> {
    let places = select(vec![TOWN, QUARTER, STREET, OTHER_STREET, OTHER_TOWN]);
    let theme = option::of(select(Theme::ALL));
    let one = (places, theme, select(Urgency::ALL), 0..=LONGEST);
    vec(
        one.prop_map(|(area, theme, urgency, hours)| (area, rule(theme, urgency, hours))),
        0..12,
    )
}

proptest! {
    /// Every request has a rule for its urgency, that is of its place or above, for its theme or for any, and no place
    /// that is nearer has one.
    #[test]
    fn every_request_has_the_nearest_rule(list in rules()) {
        let (tree, rules) = (tree(), LadderRules::new(list.clone()));
        let fits = |of: AreaId, theme: Option<Theme>, urgency: Urgency| {
            list.iter().any(|&(area, rule)| {
                area == of && rule.urgency == urgency && (rule.theme.is_none() || rule.theme == theme)
            })
        };
        let themes = Theme::ALL.iter().copied().map(Some).chain([None]);
        for (theme, &urgency) in themes.flat_map(|theme| Urgency::ALL.iter().map(move |urgency| (theme, urgency))) {
            let found = rules.of(&tree, STREET, theme, urgency);
            prop_assert_eq!(found.urgency, urgency);
            prop_assert!(found.theme.is_none() || found.theme == theme);
            let nearest = [STREET, QUARTER, TOWN].into_iter().find(|&area| fits(area, theme, urgency));
            let expected = nearest.map_or(found == LadderRule::usual(urgency), |area| list.contains(&(area, found)));
            prop_assert!(expected, "{:?}", found);
        }
    }

    #[test]
    fn a_rule_survives_both_its_forms(list in rules()) {
        for (_, rule) in list {
            let text = serde_json::to_string(&rule).unwrap();
            prop_assert_eq!(serde_json::from_str::<LadderRule>(&text).unwrap(), rule);
            let bytes = minicbor::to_vec(rule).unwrap();
            prop_assert_eq!(minicbor::decode::<LadderRule>(&bytes).unwrap(), rule);
        }
    }
}
