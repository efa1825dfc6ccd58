//! The gate: may this member write this change into this board? The relay asks it before it believes a phone.
//!
//! Every operation is matched against the places the schema knows. What is not named here is refused, so unknown
//! structure, foreign names, forged confirmations and values of another type never reach a document.

use std::collections::{BTreeMap, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ExpandedChange, ObjType, ScalarValue};

use super::entry::{EntryFields, fits, has_right, has_room, next_number};
use super::key;
use super::ledger::{Ledger, Place};
use crate::access::Action;
use crate::command::Author;
use crate::id::{MemberId, RequestId};
use crate::message::Reason;
use crate::model::{
    Ask, DayPart, Entry, EntryKey, EntryKind, FeedbackHow, Language, Repeat, Source, Theme,
    Urgency, Weekday, Word,
};

/// The longest first name, in bytes.
const LONGEST_NAME: usize = 64;

/// What an accepted change touched that the relay must act on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touched {
    /// Requests whose claims changed.
    pub(crate) claims: Vec<RequestId>,
    /// Whether a request was logged.
    pub(crate) logs_request: bool,
    /// Every request it wrote about.
    pub(crate) requests: Vec<RequestId>,
    /// What a coordinator wants the relay to do about a helper.
    pub(crate) orders: Vec<Order>,
}

/// What a coordinator decided about a helper; the relay alone writes in whose match it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) request: RequestId,
    pub(crate) member: MemberId,
    /// To help, or no longer.
    pub(crate) helps: bool,
}

/// A change that passed the gate.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Its operations.
    pub(crate) change: ExpandedChange,
    /// What it touched.
    pub(crate) touched: Touched,
}

/// Checks a change that was looked over: that it follows on the board, is written as automerge itself would write it, and that its author
/// may do every one of its operations.
///
/// # Errors
/// [`Reason::MissingDependency`] when something before it is not there, [`Reason::NotAllowed`] when a rule forbids
/// it, [`Reason::TooLarge`] over the limits, else [`Reason::InvalidChange`].
pub(crate) fn check(
    ledger: &Ledger,
    change: &Change,
    author: &Author<'_>,
) -> Result<Passed, Reason> {
    let expanded = change.decode();
    ledger.follows(&expanded)?;
    if change.is_empty() || !is_canonical(change, &expanded) {
        return Err(Reason::InvalidChange);
    }
    let mut gate = Gate {
        ledger,
        author,
        made: BTreeMap::new(),
        entry: None,
        touched: Touched::default(),
    };
    let mut written = HashSet::new();
    for (number, operation) in (expanded.start_op.get()..).zip(&expanded.operations) {
        let Key::Map(name) = &operation.key else {
            return Err(Reason::InvalidChange);
        };
        // Nothing is written twice in one change.
        if !written.insert((&operation.obj, name)) {
            return Err(Reason::InvalidChange);
        }
        gate.is_sound(number, operation, name)?;
        let place = gate.place(&operation.obj)?;
        if let Some(made) = gate.operation(place, name, &operation.action)? {
            gate.made
                .insert(OpId::new(number, &expanded.actor_id), made);
        }
    }
    gate.finish_entry()?;
    Ok(Passed {
        touched: gate.touched,
        change: expanded,
    })
}

/// Whether the change carries nothing but its operations, and those byte for byte as automerge writes them.
///
/// A saved document does not keep a change's bytes: they are made anew from the operations. A change that was written
/// in another way would get another hash there, and the document could never be loaded again.
fn is_canonical(change: &Change, expanded: &ExpandedChange) -> bool {
    change.message().is_none()
        && change.extra_bytes().is_empty()
        && change.timestamp() == 0
        && expanded.deps.is_sorted_by(|one, other| one < other)
        && Change::from(expanded.clone()).raw_bytes() == change.raw_bytes()
}

/// A place, and whether the change itself makes it.
#[derive(Debug, Clone, Copy)]
struct Site {
    place: Place,
    is_new: bool,
}

struct Gate<'a> {
    ledger: &'a Ledger,
    author: &'a Author<'a>,
    /// The objects this change itself makes.
    made: BTreeMap<OpId, Place>,
    /// The entry it adds; one change adds one at most.
    entry: Option<(RequestId, EntryKey, EntryFields)>,
    touched: Touched,
}

impl Gate<'_> {
    /// Whether the operation ends only what was written under the same name before it. automerge forgets any other
    /// predecessor when it saves, and then cannot load what it saved.
    fn is_sound(&self, number: u64, operation: &Op, name: &str) -> Result<(), Reason> {
        let is_known =
            |id: &OpId| id.counter() < number && self.ledger.wrote(&operation.obj, name, id);
        let ends_something = !operation.pred.is_empty();
        let is_sound = operation.pred.iter().all(is_known)
            && !operation.insert
            && (ends_something || operation.action != OpType::Delete);
        if is_sound {
            Ok(())
        } else {
            Err(Reason::InvalidChange)
        }
    }

    fn place(&self, object: &ObjectId) -> Result<Site, Reason> {
        let (place, is_new) = match object {
            ObjectId::Root => return Err(Reason::NotAllowed),
            ObjectId::Id(id) => match self.made.get(id) {
                Some(&place) => (Some(place), true),
                None => (self.ledger.place(object), false),
            },
        };
        let place = place.ok_or(Reason::InvalidChange)?;
        Ok(Site { place, is_new })
    }

    /// Allows one operation; says which place it makes, if any.
    fn operation(
        &mut self,
        Site { place, is_new }: Site,
        name: &str,
        action: &OpType,
    ) -> Result<Option<Place>, Reason> {
        let me = self.author.member;
        match (place, action) {
            (Place::Requests, OpType::Make(ObjType::Map)) => {
                self.allow(Action::LogRequest)?;
                let id = name.parse().map_err(|_| Reason::InvalidChange)?;
                if self.ledger.has_request(id) {
                    return Err(Reason::NotAllowed);
                }
                self.touched.logs_request = true;
                self.touched.requests.push(id);
                Ok(Some(Place::Request(id)))
            }
            (Place::Request(id), OpType::Make(ObjType::Map)) if is_new && name == key::CLAIMS => {
                Ok(Some(Place::Claims(id)))
            }
            (Place::Request(id), OpType::Make(ObjType::Map)) if is_new && name == key::MATCHES => {
                Ok(Some(Place::Matches(id)))
            }
            (Place::Request(id), OpType::Make(ObjType::Map)) if !is_new => {
                let key = name.parse().map_err(|_| Reason::InvalidChange)?;
                if self.entry.is_some() {
                    return Err(Reason::InvalidChange);
                }
                self.entry = Some((id, key, EntryFields::default()));
                self.touched.requests.push(id);
                Ok(Some(Place::Entry(id)))
            }
            (Place::Entry(_), OpType::Put(value)) if is_new => {
                self.entry_field(name, value)?;
                Ok(None)
            }
            (Place::Request(_), OpType::Put(value)) if is_new => {
                self.first_field(name, value)?;
                Ok(None)
            }
            (Place::Request(id), OpType::Put(value)) => {
                self.touched.requests.push(id);
                match name {
                    key::DONE_AT if self.helps(id) => {}
                    key::DONE_AT | key::TOLD_AT | key::TOLD_HOW | key::WITHDRAWN_AT => {
                        self.allow(Action::CareForRequest)?;
                    }
                    _ => return Err(Reason::NotAllowed),
                }
                let fits = match name {
                    key::TOLD_HOW => is_word::<FeedbackHow>(value),
                    _ => matches!(value, ScalarValue::Int(_)),
                };
                if fits {
                    Ok(None)
                } else {
                    Err(Reason::InvalidChange)
                }
            }
            (Place::Claims(id), OpType::Put(ScalarValue::Int(_)) | OpType::Delete) => {
                self.allow(Action::Claim)?;
                self.own(name)?;
                // A talent is no task.
                if self.ledger.request(id).is_some_and(|known| known.is_talent) {
                    return Err(Reason::NotAllowed);
                }
                self.touched.claims.push(id);
                self.touched.requests.push(id);
                Ok(None)
            }
            (Place::Helpers, OpType::Make(ObjType::Map)) => {
                self.own(name)?;
                Ok(Some(Place::Helper(me)))
            }
            (Place::Helper(member), OpType::Put(ScalarValue::Str(text))) if name == key::NAME => {
                if text.len() > LONGEST_NAME {
                    Err(Reason::TooLarge)
                // Only the name the relay knows them by: this is no place for words about anybody.
                } else if member == me && text.as_str() == self.author.first_name {
                    Ok(None)
                } else {
                    Err(Reason::NotAllowed)
                }
            }
            (Place::Matches(_), _) => Err(Reason::NotAllowed),
            _ => Err(Reason::InvalidChange),
        }
    }

    /// A field of a request that this change logs.
    fn first_field(&self, name: &str, value: &ScalarValue) -> Result<(), Reason> {
        let fits = match name {
            key::THEME => is_word::<Theme>(value),
            key::ASK => is_word::<Ask>(value),
            key::DAY => is_word::<Weekday>(value),
            key::PART => is_word::<DayPart>(value),
            key::URGENCY => is_word::<Urgency>(value),
            key::REPEAT => is_word::<Repeat>(value),
            key::PLACES => matches!(value, ScalarValue::Int(1..=20)),
            key::LOGGED_AT => matches!(value, ScalarValue::Int(_)),
            key::SOURCE => is_word::<Source>(value),
            key::LANGUAGE => is_word::<Language>(value),
            key::TALENT => matches!(value, ScalarValue::Int(1)),
            key::LOGGED_BY if is_member(value, self.author.member) => true,
            key::LOGGED_BY => return Err(Reason::NotAllowed),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(Reason::InvalidChange)
        }
    }

    /// A field of the entry that this change adds. Whether they make one is decided when all of them are there.
    fn entry_field(&mut self, name: &str, value: &ScalarValue) -> Result<(), Reason> {
        let Some((_, _, fields)) = &mut self.entry else {
            return Err(Reason::InvalidChange);
        };
        match value {
            ScalarValue::Str(text) if text.len() > LONGEST_NAME => Err(Reason::TooLarge),
            ScalarValue::Str(text) if fields.take_text(name, text) => Ok(()),
            ScalarValue::Int(n) if name == key::COUNT => {
                fields.new.n = Some(*n);
                Ok(())
            }
            _ => Err(Reason::InvalidChange),
        }
    }

    fn allow(&self, action: Action) -> Result<(), Reason> {
        if self.author.rights.allow(action) {
            Ok(())
        } else {
            Err(Reason::NotAllowed)
        }
    }

    fn own(&self, name: &str) -> Result<(), Reason> {
        if name.parse() == Ok(self.author.member) {
            Ok(())
        } else {
            Err(Reason::NotAllowed)
        }
    }

    /// Whether the author is at work on it.
    fn helps(&self, id: RequestId) -> bool {
        let request = self.ledger.request(id);
        request.is_some_and(|request| request.is_helped_by(self.author.member))
    }

    /// The entry as a whole: whose it is, whether it looks as its kind does, and whether its author may add it now.
    fn finish_entry(&mut self) -> Result<(), Reason> {
        let Some((id, key, fields)) = self.entry.take() else {
            return Ok(());
        };
        let me = self.author.member;
        let looks_right = fields.kind.is_some_and(|kind| fits(kind, &fields.new));
        let entry = fields.into_entry(key).ok_or(Reason::InvalidChange)?;
        let request = self.ledger.request(id).ok_or(Reason::InvalidChange)?;
        if entry.by != Some(me) || !key.is_of(me) {
            return Err(Reason::NotAllowed);
        }
        if !looks_right || key.number > next_number(&request) || key.number == 0 {
            return Err(Reason::InvalidChange);
        }
        if !has_room(&request) {
            return Err(Reason::TooLarge);
        }
        if !has_right(entry.kind, &request, me, self.author.rights) {
            return Err(Reason::NotAllowed);
        }
        self.touched.orders.extend(order(id, &entry));
        if matches!(
            entry.kind,
            EntryKind::Route | EntryKind::Assigned | EntryKind::LetGo
        ) {
            self.touched.claims.push(id);
        }
        Ok(())
    }
}

fn order(request: RequestId, entry: &Entry) -> Option<Order> {
    let helps = match entry.kind {
        EntryKind::Assigned => true,
        EntryKind::LetGo => false,
        _ => return None,
    };
    entry.who.map(|member| Order {
        request,
        member,
        helps,
    })
}

fn is_word<W: Word>(value: &ScalarValue) -> bool {
    matches!(value, ScalarValue::Str(text) if W::from_key(text).is_some())
}

fn is_member(value: &ScalarValue, member: MemberId) -> bool {
    matches!(value, ScalarValue::Str(text) if text.parse() == Ok(member))
}
