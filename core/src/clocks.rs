//! What happens to a request by itself when its time has come: help is looked for further away, a helper who did not
//! begin is let go, and what is stuck asks for a look (S4: "geen match, of een antwoord dat uitblijft").
//!
//! Pure: the relay says what time it is, and asks again after each thing it did. Everything follows from the request as
//! it stands and from the rules, so a relay that was away for a day does what that day would have done.

#[cfg(test)]
mod tests;

use crate::id::MemberId;
use crate::model::{Attention, EntryKind, LadderRule, Request, Said, Step, Word as _};
use crate::time::Timestamp;
use crate::view::{Stage, stage};

const HOUR: i64 = 60 * 60 * 1000;

/// A phone's clock may be this far ahead; what it says beyond that is no moment at all.
const TOLERANCE: i64 = HOUR;

/// Something the relay does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Look for help this far.
    Widen(Step),
    /// Say that somebody should look.
    Flag(Attention),
    /// Let go of a helper who did not begin.
    Expire(MemberId),
}

/// What is to be done, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When. It may be long ago.
    pub at: Timestamp,
    /// What.
    pub act: Act,
}

/// What happens next to a request by itself, if nobody does anything.
#[must_use]
pub fn next(request: &Request, rule: &LadderRule, now: Timestamp) -> Option<Due> {
    if request.is_talent {
        return None;
    }
    let stage = stage(request);
    let dues = [
        widening(request, stage, rule, now),
        answer(request, stage, rule, now),
        telling(request, stage, rule, now),
        expiry(request, stage, rule),
    ];
    dues.into_iter().flatten().min_by_key(|due| due.at)
}

/// The moment from which is counted. What a phone's clock says of the future would never come: it counts as long ago,
/// so that a wrong clock makes help come sooner and never later.
fn since(at: Timestamp, now: Timestamp) -> Timestamp {
    if at > now.plus_millis(TOLERANCE) {
        Timestamp::from_millis(0)
    } else {
        at.min(now)
    }
}

fn after(at: Timestamp, hours: u16) -> Timestamp {
    at.plus_millis(i64::from(hours) * HOUR)
}

fn widening(request: &Request, stage: Stage, rule: &LadderRule, now: Timestamp) -> Option<Due> {
    let course = &request.course;
    if !matches!(stage, Stage::Open | Stage::Offered) || !course.route.asks_neighbours() {
        return None;
    }
    let first = if rule.own_network_hours > 0 {
        Step::OwnNetwork
    } else {
        Step::Street
    };
    let at = since(request.logged_at, now);
    let Some(Said { at, what: step }) = course.step else {
        return Some(match first {
            // Where nobody said so, screens take it to be the street.
            Step::OwnNetwork => Due {
                at,
                act: Act::Widen(Step::OwnNetwork),
            },
            _ => Due {
                at: after(at, rule.street_hours),
                act: Act::Widen(Step::Neighbourhood),
            },
        });
    };
    let at = since(at, now);
    let (hours, act) = match step {
        Step::OwnNetwork => (rule.own_network_hours, Act::Widen(Step::Street)),
        Step::Street => (rule.street_hours, Act::Widen(Step::Neighbourhood)),
        Step::Neighbourhood => (rule.neighbourhood_hours, Act::Widen(Step::Further)),
        // Nobody near was found: from here on a person decides.
        Step::Further if course.stuck.is_none() => (0, Act::Flag(Attention::Nobody)),
        Step::Further => return None,
    };
    let at = after(at, hours);
    Some(Due { at, act })
}

/// The organisation that was asked does not answer.
fn answer(request: &Request, stage: Stage, rule: &LadderRule, now: Timestamp) -> Option<Due> {
    let course = &request.course;
    let is_asked = course.route.asks_organisation()
        && course.taken_up.is_none()
        && stage.takes_claims()
        && !is_flagged(request, Attention::NoAnswer);
    let mut entries = request.entries.iter().rev();
    let routed =
        entries.find(|entry| matches!(entry.kind, EntryKind::Route | EntryKind::HandedBack))?;
    is_asked.then(|| Due {
        at: after(since(routed.key.at, now), rule.answer_hours),
        act: Act::Flag(Attention::NoAnswer),
    })
}

/// The resident waits to be told.
fn telling(request: &Request, stage: Stage, rule: &LadderRule, now: Timestamp) -> Option<Due> {
    let done = request.done_at.filter(|_| stage == Stage::Done)?;
    (!is_flagged(request, Attention::Untold)).then(|| Due {
        at: after(since(done, now), rule.answer_hours),
        act: Act::Flag(Attention::Untold),
    })
}

/// The first helper who does not begin.
fn expiry(request: &Request, stage: Stage, rule: &LadderRule) -> Option<Due> {
    if !stage.takes_claims() {
        return None;
    }
    let idle = request.matches.iter().filter(|(member, _)| {
        request.claims.contains_key(member) && !request.course.started.contains_key(member)
    });
    // The relay itself wrote when they were matched.
    let dues = idle.map(|(&member, &at)| Due {
        at: after(at, rule.start_hours),
        act: Act::Expire(member),
    });
    dues.min_by_key(|due| due.at)
}

fn is_flagged(request: &Request, why: Attention) -> bool {
    request.course.stuck.is_some_and(|stuck| stuck.what == why)
}

impl Act {
    /// The entry that says so: its kind, and its fields as texts by the names of the schema.
    pub(crate) fn entry(self) -> (EntryKind, &'static str, String) {
        use crate::schema::key;
        match self {
            Self::Widen(step) => (EntryKind::Step, key::TO, step.key().to_owned()),
            Self::Flag(why) => (EntryKind::Stuck, key::WHY, why.key().to_owned()),
            Self::Expire(member) => (EntryKind::Expired, key::WHO, member.to_string()),
        }
    }
}
