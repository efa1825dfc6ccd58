//! How long a request may stand on each step of the ladder (S1: as light as possible, as heavy as needed).
//!
//! Own network → street → neighbourhood → further. The rules are of a place, for a theme or for any, and of an urgency;
//! where nobody set one the usual one holds.

#[cfg(test)]
mod tests;

use super::{AreaTree, Theme, Urgency};
use crate::id::AreaId;

/// The longest that a step may take: a year, in hours.
const LONGEST: u16 = 8760;

/// How long each step takes, in hours. 0 goes on to the next step at once.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct LadderRule {
    /// For requests of this theme; `None` is any.
    #[n(0)]
    pub theme: Option<Theme>,
    /// For requests that are this urgent.
    #[n(1)]
    pub urgency: Urgency,
    /// For whoever the resident knows already.
    #[n(2)]
    pub own_network_hours: u16,
    /// For volunteers of the street, after that.
    #[n(3)]
    pub street_hours: u16,
    /// For volunteers of the neighbourhood, after that.
    #[n(4)]
    pub neighbourhood_hours: u16,
    /// From a match until work starts: else the claim expires.
    #[n(5)]
    pub start_hours: u16,
    /// Until an organisation that was asked has answered.
    #[n(6)]
    pub answer_hours: u16,
}

impl LadderRule {
    /// The rule where nobody set one.
    #[must_use]
    pub const fn usual(urgency: Urgency) -> Self {
        let [street_hours, neighbourhood_hours, start_hours, answer_hours] = match urgency {
            Urgency::Today => [0, 4, 24, 24],
            Urgency::ThisWeek => [24, 72, 96, 120],
            Urgency::CanWait => [72, 168, 240, 240],
        };
        Self {
            theme: None,
            urgency,
            own_network_hours: 0,
            street_hours,
            neighbourhood_hours,
            start_hours,
            answer_hours,
        }
    }

    /// Whether every step ends within a year.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        [
            self.own_network_hours,
            self.street_hours,
            self.neighbourhood_hours,
            self.start_hours,
            self.answer_hours,
        ]
        .iter()
        .all(|&hours| hours <= LONGEST)
    }
}

/// The rules of all places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LadderRules {
    rules: Vec<(AreaId, LadderRule)>,
}

impl LadderRules {
    /// Takes rules with the place that each is of. Of two for the same requests of one place the first counts.
    #[must_use]
    pub fn new(rules: Vec<(AreaId, LadderRule)>) -> Self {
        Self { rules }
    }

    /// The rules with the place that each is of.
    pub fn iter(&self) -> impl Iterator<Item = &(AreaId, LadderRule)> {
        self.rules.iter()
    }

    /// The rule for a request: of the nearest place upward that has one for its theme or for any. In one place the
    /// rule for the theme goes before the one for any.
    #[must_use]
    pub fn of(
        &self,
        tree: &AreaTree,
        street: AreaId,
        theme: Option<Theme>,
        urgency: Urgency,
    ) -> LadderRule {
        let set_for = |area: AreaId, theme: Option<Theme>| {
            let mut rules = self.rules.iter();
            rules.find(|(of, rule)| *of == area && rule.urgency == urgency && rule.theme == theme)
        };
        tree.upward(street)
            .find_map(|area| set_for(area.id, theme).or_else(|| set_for(area.id, None)))
            .map_or(LadderRule::usual(urgency), |&(_, rule)| rule)
    }
}
