//! Who fits what: talents, time, distance, language, preferences and how much somebody does already (S4: "matchen";
//! S1: "oog voor de belasting van het informele netwerk").
//!
//! It proposes and explains; people decide. The same facts give the same order on every device, and nobody is proposed
//! who is away. Whoever has done less goes first among those who fit about as well, and after a while before those who
//! fit better: a willing helper is never left out for good.

mod fit;
mod near;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use crate::id::{AreaId, MemberId};
use crate::model::{AreaTree, Profile, Request, Step};
use crate::time::Timestamp;

pub use fit::{Fit, Said};
pub use near::Near;

/// Who might help.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Who.
    pub member: MemberId,
    /// What they said of themselves; nothing when they never did.
    pub profile: Option<&'a Profile>,
    /// Where they are a volunteer.
    pub areas: &'a [AreaId],
}

/// What somebody does already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Load {
    /// Tasks they are at now.
    pub now: u32,
    /// Tasks they did in the last thirty days.
    pub lately: u32,
    /// When they were matched last.
    pub last_at: Option<Timestamp>,
}

/// The days that [`Load::lately`] looks back, in milliseconds.
pub const LATELY_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

impl Load {
    /// Counts a request for somebody who helps with it.
    pub fn count(&mut self, request: &Request, member: MemberId, now: Timestamp) {
        let Some(&at) = request.matches.get(&member) else {
            return;
        };
        self.last_at = self.last_at.max(Some(at));
        match request.done_at {
            Some(done) if done >= now.plus_millis(-LATELY_MILLIS) => self.lately += 1,
            None if request.is_helped_by(member) && request.withdrawn_at.is_none() => self.now += 1,
            _ => {}
        }
    }
}

/// Where somebody stands in the order of those who might help: the smallest first. Each task that somebody has or had
/// lately weighs as much as a step of fitting better.
#[must_use]
pub fn rank(fit: &Fit, load: Load, member: MemberId) -> impl Ord + use<> {
    let done = i64::from(load.lately) + 2 * i64::from(load.now);
    let score = i64::from(fit.score) - done;
    (
        !fit.obstacles.is_empty(),
        Reverse(score),
        load.last_at,
        member,
    )
}

/// Whether help is looked for as far away as this.
#[must_use]
pub const fn is_asked(step: Step, near: Near) -> bool {
    match step {
        Step::OwnNetwork => false,
        Step::Street => matches!(near, Near::Street),
        Step::Neighbourhood => matches!(near, Near::Street | Near::Neighbourhood),
        Step::Further => true,
    }
}

/// How far away a street is from where somebody helps.
#[must_use]
pub fn near(tree: &AreaTree, person: Person<'_>, street: AreaId) -> Near {
    let home = person.profile.and_then(|profile| profile.home);
    if let Some(home) = home.filter(|&home| tree.get(home).is_some()) {
        return Near::from_home(tree, home, street);
    }
    let areas = person.areas.iter();
    let nearest = areas.filter_map(|&area| Near::within(tree, area, street));
    nearest.min().unwrap_or(Near::Far)
}

/// How well somebody fits a request of a street, and why.
#[must_use]
pub fn weigh(
    tree: &AreaTree,
    person: Person<'_>,
    load: Load,
    request: &Request,
    street: AreaId,
    now: Timestamp,
) -> Fit {
    let near = near(tree, person, street);
    Fit::of(person, load, request, near, now)
}
