//! Entries of a request in the document: what one looks like by its kind, who may add it, how it is read.

#[cfg(test)]
mod tests;

use automerge::{Automerge, ObjId, ReadDoc as _, ScalarValueRef, ValueRef};

use super::key;
use crate::access::{Action, Rights};
use crate::id::{MemberId, RequestId};
use crate::message::Reason;
use crate::model::{
    Attention, Entry, EntryKey, EntryKind, HandBackReason, PassReason, Request, Role, Route,
    RouteReason, Step, TroubleReason, UntoldReason, Word,
};
use crate::view::{Stage, stage};

/// Nobody helps longer than this at once, in minutes: a week.
const MOST_MINUTES: i64 = 7 * 24 * 60;

/// How many entries one request may have. The board has a limit as well; this keeps one request from taking it all.
const MOST_ENTRIES: usize = 400;

/// What is to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NewEntry {
    pub(crate) to: Option<String>,
    pub(crate) why: Option<String>,
    pub(crate) who: Option<MemberId>,
    pub(crate) into: Option<RequestId>,
    pub(crate) n: Option<i64>,
}

/// The fields of an entry, as far as they are there and of the right kind.
#[derive(Debug, Default)]
pub(super) struct EntryFields {
    pub(super) kind: Option<EntryKind>,
    pub(super) by: Option<MemberId>,
    pub(super) new: NewEntry,
}

impl EntryFields {
    /// Whether a text belongs in an entry under this name; it is kept if it can be read.
    pub(super) fn take_text(&mut self, name: &str, text: &str) -> bool {
        match name {
            key::KIND => self.kind = EntryKind::from_key(text),
            key::LOGGED_BY => self.by = text.parse().ok(),
            key::TO => self.new.to = Some(text.to_owned()),
            key::WHY => self.new.why = Some(text.to_owned()),
            key::WHO => self.new.who = text.parse().ok(),
            key::INTO => self.new.into = text.parse().ok(),
            _ => return false,
        }
        true
    }

    pub(super) fn into_entry(self, key: EntryKey) -> Option<Entry> {
        Some(Entry {
            key,
            kind: self.kind?,
            by: self.by,
            to: self.new.to,
            why: self.new.why,
            who: self.new.who,
            into: self.new.into,
            n: self.new.n,
        })
    }
}

pub(super) fn read(doc: &Automerge, name: &str, object: &ObjId) -> Option<Entry> {
    let key = name.parse().ok()?;
    let mut fields = EntryFields::default();
    for item in doc.map_range(object, ..) {
        match item.value {
            ValueRef::Scalar(ScalarValueRef::Str(text)) => {
                fields.take_text(&item.key, &text);
            }
            ValueRef::Scalar(ScalarValueRef::Int(n)) if item.key == key::COUNT => {
                fields.new.n = Some(n);
            }
            _ => {}
        }
    }
    fields.into_entry(key)
}

/// The number the next entry gets.
pub(crate) fn next_number(request: &Request) -> u16 {
    request
        .entries
        .last()
        .map_or(1, |entry| entry.key.number.saturating_add(1))
}

/// Whether there is room for one more.
pub(crate) fn has_room(request: &Request) -> bool {
    request.entries.len() < MOST_ENTRIES
}

/// Whether a kind of entry looks like this: the fields it needs, and no others.
pub(crate) fn fits(kind: EntryKind, entry: &NewEntry) -> bool {
    let to = entry.to.as_deref();
    let why = entry.why.as_deref();
    let is = |present: bool, wanted: bool| present == wanted;
    let (mut wants_to, mut wants_why) = (false, false);
    let (mut about_member, mut wants_other, mut wants_n) = (false, false, false);
    let words = match kind {
        EntryKind::Triaged
        | EntryKind::Started
        | EntryKind::Solved
        | EntryKind::Split
        | EntryKind::TakenUp
        | EntryKind::Invited
        | EntryKind::Joined => true,
        EntryKind::Route => {
            wants_to = true;
            // A heavier way needs its reason (S1 "zo licht als mogelijk, zo zwaar als nodig").
            wants_why = to != Some(Route::Informal.key());
            is_word::<Route>(to) && (!wants_why || is_word::<RouteReason>(why))
        }
        EntryKind::Step => {
            wants_to = true;
            is_word::<Step>(to)
        }
        EntryKind::Stuck => {
            wants_why = true;
            is_word::<Attention>(why)
        }
        EntryKind::Asked | EntryKind::Assigned | EntryKind::LetGo | EntryKind::Expired => {
            about_member = true;
            true
        }
        EntryKind::Passed => {
            wants_why = true;
            is_word::<PassReason>(why)
        }
        EntryKind::Hours => {
            wants_n = true;
            entry.n.is_some_and(|n| (0..=MOST_MINUTES).contains(&n))
        }
        EntryKind::Trouble => {
            wants_why = true;
            is_word::<TroubleReason>(why)
        }
        EntryKind::Untold => {
            wants_why = true;
            is_word::<UntoldReason>(why)
        }
        EntryKind::HandedBack => {
            wants_why = true;
            is_word::<HandBackReason>(why)
        }
        EntryKind::Linked | EntryKind::Merged => {
            wants_other = true;
            true
        }
    };
    words
        && is(to.is_some(), wants_to)
        && is(why.is_some(), wants_why)
        && is(entry.who.is_some(), about_member)
        && is(entry.into.is_some(), wants_other)
        && is(entry.n.is_some(), wants_n)
}

fn is_word<W: Word>(text: Option<&str>) -> bool {
    text.and_then(W::from_key).is_some()
}

/// Whether a member with these rights on the street may add such an entry to the request now.
///
/// # Errors
/// [`Reason::NotAllowed`], or [`Reason::AlreadyClosed`] when its time is over.
pub(crate) fn may_add(
    kind: EntryKind,
    request: &Request,
    member: MemberId,
    rights: Rights,
) -> Result<(), Reason> {
    let helps = match kind {
        EntryKind::Started => request.is_helped_by(member),
        EntryKind::HandedBack => request.is_taken_up_by(member),
        _ => true,
    };
    if !helps || !has_right(kind, request, member, rights) {
        return Err(Reason::NotAllowed);
    }
    let stage = stage(request);
    let in_time = match kind {
        EntryKind::Hours => !matches!(stage, Stage::Withdrawn | Stage::Closed),
        EntryKind::Linked => true,
        EntryKind::Solved => matches!(stage, Stage::Open | Stage::Offered),
        _ => stage.is_active(),
    };
    if in_time {
        Ok(())
    } else {
        Err(Reason::AlreadyClosed)
    }
}

/// Whether it is for this member to add such an entry, whatever became of the request meanwhile: what somebody did
/// without reception is taken also when others were faster.
pub(super) fn has_right(
    kind: EntryKind,
    request: &Request,
    member: MemberId,
    rights: Rights,
) -> bool {
    let cares = rights.allow(Action::CareForRequest);
    let helped = || {
        request.is_helped_by(member)
            || request.claims.contains_key(&member)
            || request.course.ended.contains_key(&member)
    };
    match kind {
        // The relay alone.
        EntryKind::Stuck | EntryKind::Expired => false,
        EntryKind::Triaged
        | EntryKind::Route
        | EntryKind::Step
        | EntryKind::Asked
        | EntryKind::Assigned
        | EntryKind::LetGo
        | EntryKind::Merged
        | EntryKind::Split => rights.allow(Action::Triage),
        EntryKind::Linked | EntryKind::Solved | EntryKind::Untold => cares,
        EntryKind::Invited | EntryKind::Joined => request.is_talent && cares,
        EntryKind::Passed => rights.allow(Action::Claim),
        EntryKind::Started => helped(),
        EntryKind::Trouble => helped() || cares,
        EntryKind::Hours => helped() || (request.course.solved && cares),
        EntryKind::TakenUp => takes_up(request, rights),
        EntryKind::HandedBack => rights.allow_own(Action::TakeUp),
    }
}

/// Whether the request is that way already, so that doing it again changes nothing.
pub(crate) fn is_so(request: &Request, kind: EntryKind, new: &NewEntry, member: MemberId) -> bool {
    let course = &request.course;
    let who = |map: &dyn Fn(&MemberId) -> bool| new.who.as_ref().is_some_and(map);
    let why = new.why.as_deref();
    match kind {
        EntryKind::Triaged => course.triaged,
        EntryKind::Route => {
            course.triaged
                && Some(course.route.key()) == new.to.as_deref()
                && course.route_why.map(Word::key) == why
        }
        EntryKind::Step => {
            course.stuck.is_none() && course.step.map(|step| step.what.key()) == new.to.as_deref()
        }
        EntryKind::Asked => who(&|who| course.asked.contains_key(who)),
        EntryKind::Assigned => {
            who(&|who| request.claims.contains_key(who) && request.matches.contains_key(who))
        }
        EntryKind::LetGo => {
            who(&|who| !request.claims.contains_key(who) && !request.matches.contains_key(who))
        }
        EntryKind::Passed => {
            let said = course.passed.get(&member).and_then(|said| said.what);
            said.is_some() && said.map(Word::key) == why
        }
        EntryKind::Started => course.started.contains_key(&member) && course.trouble.is_none(),
        EntryKind::Hours => course.minutes.get(&member).copied() == new.n,
        EntryKind::Trouble => course
            .trouble
            .is_some_and(|known| known.by == Some(member) && known.why.map(Word::key) == why),
        EntryKind::Solved => course.solved,
        EntryKind::Untold => course.untold.is_some(),
        EntryKind::Linked => course.linked == new.into.filter(|&into| into != request.id),
        EntryKind::Merged => course.merged_into == new.into,
        EntryKind::Split => course.merged_into.is_none(),
        EntryKind::TakenUp => request.is_taken_up_by(member),
        EntryKind::HandedBack => course.taken_up.is_none(),
        EntryKind::Invited => course.invited,
        EntryKind::Joined => course.joined,
        EntryKind::Stuck | EntryKind::Expired => false,
    }
}

/// Whether it was brought to an organisation, or to the neighbourhood team, that this member speaks for.
pub(crate) fn takes_up(request: &Request, rights: Rights) -> bool {
    let kind = match request.course.route {
        Route::Informal => return false,
        Route::Combined | Route::Formal => Role::OrganisationContact,
        Route::NeighbourhoodTeam => Role::NeighbourhoodTeam,
    };
    rights.has(kind) && rights.allow_own(Action::TakeUp)
}
