//! The gate: may this member write this change into this board? The relay asks it before it believes a phone.
//!
//! Every operation is matched against the places the schema knows. What is not named here is refused, so unknown
//! structure, foreign names, forged confirmations and values of another type never reach a document.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{Automerge, Change, ObjType, ReadDoc as _, ScalarValue};

use super::{Board, key};
use crate::access::Action;
use crate::command::Author;
use crate::id::{MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Ask, DayPart, FeedbackHow, Repeat, Theme, Urgency, Weekday, Word};

/// More operations than one tap writes, with room for a newer app.
const MOST_OPERATIONS: usize = 64;

/// The longest first name, in bytes.
const LONGEST_NAME: usize = 64;

/// A place in the document that the schema knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Requests,
    Request { id: RequestId, new: bool },
    Claims(RequestId),
    Matches,
    Helpers,
    Helper(MemberId),
}

/// What an accepted change touched that the relay must act on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touched {
    /// Requests whose claims changed.
    pub(crate) claims: Vec<RequestId>,
}

/// Checks every operation of a change whose dependencies the board has.
///
/// # Errors
/// [`Reason::NotAllowed`] when a rule forbids it, [`Reason::TooLarge`] over the limits, else
/// [`Reason::InvalidChange`].
pub(crate) fn check(
    board: &Board,
    change: &Change,
    author: &Author<'_>,
) -> Result<Touched, Reason> {
    if change.len() > MOST_OPERATIONS {
        return Err(Reason::TooLarge);
    }
    if change.is_empty() || change.message().is_some() || !change.extra_bytes().is_empty() {
        return Err(Reason::InvalidChange);
    }
    let decoded = change.decode();
    let mut gate = Gate {
        board,
        author,
        made: BTreeMap::new(),
        touched: Touched::default(),
    };
    for (number, operation) in (decoded.start_op.get()..).zip(&decoded.operations) {
        let place = gate.place(&operation.obj)?;
        let Key::Map(name) = &operation.key else {
            return Err(Reason::InvalidChange);
        };
        if operation.insert {
            return Err(Reason::InvalidChange);
        }
        if let Some(made) = gate.operation(place, name, &operation.action)? {
            gate.made.insert(OpId::new(number, &decoded.actor_id), made);
        }
    }
    Ok(gate.touched)
}

struct Gate<'a> {
    board: &'a Board,
    author: &'a Author<'a>,
    /// The objects this change itself makes.
    made: BTreeMap<OpId, Place>,
    touched: Touched,
}

impl Gate<'_> {
    fn place(&self, object: &ObjectId) -> Result<Place, Reason> {
        let ObjectId::Id(id) = object else {
            return Err(Reason::NotAllowed);
        };
        match self.made.get(id) {
            Some(&place) => Ok(place),
            None => existing(&self.board.doc, id).ok_or(Reason::InvalidChange),
        }
    }

    /// Allows one operation; says which place it makes, if any.
    fn operation(
        &mut self,
        place: Place,
        name: &str,
        action: &OpType,
    ) -> Result<Option<Place>, Reason> {
        let me = self.author.member;
        match (place, action) {
            (Place::Requests, OpType::Make(ObjType::Map)) => {
                self.allow(Action::LogRequest)?;
                let id = name.parse().map_err(|_| Reason::InvalidChange)?;
                if self.board.request_object(id).is_ok() {
                    return Err(Reason::NotAllowed);
                }
                Ok(Some(Place::Request { id, new: true }))
            }
            (Place::Request { id, new: true }, OpType::Make(ObjType::Map))
                if name == key::CLAIMS =>
            {
                Ok(Some(Place::Claims(id)))
            }
            (Place::Request { new: true, .. }, OpType::Make(ObjType::Map))
                if name == key::MATCHES =>
            {
                Ok(Some(Place::Matches))
            }
            (Place::Request { new: true, .. }, OpType::Put(value)) => {
                let fits = match name {
                    key::THEME => is_word::<Theme>(value),
                    key::ASK => is_word::<Ask>(value),
                    key::DAY => is_word::<Weekday>(value),
                    key::PART => is_word::<DayPart>(value),
                    key::URGENCY => is_word::<Urgency>(value),
                    key::REPEAT => is_word::<Repeat>(value),
                    key::PLACES => matches!(value, ScalarValue::Int(1..=20)),
                    key::LOGGED_AT => matches!(value, ScalarValue::Int(_)),
                    key::LOGGED_BY => {
                        return if is_member(value, me) {
                            Ok(None)
                        } else {
                            Err(Reason::NotAllowed)
                        };
                    }
                    _ => false,
                };
                if fits {
                    Ok(None)
                } else {
                    Err(Reason::InvalidChange)
                }
            }
            (Place::Request { id, new: false }, OpType::Put(value)) => {
                match name {
                    key::DONE_AT if self.is_matched(id) => {}
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
                self.touched.claims.push(id);
                Ok(None)
            }
            (Place::Helpers, OpType::Make(ObjType::Map)) => {
                self.own(name)?;
                Ok(Some(Place::Helper(me)))
            }
            (Place::Helper(member), OpType::Put(ScalarValue::Str(text))) if name == key::NAME => {
                if member != me {
                    Err(Reason::NotAllowed)
                } else if text.len() > LONGEST_NAME {
                    Err(Reason::TooLarge)
                } else {
                    Ok(None)
                }
            }
            (Place::Matches, _) => Err(Reason::NotAllowed),
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

    fn is_matched(&self, id: RequestId) -> bool {
        let me = &self.author.member;
        self.board.request(id).is_some_and(|request| {
            request.matches.contains_key(me) && request.claims.contains_key(me)
        })
    }
}

/// Finds the place of an object that is in the document.
fn existing(doc: &Automerge, id: &OpId) -> Option<Place> {
    let object = doc
        .import_obj(&format!("{}@{}", id.counter(), id.actor().to_hex_string()))
        .ok()?;
    let path = doc.parents(&object).ok()?.visible_path()?;
    let mut names = path.iter().map(|(_, prop)| match prop {
        automerge::Prop::Map(name) => Some(name.as_str()),
        automerge::Prop::Seq(_) => None,
    });
    let (first, second, third) = (names.next()??, names.next(), names.next());
    match (first, second.flatten(), third.flatten(), names.next()) {
        (key::REQUESTS, None, None, None) => Some(Place::Requests),
        (key::HELPERS, None, None, None) => Some(Place::Helpers),
        (key::REQUESTS, Some(id), None, None) => Some(Place::Request {
            id: id.parse().ok()?,
            new: false,
        }),
        (key::REQUESTS, Some(id), Some(key::CLAIMS), None) => Some(Place::Claims(id.parse().ok()?)),
        (key::REQUESTS, Some(_), Some(key::MATCHES), None) => Some(Place::Matches),
        (key::HELPERS, Some(member), None, None) => Some(Place::Helper(member.parse().ok()?)),
        _ => None,
    }
}

fn is_word<W: Word>(value: &ScalarValue) -> bool {
    matches!(value, ScalarValue::Str(text) if W::from_key(text).is_some())
}

fn is_member(value: &ScalarValue, member: MemberId) -> bool {
    matches!(value, ScalarValue::Str(text) if text.parse() == Ok(member))
}
