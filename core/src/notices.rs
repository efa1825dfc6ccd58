//! Who hears of what: what became of a request, told to whoever it is news to, and to no one else.
//!
//! Pure: the relay compares a request as it was with what it is now, and keeps what follows from that in the same
//! transaction. Whether a notice is still so is asked again when it is about to ring, since minutes or a night may lie
//! in between.

mod rings;
#[cfg(test)]
mod tests;

use crate::id::{MemberId, RequestId};
use crate::model::{Attention, NoticeKind, Request, Role, Route, Step, Urgency, Whom};
use crate::time::Timestamp;
use crate::view::{Stage, matched, stage};

pub use rings::{A_DAY, Ring, Seeking, choose};

/// A claim that lay on a phone for longer than this, in milliseconds, was made without reception: whoever made it may
/// have put the phone away, and does not see how it went.
const OFFLINE: i64 = 2 * 60 * 1000;

/// Something about a request that is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Of which kind.
    pub kind: NoticeKind,
    /// To whom.
    pub whom: Whom,
    /// Which member, where `whom` is one.
    pub member: Option<MemberId>,
    /// About which request.
    pub request: RequestId,
    /// Who did it.
    pub by: Option<MemberId>,
}

/// What is news about a request that was `before` and is `after`, by somebody's doing or by the relay's own.
#[must_use]
pub fn causes(
    before: Option<&Request>,
    after: &Request,
    by: Option<MemberId>,
    now: Timestamp,
) -> Vec<Cause> {
    if after.is_talent {
        return Vec::new();
    }
    let mut news = News {
        causes: Vec::new(),
        before,
        after,
        by,
    };
    news.seeking();
    news.asked();
    news.helpers(now);
    news.answered();
    news.stuck();
    news.done();
    news.brought();
    news.causes
}

/// Whether neighbours are looked for: there is a free place, and it is not left to family and friends.
#[must_use]
pub fn seeks(request: &Request) -> bool {
    !request.is_talent
        && stage(request).takes_claims()
        && request.course.route.asks_neighbours()
        && matched(request) < request.places
        && step(request) != Step::OwnNetwork
}

/// How far help is looked for; where nobody said so, in the street.
fn step(request: &Request) -> Step {
    request.course.step.map_or(Step::Street, |said| said.what)
}

/// Whether news about a request is still so for somebody.
#[must_use]
pub fn stands(kind: NoticeKind, request: &Request, member: MemberId) -> bool {
    let (course, stage) = (&request.course, stage(request));
    let answered = course.passed.contains_key(&member) || request.claims.contains_key(&member);
    match kind {
        NoticeKind::Task => seeks(request) && !answered,
        NoticeKind::Asked => seeks(request) && !answered && course.asked.contains_key(&member),
        NoticeKind::Confirmed => request.is_helped_by(member) && stage.takes_claims(),
        NoticeKind::Lost => !request.is_helped_by(member) || !stage.takes_claims(),
        NoticeKind::Matched => matched(request) > 0 || course.taken_up.is_some(),
        NoticeKind::Stale | NoticeKind::Bottleneck => {
            stage.takes_claims() && (course.stuck.is_some() || course.trouble.is_some())
        }
        NoticeKind::FeedbackDue => stage == Stage::Done,
        NoticeKind::Brought => stage.takes_claims() && awaits_organisation(request),
        NoticeKind::Note | NoticeKind::Intake | NoticeKind::Joined => true,
    }
}

/// Whether an organisation or the team was asked, and did not take it up.
fn awaits_organisation(request: &Request) -> bool {
    request.course.route.asks_organisation() && request.course.taken_up.is_none()
}

/// The role in which somebody is told, where a whole role is.
#[must_use]
pub const fn role(whom: Whom) -> Option<Role> {
    match whom {
        Whom::Helpers => Some(Role::Volunteer),
        Whom::Coordinators => Some(Role::Coordinator),
        Whom::ProcessManagers => Some(Role::ProcessManager),
        Whom::Organisations => Some(Role::OrganisationContact),
        Whom::Team => Some(Role::NeighbourhoodTeam),
        Whom::Member | Whom::Participants | Whom::Care => None,
    }
}

/// Whether somebody is rung for it at once, however often they were today: somebody waits for them today.
#[must_use]
pub const fn is_urgent(kind: NoticeKind, urgency: Urgency) -> bool {
    matches!(urgency, Urgency::Today)
        && matches!(
            kind,
            NoticeKind::Task
                | NoticeKind::Asked
                | NoticeKind::Confirmed
                | NoticeKind::Lost
                | NoticeKind::Stale
                | NoticeKind::Bottleneck
        )
}

struct News<'a> {
    causes: Vec<Cause>,
    before: Option<&'a Request>,
    after: &'a Request,
    by: Option<MemberId>,
}

impl News<'_> {
    fn add(&mut self, kind: NoticeKind, whom: Whom, member: Option<MemberId>) {
        let cause = Cause {
            kind,
            whom,
            member,
            request: self.after.id,
            by: self.by,
        };
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }

    /// Tells one member, unless they did it themselves.
    fn tell(&mut self, member: MemberId, kind: NoticeKind) {
        if self.by != Some(member) {
            self.add(kind, Whom::Member, Some(member));
        }
    }

    fn tell_all(&mut self, whom: Whom, kind: NoticeKind) {
        self.add(kind, whom, None);
    }

    fn seeking(&mut self) {
        let was = self.before.filter(|before| seeks(before)).map(step);
        // Nearer than before is no news to anybody.
        if seeks(self.after) && was.is_none_or(|was| was < step(self.after)) {
            self.tell_all(Whom::Helpers, NoticeKind::Task);
        }
    }

    fn asked(&mut self) {
        for (&member, &at) in self.after.course.asked.iter() {
            let before = self.before.and_then(|it| it.course.asked.get(&member));
            if before != Some(&at) && stands(NoticeKind::Asked, self.after, member) {
                self.tell(member, NoticeKind::Asked);
            }
        }
    }

    /// Who helps now, and who no longer.
    fn helpers(&mut self, now: Timestamp) {
        let was = |member| self.before.is_some_and(|it| it.is_helped_by(member));
        let had = |member: MemberId| {
            self.before
                .is_some_and(|it| it.claims.contains_key(&member))
        };
        let is_over = !stage(self.after).takes_claims() && self.after.done_at.is_none();
        let mut told = Vec::new();
        for (&member, &claimed) in self.after.claims.iter() {
            let helps = self.after.is_helped_by(member);
            let is_new = !had(member);
            let lay = is_new && claimed < now.plus_millis(-OFFLINE);
            if helps && !was(member) {
                told.push((member, NoticeKind::Confirmed, lay));
            } else if is_new && !helps && matched(self.after) >= self.after.places {
                told.push((member, NoticeKind::Lost, lay));
            } else if is_over && self.before.is_some_and(|it| stage(it).takes_claims()) {
                told.push((member, NoticeKind::Lost, false));
            }
        }
        let before = self.before.into_iter().flat_map(|it| it.matches.keys());
        for &member in before {
            if was(member) && !self.after.is_helped_by(member) {
                told.push((member, NoticeKind::Lost, false));
            }
        }
        for (member, kind, lay) in told {
            if lay {
                self.add(kind, Whom::Member, Some(member));
            } else {
                self.tell(member, kind);
            }
        }
    }

    /// Whoever logged it hears that help was found.
    fn answered(&mut self) {
        let helped = |it: &Request| matched(it) + usize::from(it.course.taken_up.is_some());
        let was = self.before.map_or(0, helped);
        if helped(self.after) > was {
            self.tell(self.after.logged_by, NoticeKind::Matched);
        }
    }

    fn stuck(&mut self) {
        let (was, is) = (self.before.map(|it| &it.course), &self.after.course);
        if let Some(stuck) = is
            .stuck
            .filter(|_| was.is_none_or(|it| it.stuck != is.stuck))
        {
            match stuck.what {
                Attention::Untold => self.tell(self.after.logged_by, NoticeKind::FeedbackDue),
                Attention::Nobody => {
                    self.tell_all(Whom::Coordinators, NoticeKind::Stale);
                    self.tell_all(Whom::ProcessManagers, NoticeKind::Bottleneck);
                }
                Attention::NoAnswer | Attention::Trouble => self.bottleneck(),
            }
        }
        if is.trouble.is_some() && was.is_none_or(|it| it.trouble != is.trouble) {
            self.bottleneck();
        }
    }

    fn bottleneck(&mut self) {
        self.tell_all(Whom::Coordinators, NoticeKind::Bottleneck);
        self.tell_all(Whom::ProcessManagers, NoticeKind::Bottleneck);
    }

    fn done(&mut self) {
        let was = self.before.is_some_and(|it| stage(it) == Stage::Done);
        if stage(self.after) == Stage::Done && !was {
            self.tell(self.after.logged_by, NoticeKind::FeedbackDue);
        }
    }

    fn brought(&mut self) {
        let route = self.after.course.route;
        let was = self
            .before
            .is_some_and(|it| awaits_organisation(it) && it.course.route == route);
        if stage(self.after).takes_claims() && awaits_organisation(self.after) && !was {
            let whom = match route {
                Route::NeighbourhoodTeam => Whom::Team,
                _ => Whom::Organisations,
            };
            self.tell_all(whom, NoticeKind::Brought);
        }
    }
}
