//! What a volunteer can do and promised to do, with the reasons why it is proposed to them.

use super::reader::{Order, Reader, sorted};
use super::{RequestCard, Standing};
use crate::access::Action;
use crate::id::AreaId;
use crate::matching::{Fit, Load, Person, is_asked, weigh};
use crate::model::{Request, Role};

/// What a volunteer can do and promised to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VolunteerView {
    /// What a coordinator asked this person for.
    pub asked: Vec<RequestCard>,
    /// What fits them and is looked for as near as they are, best first.
    pub fits: Vec<RequestCard>,
    /// What is open as well, most urgent first; at the end what this person said no to.
    pub others: Vec<RequestCard>,
    /// What this person said they would do.
    pub appointments: Vec<RequestCard>,
    /// What this person did.
    pub past: Vec<RequestCard>,
}

impl Reader<'_> {
    pub(super) fn volunteer(&self) -> VolunteerView {
        let (mut asked, mut fits) = (Vec::new(), Vec::new());
        let (mut others, mut appointments, mut past) = (Vec::new(), Vec::new(), Vec::new());
        let areas = self.volunteers_in();
        let load = self.load();
        for street in &self.streets {
            let rights = self.neighbourhood.rights(street.area);
            if !rights.allow(Action::Claim) && !rights.allow_own(Action::TakeUp) {
                continue;
            }
            for mut card in self.cards(street) {
                let is_over = !card.stage.takes_claims();
                if card.my_claim.is_some() || card.helping {
                    match card.my_claim {
                        Some(Standing::Reserve) if is_over => {}
                        _ if is_over => past.push(card),
                        _ => appointments.push(card),
                    }
                    continue;
                }
                let request = self.find(card.id);
                if card.refusal.is_some() || card.can.take_up {
                    fits.push((0, card));
                } else if let (true, Some(request)) = (card.can.claim, request) {
                    let fit = self.weigh(&areas, load, request, street.area);
                    let is_proposed = fit.is_good() && is_asked(card.step, fit.near);
                    let score = fit.score;
                    tell(&mut card, fit);
                    if card.asked_me {
                        asked.push(card);
                    } else if is_proposed {
                        fits.push((score, card));
                    } else {
                        others.push(card);
                    }
                }
            }
        }
        // What is urgent first; then what fits best.
        let fits = sort_fits(fits);
        let mut others = sorted(others, Order::Need);
        // Whoever said no may change their mind, and is not shown it first.
        others.sort_by_key(|card| card.passed.is_some());
        VolunteerView {
            asked: sorted(asked, Order::Need),
            fits,
            others,
            appointments: sorted(appointments, Order::Need),
            past: sorted(past, Order::Newest),
        }
    }

    /// Says on the card of one request why it is proposed to the person holding this device, or why not.
    pub(super) fn explain(&self, request: &Request, card: &mut RequestCard) {
        if card.can.claim || card.passed.is_some() {
            let fit = self.weigh(&self.volunteers_in(), self.load(), request, card.area);
            tell(card, fit);
        }
    }

    fn weigh(&self, areas: &[AreaId], load: Load, request: &Request, street: AreaId) -> Fit {
        let me = &self.neighbourhood.me();
        let person = Person {
            member: me.member.id,
            profile: me.profile.as_ref(),
            areas,
        };
        let tree = self.neighbourhood.tree();
        weigh(tree, person, load, request, street, self.now)
    }

    /// Where the person holding this device is a volunteer.
    fn volunteers_in(&self) -> Vec<AreaId> {
        let memberships = self.neighbourhood.me().memberships.iter();
        let volunteers = memberships.filter(|is| is.role == Role::Volunteer);
        volunteers.map(|is| is.area).collect()
    }

    fn load(&self) -> Load {
        let me = self.neighbourhood.member();
        let mut load = Load::default();
        for request in self.streets.iter().flat_map(|street| &street.requests) {
            load.count(request, me, self.now);
        }
        load
    }
}

fn tell(card: &mut RequestCard, fit: Fit) {
    card.reasons = fit.reasons;
    card.obstacles = fit.obstacles;
}

/// Sorting is the same as everywhere, within each step of fitting.
fn sort_fits(fits: Vec<(i32, RequestCard)>) -> Vec<RequestCard> {
    let (scores, cards): (Vec<_>, Vec<_>) = fits
        .into_iter()
        .map(|(score, card)| ((card.id, score), card))
        .unzip();
    let score = |card: &RequestCard| {
        let known = scores.iter().find(|(id, _)| *id == card.id);
        known.map_or(0, |&(_, score)| score)
    };
    let mut cards = sorted(cards, Order::Need);
    // Stable: what is urgent stays before what is not.
    cards.sort_by_key(|card| {
        (
            std::cmp::Reverse(card.urgency as u8),
            std::cmp::Reverse(score(card)),
        )
    });
    cards
}
