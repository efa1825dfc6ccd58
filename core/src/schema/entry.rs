//! Entries of a request in the document: what one looks like by its kind, who may add it, how it is read.

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
    pub(crate) to: Option<&'static str>,
    pub(crate) why: Option<&'static str>,
    pub(crate) who: Option<MemberId>,
    pub(crate) into: Option<RequestId>,
    pub(crate) n: Option<i64>,
}

/// The fields of an entry, as far as they are there and of the right kind.
#[derive(Debug, Default)]
pub(super) struct EntryFields {
    pub(super) kind: Option<EntryKind>,
    pub(super) by: Option<MemberId>,
    pub(super) to: Option<String>,
    pub(super) why: Option<String>,
    pub(super) who: Option<MemberId>,
    pub(super) into: Option<RequestId>,
    pub(super) n: Option<i64>,
}

impl EntryFields {
    /// Whether a text belongs in an entry under this name; it is kept if it can be read.
    pub(super) fn take_text(&mut self, name: &str, text: &str) -> bool {
        match name {
            key::KIND => self.kind = EntryKind::from_key(text),
            key::LOGGED_BY => self.by = text.parse().ok(),
            key::TO => self.to = Some(text.to_owned()),
            key::WHY => self.why = Some(text.to_owned()),
            key::WHO => self.who = text.parse().ok(),
            key::INTO => self.into = text.parse().ok(),
            _ => return false,
        }
        true
    }

    pub(super) fn into_entry(self, key: EntryKey) -> Option<Entry> {
        Some(Entry {
            key,
            kind: self.kind?,
            by: self.by,
            to: self.to,
            why: self.why,
            who: self.who,
            into: self.into,
            n: self.n,
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
                fields.n = Some(n);
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
pub(super) fn fits(entry: &Entry) -> bool {
    let to = entry.to.as_deref();
    let why = entry.why.as_deref();
    let is = |present: bool, wanted: bool| present == wanted;
    let (mut wants_to, mut wants_why) = (false, false);
    let (mut wants_who, mut wants_into, mut wants_n) = (false, false, false);
    let words = match entry.kind {
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
            wants_who = true;
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
            wants_into = true;
            true
        }
    };
    words
        && is(to.is_some(), wants_to)
        && is(why.is_some(), wants_why)
        && is(entry.who.is_some(), wants_who)
        && is(entry.into.is_some(), wants_into)
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

/// Whether it was brought to an organisation, or to the neighbourhood team, that this member speaks for.
pub(crate) fn takes_up(request: &Request, rights: Rights) -> bool {
    let kind = match request.course.route {
        Route::Informal => return false,
        Route::Combined | Route::Formal => Role::OrganisationContact,
        Route::NeighbourhoodTeam => Role::NeighbourhoodTeam,
    };
    rights.has(kind) && rights.allow_own(Action::TakeUp)
}
