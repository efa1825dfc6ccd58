//! Reading the document: whatever concurrent work merged into, every device reads the same and none crashes.

use automerge::{Automerge, ObjId, ReadDoc as _, ScalarValueRef, ValueRef};

use super::{Board, entry, key};
use crate::id::{MemberId, RequestId};
use crate::model::{
    Ask, Course, DayPart, Entry, EntryKey, FeedbackHow, Language, Repeat, Request, Source, Theme,
    Urgency, Weekday, Word as _,
};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

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
    fields.into_request(id)
}

pub(super) fn helper_name(board: &Board, member: MemberId) -> Option<String> {
    let (_, helper) = board.doc.get(&board.helpers, member.to_string()).ok()??;
    let (name, _) = board.doc.get(helper, key::NAME).ok()??;
    name.as_str().map(str::to_owned)
}

/// The fields of one request, as far as they are there and of the right kind.
#[derive(Default)]
pub(super) struct Fields {
    theme: Option<Theme>,
    ask: Option<Ask>,
    day: Option<Weekday>,
    part: Option<DayPart>,
    urgency: Option<Urgency>,
    repeat: Option<Repeat>,
    places: Option<i64>,
    logged_by: Option<MemberId>,
    logged_at: Option<Timestamp>,
    done_at: Option<Timestamp>,
    told_at: Option<Timestamp>,
    told_how: Option<FeedbackHow>,
    withdrawn_at: Option<Timestamp>,
    source: Option<Source>,
    language: Option<Language>,
    is_talent: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) claims: VecMap<MemberId, Timestamp>,
    pub(super) matches: VecMap<MemberId, Timestamp>,
}

impl Fields {
    /// The request they make, if what every request has is there.
    pub(super) fn into_request(mut self, id: RequestId) -> Option<Request> {
        self.entries.sort_unstable_by_key(|entry| entry.key);
        Some(Request {
            id,
            theme: self.theme,
            ask: self.ask,
            day: self.day,
            part: self.part,
            urgency: self.urgency.unwrap_or(Urgency::CanWait),
            repeat: self.repeat.unwrap_or(Repeat::Once),
            places: usize::try_from(self.places?.clamp(1, MOST_PLACES)).ok()?,
            logged_by: self.logged_by?,
            logged_at: self.logged_at?,
            done_at: self.done_at,
            told: self
                .told_at
                .map(|at| (at, self.told_how.unwrap_or(FeedbackHow::InPerson))),
            withdrawn_at: self.withdrawn_at,
            claims: self.claims,
            matches: self.matches,
            source: self.source.unwrap_or(Source::Ambassador),
            language: self.language,
            is_talent: self.is_talent,
            course: Course::of(id, &self.entries),
            entries: self.entries,
        })
    }

    fn take(
        &mut self,
        doc: &Automerge,
        name: &str,
        value: &ValueRef<'_>,
        object: impl FnOnce() -> ObjId,
    ) {
        match value {
            ValueRef::Scalar(ScalarValueRef::Str(text)) => self.take_text(name, text),
            ValueRef::Scalar(ScalarValueRef::Int(int)) => self.take_int(name, *int),
            ValueRef::Object(_) if name == key::CLAIMS => self.claims = members(doc, &object()),
            ValueRef::Object(_) if name == key::MATCHES => self.matches = members(doc, &object()),
            ValueRef::Object(_) if name.starts_with(EntryKey::MARK) => {
                self.entries.extend(entry::read(doc, name, &object()));
            }
            _ => {}
        }
    }

    pub(super) fn take_text(&mut self, name: &str, text: &str) {
        match name {
            key::THEME => self.theme = Theme::from_key(text),
            key::ASK => self.ask = Ask::from_key(text),
            key::DAY => self.day = Weekday::from_key(text),
            key::PART => self.part = DayPart::from_key(text),
            key::URGENCY => self.urgency = Urgency::from_key(text),
            key::REPEAT => self.repeat = Repeat::from_key(text),
            key::TOLD_HOW => self.told_how = FeedbackHow::from_key(text),
            key::LOGGED_BY => self.logged_by = text.parse().ok(),
            key::LANGUAGE => self.language = Language::from_key(text),
            key::SOURCE => self.source = Source::from_key(text),
            _ => {}
        }
    }

    pub(super) fn take_int(&mut self, name: &str, int: i64) {
        let at = Some(Timestamp::from_millis(int));
        match name {
            key::PLACES => self.places = Some(int),
            key::LOGGED_AT => self.logged_at = at,
            key::DONE_AT => self.done_at = at,
            key::TOLD_AT => self.told_at = at,
            key::WITHDRAWN_AT => self.withdrawn_at = at,
            key::TALENT => self.is_talent = int != 0,
            _ => {}
        }
    }
}

fn members(doc: &Automerge, object: &ObjId) -> VecMap<MemberId, Timestamp> {
    doc.map_range(object, ..)
        .filter_map(|item| match item.value {
            ValueRef::Scalar(ScalarValueRef::Int(at)) => {
                Some((item.key.parse().ok()?, Timestamp::from_millis(at)))
            }
            _ => None,
        })
        .collect()
}
