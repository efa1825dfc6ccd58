//! The document of one street.

use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc as _,
    ScalarValue,
};
use sha2::{Digest as _, Sha256};

use super::{Keep, Lost, NewEntry, entry, key};
use crate::id::{DocumentId, MemberId, RequestId};
use crate::model::{
    Ask, Course, DayPart, EntryKey, EntryKind, FeedbackHow, Language, Repeat, Request, Source,
    Theme, Urgency, Weekday, Word as _,
};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// The document could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the street's document is unreadable: {0}")]
pub struct BoardError(#[from] AutomergeError);

/// What an ambassador writes down about a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRequest {
    pub(crate) theme: Theme,
    pub(crate) ask: Ask,
    pub(crate) day: Option<Weekday>,
    pub(crate) part: Option<DayPart>,
    pub(crate) urgency: Urgency,
    pub(crate) repeat: Repeat,
    pub(crate) source: Source,
    pub(crate) language: Option<Language>,
    pub(crate) is_talent: bool,
}

impl NewRequest {
    /// As it will stand on the board.
    pub(crate) fn into_request(self, id: RequestId, by: MemberId, at: Timestamp) -> Request {
        Request {
            id,
            theme: Some(self.theme),
            ask: Some(self.ask),
            day: self.day,
            part: self.part,
            urgency: self.urgency,
            repeat: self.repeat,
            places: 1,
            logged_by: by,
            logged_at: at,
            claims: VecMap::new(),
            matches: VecMap::new(),
            done_at: None,
            told: None,
            withdrawn_at: None,
            source: self.source,
            language: self.language,
            is_talent: self.is_talent,
            entries: Vec::new(),
            course: Course::default(),
        }
    }
}

/// One street's board: an automerge document whose root the schema knows.
#[derive(Debug, Clone)]
pub struct Board {
    pub(super) doc: Automerge,
    pub(super) requests: ObjId,
    pub(super) helpers: ObjId,
}

impl Board {
    /// The board before anything was written, byte for byte the same on every device.
    ///
    /// Its one change has an actor derived from document and epoch and no time, so a phone can found a board
    /// that the relay founded too and both go on from the same heads.
    ///
    /// # Errors
    /// Never in practice: automerge refuses nothing that is written here.
    pub fn found(document: DocumentId, epoch: u32) -> Result<Self, BoardError> {
        let actor = Self::founding_actor(document, epoch);
        let mut doc = Automerge::new().with_actor(ActorId::from(actor));
        let mut tx = doc.transaction();
        put_map(&mut tx, &ROOT, key::REQUESTS)?;
        put_map(&mut tx, &ROOT, key::HELPERS)?;
        tx.commit_with(CommitOptions::default().with_time(0));
        Self::new(doc)
    }

    /// The actor of the founding change; nobody may write as it again.
    #[must_use]
    pub fn founding_actor(document: DocumentId, epoch: u32) -> [u8; 16] {
        let mut hasher = Sha256::new();
        hasher.update(b"kruispunt/street/1");
        hasher.update(document.as_bytes());
        hasher.update(epoch.to_be_bytes());
        let mut actor = [0; 16];
        for (to, from) in actor.iter_mut().zip(hasher.finalize()) {
            *to = from;
        }
        actor
    }

    /// Reads a saved board.
    ///
    /// # Errors
    /// When the bytes are no automerge document or its root is not a street's.
    pub fn load(bytes: &[u8]) -> Result<Self, BoardError> {
        Self::new(Automerge::load(bytes)?)
    }

    fn new(doc: Automerge) -> Result<Self, BoardError> {
        let map = |name: &str| match doc.get(ROOT, name)? {
            Some((value, id)) if value.is_object() => Ok(id),
            _ => Err(AutomergeError::InvalidObjId(name.to_owned())),
        };
        let (requests, helpers) = (map(key::REQUESTS)?, map(key::HELPERS)?);
        Ok(Self {
            doc,
            requests,
            helpers,
        })
    }

    /// This board without its history and without what is no longer to be kept, as the first of an epoch.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub(crate) fn renew(
        &self,
        document: DocumentId,
        epoch: u32,
        keep: Keep<'_>,
    ) -> Result<Self, BoardError> {
        let mut next = Self::found(document, epoch)?;
        super::renew::copy(self, &mut next, keep)?;
        Ok(next)
    }

    /// This board as it was in a backup, as the first of an epoch that says what is not in it.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub(crate) fn put_back(&self, document: DocumentId, lost: Lost) -> Result<Self, BoardError> {
        let mut next = Self::found(document, lost.until)?;
        super::renew::copy(self, &mut next, Keep::EVERYTHING)?;
        super::lost::write(&mut next, lost)?;
        Ok(next)
    }

    /// What the relay lost of this board's history, each time it went on from a backup.
    #[must_use]
    pub(crate) fn lost(&self) -> Vec<Lost> {
        super::lost::read(self)
    }

    /// The whole document, compressed.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// The hashes of the newest changes.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        let mut heads = self.doc.get_heads();
        heads.sort_unstable();
        heads
    }

    /// Whether this change is in the document.
    #[must_use]
    pub fn has(&self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(hash).is_some()
    }

    /// Whether everything the change builds on is in the document.
    #[must_use]
    pub fn has_dependencies_of(&self, change: &Change) -> bool {
        change.deps().iter().all(|hash| self.has(hash))
    }

    /// The document as it was when these were the newest changes.
    ///
    /// # Errors
    /// When a hash is not in the document.
    pub fn fork_at(&self, heads: &[ChangeHash]) -> Result<Self, BoardError> {
        Self::new(self.doc.fork_at(heads)?)
    }

    /// From now on changes are written as this actor: 16 random bytes, new for every session.
    pub fn write_as(&mut self, actor: [u8; 16]) {
        self.doc.set_actor(ActorId::from(actor));
    }

    /// The actor changes are written as.
    #[cfg(test)]
    pub(crate) fn actor(&self) -> [u8; 16] {
        self.doc.get_actor().to_bytes().try_into().unwrap()
    }

    /// Takes changes from elsewhere. Ones already present do nothing.
    ///
    /// # Errors
    /// When a change contradicts one that is present (the same actor wrote the same sequence number twice).
    pub fn apply(
        &mut self,
        changes: impl IntoIterator<Item = Change, IntoIter: Clone>,
    ) -> Result<(), BoardError> {
        let changes: Vec<Change> = changes.into_iter().collect();
        Ok(self.doc.apply_changes(changes)?)
    }

    /// All changes, each after those it builds on.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.doc.get_changes(&[])
    }

    /// Not generic, as the functions it is used with: each copy would cost the phone some hundred bytes.
    fn write(
        &mut self,
        write: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), AutomergeError>,
    ) -> Result<Option<Change>, BoardError> {
        let mut tx = self.doc.transaction();
        write(&mut tx)?;
        // The moment is in the fields that need one; a second copy would only cost bytes.
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
        Ok(hash.and_then(|hash| self.doc.get_change_by_hash(&hash)))
    }

    pub(super) fn request_object(&self, id: RequestId) -> Result<ObjId, BoardError> {
        self.object(&self.requests, &id.to_string())
    }

    fn object(&self, parent: &ObjId, name: &str) -> Result<ObjId, BoardError> {
        match self.doc.get(parent, name)? {
            Some((value, id)) if value.is_object() => Ok(id),
            _ => Err(AutomergeError::InvalidObjId(name.to_owned()).into()),
        }
    }

    pub(crate) fn log_request(
        &mut self,
        id: RequestId,
        new: NewRequest,
        by: MemberId,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let requests = self.requests.clone();
        self.write(&mut |tx| {
            let request = put_map(tx, &requests, &id.to_string())?;
            put(tx, &request, key::THEME, new.theme.key())?;
            put(tx, &request, key::ASK, new.ask.key())?;
            if let Some(day) = new.day {
                put(tx, &request, key::DAY, day.key())?;
            }
            if let Some(part) = new.part {
                put(tx, &request, key::PART, part.key())?;
            }
            put(tx, &request, key::URGENCY, new.urgency.key())?;
            put(tx, &request, key::REPEAT, new.repeat.key())?;
            put(tx, &request, key::PLACES, 1)?;
            put(tx, &request, key::LOGGED_BY, by.to_string())?;
            put(tx, &request, key::LOGGED_AT, at.as_millis())?;
            if new.source != Source::Ambassador {
                put(tx, &request, key::SOURCE, new.source.key())?;
            }
            if let Some(language) = new.language {
                put(tx, &request, key::LANGUAGE, language.key())?;
            }
            if new.is_talent {
                put(tx, &request, key::TALENT, 1)?;
            }
            put_map(tx, &request, key::CLAIMS)?;
            put_map(tx, &request, key::MATCHES)?;
            Ok(())
        })
    }

    pub(crate) fn claim(
        &mut self,
        id: RequestId,
        by: MemberId,
        first_name: &str,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let claims = self.object(&self.request_object(id)?, key::CLAIMS)?;
        let naming = self.naming(by, first_name);
        self.write(&mut |tx| {
            put(tx, &claims, &by.to_string(), at.as_millis())?;
            naming.write(tx)
        })
    }

    /// Adds an entry to a request.
    pub(crate) fn add(
        &mut self,
        request: &Request,
        kind: EntryKind,
        by: (MemberId, &str),
        new: &NewEntry,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let object = self.request_object(request.id)?;
        let (by, first_name) = by;
        let name = EntryKey::new(entry::next_number(request), at, Some(by)).to_string();
        let naming = self.naming(by, first_name);
        self.write(&mut |tx| {
            write_entry(tx, &object, &name, kind, by, new)?;
            if kind.names_its_writer() {
                naming.write(tx)?;
            }
            if kind == EntryKind::Solved {
                put(tx, &object, key::DONE_AT, at.as_millis())?;
                put(tx, &object, key::TOLD_AT, at.as_millis())?;
                put(tx, &object, key::TOLD_HOW, FeedbackHow::InPerson.key())?;
            }
            Ok(())
        })
    }

    fn naming<'a>(&self, by: MemberId, first_name: &'a str) -> Naming<'a> {
        Naming {
            helpers: self.helpers.clone(),
            is_new: self.helper_name(by).as_deref() != Some(first_name),
            helper: self.object(&self.helpers, &by.to_string()).ok(),
            by,
            first_name,
        }
    }

    pub(crate) fn release(
        &mut self,
        id: RequestId,
        by: MemberId,
    ) -> Result<Option<Change>, BoardError> {
        let claims = self.object(&self.request_object(id)?, key::CLAIMS)?;
        self.write(&mut |tx| tx.delete(&claims, by.to_string()))
    }

    pub(crate) fn mark_done(
        &mut self,
        id: RequestId,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let request = self.request_object(id)?;
        self.write(&mut |tx| put(tx, &request, key::DONE_AT, at.as_millis()))
    }

    pub(crate) fn tell(
        &mut self,
        id: RequestId,
        how: FeedbackHow,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let request = self.request_object(id)?;
        self.write(&mut |tx| {
            put(tx, &request, key::TOLD_AT, at.as_millis())?;
            put(tx, &request, key::TOLD_HOW, how.key())
        })
    }

    pub(crate) fn withdraw(
        &mut self,
        id: RequestId,
        at: Timestamp,
    ) -> Result<Option<Change>, BoardError> {
        let request = self.request_object(id)?;
        self.write(&mut |tx| put(tx, &request, key::WITHDRAWN_AT, at.as_millis()))
    }

    /// All requests, in order of identifier. What cannot be read as one is left out, on every device alike.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        super::read::requests(self)
    }

    /// One request.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Option<Request> {
        super::read::request(&self.doc, id, &self.request_object(id).ok()?)
    }

    /// The first name a helper shares on this board.
    #[must_use]
    pub fn helper_name(&self, member: MemberId) -> Option<String> {
        super::read::helper_name(self, member)
    }
}

/// The first name of whoever helps, where it is not on the board yet.
struct Naming<'a> {
    helpers: ObjId,
    is_new: bool,
    helper: Option<ObjId>,
    by: MemberId,
    first_name: &'a str,
}

impl Naming<'_> {
    fn write(&self, tx: &mut Transaction<'_>) -> Result<(), AutomergeError> {
        if !self.is_new {
            return Ok(());
        }
        let helper = match &self.helper {
            Some(helper) => helper.clone(),
            None => put_map(tx, &self.helpers, &self.by.to_string())?,
        };
        put(tx, &helper, key::NAME, self.first_name)
    }
}

fn write_entry(
    tx: &mut Transaction<'_>,
    request: &ObjId,
    name: &str,
    kind: EntryKind,
    by: MemberId,
    new: &NewEntry,
) -> Result<(), AutomergeError> {
    let entry = put_map(tx, request, name)?;
    put(tx, &entry, key::KIND, kind.key())?;
    put(tx, &entry, key::LOGGED_BY, by.to_string())?;
    let who = new.who.map(|who| who.to_string());
    let into = new.into.map(|into| into.to_string());
    let texts = [
        (key::TO, new.to.as_deref()),
        (key::WHY, new.why.as_deref()),
        (key::WHO, who.as_deref()),
        (key::INTO, into.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            put(tx, &entry, name, text)?;
        }
    }
    if let Some(n) = new.n {
        put(tx, &entry, key::COUNT, n)?;
    }
    Ok(())
}

#[inline(never)]
fn put_scalar(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    name: &str,
    value: ScalarValue,
) -> Result<(), AutomergeError> {
    tx.put(object, name, value)
}

fn put(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    name: &str,
    value: impl Into<ScalarValue>,
) -> Result<(), AutomergeError> {
    put_scalar(tx, object, name, value.into())
}

#[inline(never)]
fn put_map(tx: &mut Transaction<'_>, object: &ObjId, name: &str) -> Result<ObjId, AutomergeError> {
    tx.put_object(object, name, ObjType::Map)
}
