//! Talents that ambassadors found: what residents can and want to do for others, members or not yet.

use super::reader::{Order, Reader, sorted};
use super::{RequestCard, Stage};
use crate::id::AreaId;

/// Talents that were found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TalentsView {
    /// Newest first. Whoever is a member now, and what was withdrawn, is not among them.
    pub talents: Vec<RequestCard>,
}

impl Reader<'_> {
    pub(super) fn talents(&self, area: Option<AreaId>) -> TalentsView {
        let mut talents = Vec::new();
        for street in self.streets_in(area) {
            let cards = self.all_cards(street, true).into_iter();
            talents.extend(cards.filter(|card| card.stage != Stage::Withdrawn && !card.joined));
        }
        TalentsView {
            talents: sorted(talents, Order::Newest),
        }
    }
}
