//! What the relay knows of a board without asking automerge: which changes there are, which operation stands where.
//!
//! Judging and answering a push needs a few facts about a document. automerge can tell them only after it has merged
//! every change into its columns, which costs 170 µs for a street of 200 requests and 1.1 ms for one of 5,000; here
//! it costs a few microseconds whatever the street. The rules of merging are automerge's own for maps: an operation
//! ends those it names as predecessors, and of what stands the greatest identifier is read. The document itself is
//! brought up to date in batches, when somebody needs its bytes, and is then compared with this in debug builds.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue};

use super::entry::EntryFields;
use super::key;
use super::read::Fields;
use crate::id::{MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Entry as LogEntry, EntryKey, EntryKind, Request, Word as _};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// A place in the document that the schema knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Requests,
    Request(RequestId),
    Claims(RequestId),
    Matches(RequestId),
    Entry(RequestId),
    Helpers,
    Helper(MemberId),
    /// Written by a newer version of this program.
    Elsewhere,
}

impl Place {
    /// The place of an object that stands in this one under a name.
    fn child(self, name: &str) -> Self {
        let child = match (self, name) {
            (Self::Root, key::REQUESTS) => Some(Self::Requests),
            (Self::Root, key::HELPERS) => Some(Self::Helpers),
            (Self::Requests, _) => name.parse().ok().map(Self::Request),
            (Self::Request(id), key::CLAIMS) => Some(Self::Claims(id)),
            (Self::Request(id), key::MATCHES) => Some(Self::Matches(id)),
            (Self::Request(id), _) if name.parse::<EntryKey>().is_ok() => Some(Self::Entry(id)),
            (Self::Helpers, _) => name.parse().ok().map(Self::Helper),
            _ => None,
        };
        child.unwrap_or(Self::Elsewhere)
    }
}

/// An operation's identifier, with its actor by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct At {
    counter: u64,
    actor: u32,
}

/// What an operation wrote. Texts are numbers in the list of names: they repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Int(i64),
    Text(u32),
    Map(u32),
    Other,
}

/// One operation that wrote something under a name.
#[derive(Debug, Clone, Copy)]
struct Entry {
    name: u32,
    at: At,
    value: Value,
    is_ended: bool,
}

#[derive(Debug)]
struct Object {
    place: Place,
    at: Option<At>,
    /// In order of name, which is the order in which names were first heard.
    entries: Vec<Entry>,
}

/// One actor and how far it wrote.
#[derive(Debug)]
struct Writer {
    id: ActorId,
    seq: u64,
    last_operation: u64,
}

/// Texts by number.
#[derive(Debug, Default)]
struct Names {
    texts: Vec<std::sync::Arc<str>>,
    numbers: HashMap<std::sync::Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = count(self.texts.len());
        let text: std::sync::Arc<str> = text.into();
        self.texts.push(std::sync::Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    fn text(&self, number: u32) -> &str {
        self.texts.get(index(number)).map_or("", |text| text)
    }
}

/// The root's number.
const ROOT: u32 = 0;

/// A board as far as judging changes needs it: a fold over them.
#[derive(Debug)]
pub(crate) struct Ledger {
    changes: HashSet<ChangeHash>,
    heads: Vec<ChangeHash>,
    writers: Vec<Writer>,
    writer_numbers: HashMap<ActorId, u32>,
    /// The greatest counter of any operation.
    last_operation: u64,
    operations: u64,
    objects: Vec<Object>,
    object_numbers: HashMap<At, u32>,
    names: Names,
    /// The two maps of the root, once they are founded.
    requests: Option<u32>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let root = Object {
            place: Place::Root,
            at: None,
            entries: Vec::new(),
        };
        Self {
            changes: HashSet::new(),
            heads: Vec::new(),
            writers: Vec::new(),
            writer_numbers: HashMap::new(),
            last_operation: 0,
            operations: 0,
            objects: vec![root],
            object_numbers: HashMap::new(),
            names: Names::default(),
            requests: None,
        }
    }

    /// Whether this change is in it.
    pub(crate) fn has(&self, hash: &ChangeHash) -> bool {
        self.changes.contains(hash)
    }

    /// The newest changes, in order.
    pub(crate) fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }

    /// How many operations were written, a measure of the memory it takes.
    pub(crate) const fn operations(&self) -> u64 {
        self.operations
    }

    /// Whether a change follows on what is here: everything it builds on, its actor's next number, and operations
    /// counted on from what it can have seen.
    ///
    /// # Errors
    /// [`Reason::MissingDependency`] for a gap, [`Reason::InvalidChange`] for numbers nobody gets by counting.
    pub(super) fn follows(&self, change: &ExpandedChange) -> Result<(), Reason> {
        if !change.deps.iter().all(|hash| self.has(hash)) {
            return Err(Reason::MissingDependency);
        }
        let (seq, last) = self
            .writer(&change.actor_id)
            .map_or((0, 0), |writer| (writer.seq, writer.last_operation));
        if change.seq > seq + 1 {
            return Err(Reason::MissingDependency);
        }
        let start = change.start_op.get();
        if change.seq <= seq || start <= last || start > self.last_operation + 1 {
            return Err(Reason::InvalidChange);
        }
        Ok(())
    }

    fn writer(&self, actor: &ActorId) -> Option<&Writer> {
        let &number = self.writer_numbers.get(actor)?;
        self.writers.get(index(number))
    }

    fn at(&self, id: &OpId) -> Option<At> {
        let &actor = self.writer_numbers.get(id.actor())?;
        Some(At {
            counter: id.counter(),
            actor,
        })
    }

    fn id(&self, at: At) -> Option<OpId> {
        let writer = self.writers.get(index(at.actor))?;
        Some(OpId::new(at.counter, &writer.id))
    }

    fn object(&self, id: &ObjectId) -> Option<u32> {
        match id {
            ObjectId::Root => Some(ROOT),
            ObjectId::Id(id) => self.object_numbers.get(&self.at(id)?).copied(),
        }
    }

    /// The place of an object that is in the document.
    pub(super) fn place(&self, id: &ObjectId) -> Option<Place> {
        let object = self.objects.get(index(self.object(id)?))?;
        Some(object.place)
    }

    /// Whether an operation wrote under this name in this object.
    pub(super) fn wrote(&self, object: &ObjectId, name: &str, operation: &OpId) -> bool {
        let found = || {
            let at = self.at(operation)?;
            let mut under = self.under(self.object(object)?, name)?;
            under.find(|entry| entry.at == at)
        };
        found().is_some()
    }

    fn under(&self, object: u32, name: &str) -> Option<impl Iterator<Item = &Entry>> {
        let &name = self.names.numbers.get(name)?;
        let entries = &self.objects.get(index(object))?.entries;
        let from = entries.partition_point(|entry| entry.name < name);
        let entries = entries.get(from..)?.iter();
        Some(entries.take_while(move |entry| entry.name == name))
    }

    /// What stands under a name: of several operations that do not know of each other the greatest, as automerge
    /// reads it.
    fn standing(&self, object: u32, name: &str) -> Option<&Entry> {
        let standing = self.under(object, name)?.filter(|entry| !entry.is_ended);
        standing.max_by(|one, other| self.order(one.at).cmp(&self.order(other.at)))
    }

    fn order(&self, at: At) -> (u64, Option<&ActorId>) {
        let writer = self.writers.get(index(at.actor));
        (at.counter, writer.map(|writer| &writer.id))
    }

    fn map(&self, object: u32, name: &str) -> Option<u32> {
        match self.standing(object, name)?.value {
            Value::Map(number) => Some(number),
            _ => None,
        }
    }

    fn request_object(&self, id: RequestId) -> Option<u32> {
        self.map(self.requests?, &id.to_string())
    }

    pub(super) fn has_request(&self, id: RequestId) -> bool {
        self.request_object(id).is_some()
    }

    /// One request, read as [`super::Board::request`] reads it.
    pub(crate) fn request(&self, id: RequestId) -> Option<Request> {
        let object = self.request_object(id)?;
        let mut fields = Fields::default();
        for (name, value) in self.standing_in(object) {
            match value {
                Value::Int(int) => fields.take_int(name, int),
                Value::Text(text) => fields.take_text(name, self.names.text(text)),
                Value::Map(map) if name == key::CLAIMS => fields.claims = self.members(map),
                Value::Map(map) if name == key::MATCHES => fields.matches = self.members(map),
                Value::Map(map) if name.starts_with(EntryKey::MARK) => {
                    fields.entries.extend(self.entry(name, map));
                }
                Value::Map(_) | Value::Other => {}
            }
        }
        fields.into_request(id)
    }

    /// All requests, in order of identifier as the document has them.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let Some(requests) = self.requests else {
            return Vec::new();
        };
        let mut names: Vec<_> = self.standing_in(requests).map(|(name, _)| name).collect();
        names.sort_unstable();
        let ids = names.into_iter().filter_map(|name| name.parse().ok());
        ids.filter_map(|id| self.request(id)).collect()
    }

    fn standing_in(&self, object: u32) -> impl Iterator<Item = (&str, Value)> {
        let entries = self.objects.get(index(object));
        let entries = entries.map_or(&[][..], |object| &object.entries);
        let names = entries.chunk_by(|one, other| one.name == other.name);
        names.filter_map(move |same| {
            let name = self.names.text(same.first()?.name);
            Some((name, self.standing(object, name)?.value))
        })
    }

    fn members(&self, object: u32) -> VecMap<MemberId, Timestamp> {
        let members = self.standing_in(object).filter_map(|(name, value)| {
            let Value::Int(at) = value else { return None };
            Some((name.parse().ok()?, Timestamp::from_millis(at)))
        });
        members.collect()
    }

    fn entry(&self, name: &str, object: u32) -> Option<LogEntry> {
        let key = name.parse().ok()?;
        let mut fields = EntryFields::default();
        for (name, value) in self.standing_in(object) {
            match value {
                Value::Text(text) => {
                    fields.take_text(name, self.names.text(text));
                }
                Value::Int(n) if name == key::COUNT => fields.new.n = Some(n),
                _ => {}
            }
        }
        fields.into_entry(key)
    }

    /// Takes a change in. It was checked, or comes from where only checked ones are. Gives the claims in it.
    pub(crate) fn take(
        &mut self,
        hash: ChangeHash,
        change: &ExpandedChange,
    ) -> Vec<(RequestId, MemberId)> {
        let mut claims = Vec::new();
        if !self.changes.insert(hash) {
            return claims;
        }
        self.heads.retain(|head| !change.deps.contains(head));
        self.heads.push(hash);
        self.heads.sort_unstable();
        let actor = self.number_of(&change.actor_id);
        let mut counter = change.start_op.get();
        for operation in &change.operations {
            claims.extend(self.take_operation(At { counter, actor }, operation));
            counter += 1;
        }
        self.operations += change.operations.len() as u64;
        let last = counter - 1;
        self.last_operation = self.last_operation.max(last);
        if let Some(writer) = self.writers.get_mut(index(actor)) {
            writer.seq = writer.seq.max(change.seq);
            writer.last_operation = writer.last_operation.max(last);
        }
        claims
    }

    fn number_of(&mut self, actor: &ActorId) -> u32 {
        if let Some(&number) = self.writer_numbers.get(actor) {
            return number;
        }
        let number = count(self.writers.len());
        self.writers.push(Writer {
            id: actor.clone(),
            seq: 0,
            last_operation: 0,
        });
        self.writer_numbers.insert(actor.clone(), number);
        number
    }

    /// Gives the claim the operation makes, if it does.
    fn take_operation(&mut self, at: At, operation: &Op) -> Option<(RequestId, MemberId)> {
        // Lists and counters are a newer version's; nothing here reads them.
        let Key::Map(name) = &operation.key else {
            return None;
        };
        let object = self.object(&operation.obj)?;
        let text = match &operation.action {
            OpType::Put(ScalarValue::Str(text)) => Some(self.names.number(text)),
            OpType::Increment(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_) => return None,
            _ => None,
        };
        let ended: Vec<At> = operation.pred.iter().filter_map(|id| self.at(id)).collect();
        let number = self.names.number(name);
        let made = count(self.objects.len());
        let Object { place, entries, .. } = self.objects.get_mut(index(object))?;
        let place = *place;
        let child = place.child(name);
        let from = entries.partition_point(|entry| entry.name < number);
        let to = entries.partition_point(|entry| entry.name <= number);
        for entry in entries.get_mut(from..to).into_iter().flatten() {
            entry.is_ended |= ended.contains(&entry.at);
        }
        let value = match &operation.action {
            OpType::Delete => return None,
            OpType::Make(_) => Value::Map(made),
            OpType::Put(ScalarValue::Int(int)) => Value::Int(*int),
            _ => text.map_or(Value::Other, Value::Text),
        };
        entries.insert(
            to,
            Entry {
                name: number,
                at,
                value,
                is_ended: false,
            },
        );
        if let OpType::Make(kind) = operation.action {
            let is_map = kind == ObjType::Map;
            let place = if is_map { child } else { Place::Elsewhere };
            if place == Place::Requests {
                self.requests = Some(made);
            }
            self.objects.push(Object {
                place,
                at: Some(at),
                entries: Vec::new(),
            });
            self.object_numbers.insert(at, made);
        }
        match place {
            Place::Claims(id) => Some((id, name.parse().ok()?)),
            _ => None,
        }
    }

    /// Writes these strokes, as the relay. The change is not taken in yet; `None` when there is nothing to write.
    pub(crate) fn write(
        &self,
        actor: ActorId,
        strokes: &[Stroke],
        at: Timestamp,
    ) -> Option<ExpandedChange> {
        let start = self.last_operation + 1;
        let mut operations = Vec::new();
        for stroke in strokes {
            let next = OpId::new(start + operations.len() as u64, &actor);
            self.operations_of(stroke, &next, at, &mut operations);
        }
        if operations.is_empty() {
            return None;
        }
        let seq = self.writer(&actor).map_or(0, |writer| writer.seq);
        Some(ExpandedChange {
            operations,
            hash: None,
            seq: seq + 1,
            start_op: NonZeroU64::new(start)?,
            time: 0,
            message: None,
            deps: self.heads.clone(),
            extra_bytes: Vec::new(),
            author: None,
            actor_id: actor,
        })
    }

    /// `next` is the identifier the next operation gets.
    fn operations_of(&self, stroke: &Stroke, next: &OpId, at: Timestamp, operations: &mut Vec<Op>) {
        match stroke {
            &Stroke::Hold {
                place,
                request,
                member,
                holds,
            } => {
                let action = if holds {
                    OpType::Put(ScalarValue::Int(at.as_millis()))
                } else {
                    OpType::Delete
                };
                operations.extend(self.hold(place, request, member, action));
            }
            Stroke::Entry {
                request,
                key,
                kind,
                fields,
            } => {
                let Some(object) = self.object_of(*request) else {
                    return;
                };
                operations.push(fresh(object, &key.to_string(), OpType::Make(ObjType::Map)));
                let texts = [(key::KIND, kind.key().to_owned())]
                    .into_iter()
                    .chain(fields.iter().cloned());
                for (name, text) in texts {
                    let text = OpType::Put(ScalarValue::Str(text.into()));
                    operations.push(fresh(ObjectId::Id(next.clone()), name, text));
                }
            }
        }
    }

    fn object_of(&self, request: RequestId) -> Option<ObjectId> {
        let object = self.objects.get(index(self.request_object(request)?))?;
        Some(ObjectId::Id(self.id(object.at?)?))
    }

    fn hold(&self, place: Hold, id: RequestId, member: MemberId, action: OpType) -> Option<Op> {
        let place = match place {
            Hold::Claim => key::CLAIMS,
            Hold::Match => key::MATCHES,
        };
        let map = self.map(self.request_object(id)?, place)?;
        let object = self.objects.get(index(map))?;
        let name = member.to_string();
        let standing = self.under(map, &name).into_iter().flatten();
        let standing = standing.filter(|entry| !entry.is_ended);
        let pred: SortedVec<_> = standing.filter_map(|entry| self.id(entry.at)).collect();
        if action == OpType::Delete && pred.is_empty() {
            return None;
        }
        Some(Op {
            pred,
            ..fresh(ObjectId::Id(self.id(object.at?)?), &name, action)
        })
    }
}

/// One thing the relay writes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stroke {
    /// Somebody's claim or match is there from now on, or no longer.
    Hold {
        place: Hold,
        request: RequestId,
        member: MemberId,
        holds: bool,
    },
    /// An entry of a request; its fields are texts.
    Entry {
        request: RequestId,
        key: EntryKey,
        kind: EntryKind,
        fields: Vec<(&'static str, String)>,
    },
}

/// What of somebody the relay writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Claim,
    Match,
}

/// An operation under a name where nothing stands.
fn fresh(object: ObjectId, name: &str, action: OpType) -> Op {
    Op {
        action,
        obj: object,
        key: Key::Map(name.into()),
        pred: SortedVec::new(),
        insert: false,
    }
}

impl<'a> FromIterator<&'a Change> for Ledger {
    fn from_iter<I: IntoIterator<Item = &'a Change>>(changes: I) -> Self {
        let mut ledger = Self::new();
        for change in changes {
            ledger.take(change.hash(), &change.decode());
        }
        ledger
    }
}

/// Numbers are given one by one; a document of so many operations is refused long before.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
