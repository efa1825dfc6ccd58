//! Reading the document: whatever concurrent work merged into, every device reads the same and none crashes.

use std::collections::BTreeMap;

use automerge::{Automerge, ObjId, ReadDoc as _, ScalarValueRef, ValueRef};

use super::{Board, key};
use crate::id::{MemberId, RequestId};
use crate::model::{FeedbackHow, Repeat, Request, Urgency, Word};
use crate::time::Timestamp;

/// More helpers than this for one request is a mistake or mischief.
const MOST_PLACES: i64 = 20;

pub(super) fn requests(board: &Board) -> Vec<Request> {
    board
        .doc
        .map_range(&board.requests, ..)
        .filter_map(|item| {
            let id = item.key.parse().ok()?;
            matches!(item.value, ValueRef::Object(_))
                .then(|| request(&board.doc, id, &item.id()))?
        })
        .collect()
}

pub(super) fn request(doc: &Automerge, id: RequestId, object: &ObjId) -> Option<Request> {
    let mut fields = Fields::default();
    for item in doc.map_range(object, ..) {
        fields.take(doc, &item.key, &item.value, || item.id());
    }
    Some(Request {
        id,
        theme: fields.word(key::THEME),
        ask: fields.word(key::ASK),
        day: fields.word(key::DAY),
        part: fields.word(key::PART),
        urgency: fields.word(key::URGENCY).unwrap_or(Urgency::CanWait),
        repeat: fields.word(key::REPEAT).unwrap_or(Repeat::Once),
        places: usize::try_from(fields.int(key::PLACES)?.clamp(1, MOST_PLACES)).ok()?,
        logged_by: fields.texts.get(key::LOGGED_BY)?.parse().ok()?,
        logged_at: fields.time(key::LOGGED_AT)?,
        done_at: fields.time(key::DONE_AT),
        told: fields.time(key::TOLD_AT).map(|at| {
            (
                at,
                fields.word(key::TOLD_HOW).unwrap_or(FeedbackHow::InPerson),
            )
        }),
        withdrawn_at: fields.time(key::WITHDRAWN_AT),
        claims: fields.claims,
        matches: fields.matches,
    })
}

pub(super) fn helper_name(board: &Board, member: MemberId) -> Option<String> {
    let (_, helper) = board.doc.get(&board.helpers, member.to_string()).ok()??;
    let (name, _) = board.doc.get(helper, key::NAME).ok()??;
    name.as_str().map(str::to_owned)
}

/// The scalar fields and the two member maps of one request.
#[derive(Default)]
struct Fields {
    texts: BTreeMap<String, String>,
    ints: BTreeMap<String, i64>,
    claims: BTreeMap<MemberId, Timestamp>,
    matches: BTreeMap<MemberId, Timestamp>,
}

impl Fields {
    fn take(
        &mut self,
        doc: &Automerge,
        name: &str,
        value: &ValueRef<'_>,
        object: impl FnOnce() -> ObjId,
    ) {
        match value {
            ValueRef::Scalar(ScalarValueRef::Str(text)) => {
                self.texts.insert(name.to_owned(), text.to_string());
            }
            ValueRef::Scalar(ScalarValueRef::Int(int)) => {
                self.ints.insert(name.to_owned(), *int);
            }
            ValueRef::Object(_) if name == key::CLAIMS => self.claims = members(doc, &object()),
            ValueRef::Object(_) if name == key::MATCHES => self.matches = members(doc, &object()),
            _ => {}
        }
    }

    fn word<W: Word>(&self, name: &str) -> Option<W> {
        self.texts.get(name).and_then(|text| W::from_key(text))
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.ints.get(name).copied()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        self.int(name).map(Timestamp::from_millis)
    }
}

fn members(doc: &Automerge, object: &ObjId) -> BTreeMap<MemberId, Timestamp> {
    doc.map_range(object, ..)
        .filter_map(|item| match item.value {
            ValueRef::Scalar(ScalarValueRef::Int(at)) => {
                Some((item.key.parse().ok()?, Timestamp::from_millis(at)))
            }
            _ => None,
        })
        .collect()
}
