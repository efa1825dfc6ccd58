//! Which volunteers are told of a task: a few whom it fits, then more, until somebody says yes. Whoever was told less
//! often lately goes first among those it fits about as well (S1: "oog voor de belasting van het informele netwerk").

use super::{seeks, step};
use crate::id::{AreaId, MemberId};
use crate::matching::{Load, Person, is_asked, rank, weigh};
use crate::model::{AreaTree, Request, Urgency};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// How many tasks that can wait a volunteer is told of in a day, at most.
pub const A_DAY: u32 = 3;

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;

/// More people than any ring needs, and more rings than have anybody new in them.
const WIDEST: u16 = 8;

/// How many volunteers are told at a time, and how long they have to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    /// How many.
    pub size: usize,
    /// Until the next ring is told, in milliseconds.
    pub wait: i64,
}

impl Ring {
    /// The ring after so many; none after the last.
    #[must_use]
    pub fn of(urgency: Urgency, number: u16) -> Option<Self> {
        if number > WIDEST {
            return None;
        }
        Some(match urgency {
            // Twice as many each time: somebody needs help today.
            Urgency::Today => Self {
                size: 5 << number,
                wait: 10 * MINUTE,
            },
            Urgency::ThisWeek => Self {
                size: 3,
                wait: 4 * HOUR,
            },
            Urgency::CanWait => Self {
                size: 2,
                wait: 24 * HOUR,
            },
        })
    }
}

/// A task for which volunteers are looked for, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Seeking<'a> {
    /// The places.
    pub tree: &'a AreaTree,
    /// In which street.
    pub street: AreaId,
    /// The request.
    pub request: &'a Request,
    /// Who was told of it before.
    pub told: &'a [MemberId],
    /// How often each was told of something in the last week, and when last.
    pub lately: &'a VecMap<MemberId, Load>,
    /// How often each was told of something in the last day.
    pub today: &'a VecMap<MemberId, u32>,
}

/// Up to `most` volunteers to tell, the best first: those whom it fits, who live as near as help is looked for, were not
/// told of it before, and did not hear of too much today.
#[must_use]
pub fn choose<'a>(
    seeking: &Seeking<'_>,
    people: impl IntoIterator<Item = Person<'a>>,
    most: usize,
    now: Timestamp,
) -> Vec<MemberId> {
    let request = seeking.request;
    if !seeks(request) {
        return Vec::new();
    }
    let urgent = if request.urgency == Urgency::Today {
        2
    } else {
        1
    };
    let mut ranked = Vec::new();
    for person in people {
        let member = person.member;
        let knows = member == request.logged_by
            || seeking.told.contains(&member)
            || request.claims.contains_key(&member)
            || request.course.asked.contains_key(&member);
        let heard = seeking.today.get(&member).copied().unwrap_or_default();
        if knows || heard >= urgent * A_DAY {
            continue;
        }
        let load = seeking.lately.get(&member).copied().unwrap_or_default();
        let fit = weigh(seeking.tree, person, load, request, seeking.street, now);
        if fit.is_good() && is_asked(step(request), fit.near) {
            ranked.push((rank(&fit, load, member), member));
        }
    }
    ranked.sort_unstable();
    let chosen = ranked.into_iter().take(most);
    chosen.map(|(_, member)| member).collect()
}
