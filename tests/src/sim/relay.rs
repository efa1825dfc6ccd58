//! One relay: what `server/src/relay` does with documents, followers and pushes, one event at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fastrand::Rng;
use kruispunt_core::access::Rights;
use kruispunt_core::command::Author;
use kruispunt_core::id::{DeviceId, DocumentId};
use kruispunt_core::schema::Keep;
use kruispunt_core::sync::Admission;
use kruispunt_core::sync::frame::{
    Changes, Cursor, Frame, Hello, Push, Snapshot, Welcome, failure,
};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Append, Change, Elsewhere, Rotation, StoredDocument};

use super::disk::{Disk, Luck, Trouble};
use super::ground::{Neighbour, Neighbourhood, bytes, must};
use super::hot::{Hot, beginning, end};
use super::line::{LineId, Lines};
use super::story::{answer, short, tells};

/// How many pushes may wait for one document.
pub(super) const INBOX: usize = 64;

/// What a relay needs at hand for anything it does.
pub(super) struct Desk<'d, 'a> {
    pub(super) disk: &'d mut Disk<'a>,
    pub(super) lines: &'d mut Lines,
    pub(super) place: &'d Neighbourhood,
    pub(super) rng: &'d mut Rng,
    pub(super) now: Timestamp,
}

/// A push, and on which line it came.
#[derive(Debug)]
struct Job {
    line: LineId,
    from: Neighbour,
    push: Push,
}

/// Pushes that were judged and wait to be stored.
#[derive(Debug)]
struct Waiting {
    append: Append,
    admitted: Vec<(Job, Admission)>,
}

/// One document at one relay.
#[derive(Debug, Default)]
struct Handle {
    /// Up to where those who follow here were told.
    told: Option<Cursor>,
    hot: Option<Hot>,
    inbox: VecDeque<Job>,
    waiting: Option<Waiting>,
    followers: BTreeSet<LineId>,
    /// Whether the database may be further than anybody here was told, and nobody will say so.
    doubts: bool,
}

#[derive(Debug)]
pub(super) struct Relay {
    pub(super) number: usize,
    /// Minutes by which its clock is wrong.
    pub(super) skew: i64,
    handles: BTreeMap<DocumentId, Handle>,
    /// The most pushes that ever waited.
    pub(super) longest: usize,
}

impl Relay {
    pub(super) fn new(number: usize, skew: i64) -> Self {
        Self {
            number,
            skew,
            handles: BTreeMap::new(),
            longest: 0,
        }
    }

    /// Everything in memory is gone.
    pub(super) fn dies(&mut self) {
        self.handles.clear();
    }

    /// A frame came in.
    pub(super) fn takes(&mut self, line: LineId, bytes: &[u8], desk: &mut Desk<'_, '_>) {
        let Some(from) = desk.lines.get(line).map(|line| line.person) else {
            return;
        };
        let Some(from) = desk.place.people.get(from).cloned() else {
            return;
        };
        match Frame::decode(bytes) {
            Ok(Frame::Hello(hello)) => self.greets(line, &from, &hello, desk),
            Ok(Frame::Push(push)) => {
                let inbox = &mut self.handles.entry(push.document).or_default().inbox;
                inbox.push_back(Job { line, from, push });
                self.longest = self.longest.max(inbox.len());
            }
            Ok(Frame::Ping) => desk.lines.down(line, &Frame::Pong),
            Ok(Frame::Pong) => {}
            other => panic!("a phone does not send this: {other:?}"),
        }
    }

    /// Whether nothing waits for this document any more than may.
    pub(super) fn has_room(&self, document: DocumentId) -> bool {
        let handle = self.handles.get(&document);
        handle.is_none_or(|handle| handle.inbox.len() < INBOX)
    }

    fn greets(&mut self, line: LineId, from: &Neighbour, hello: &Hello, desk: &mut Desk<'_, '_>) {
        if desk.disk.is_revoked(from.device) {
            desk.lines.fail(line, failure::REVOKED);
            return;
        }
        let mut frames = Vec::new();
        let mut following = 0;
        for street in &desk.place.streets.clone() {
            let document = street.document;
            let known = hello
                .cursors
                .iter()
                .find(|cursor| cursor.document == document);
            let known = known.copied().unwrap_or(Cursor {
                document,
                epoch: 0,
                seq: 0,
            });
            let missed = self.misses(known, desk);
            following += u32::from(!missed.is_empty());
            frames.extend(missed);
        }
        let welcome = Welcome {
            version: 1,
            now: desk.now.as_millis(),
            following,
        };
        desk.lines.down(line, &Frame::Welcome(welcome));
        for frame in frames {
            desk.lines.down(line, &frame);
        }
        for street in &desk.place.streets {
            let handle = self.handles.entry(street.document).or_default();
            handle.followers.insert(line);
        }
        if let Some(line) = desk.lines.get_mut(line) {
            line.greeted = true;
        }
    }

    /// What somebody misses, up to where those who follow were told.
    fn misses(&mut self, known: Cursor, desk: &mut Desk<'_, '_>) -> Vec<Frame> {
        let document = known.document;
        if let Some(told) = self.handles.get(&document).and_then(|handle| handle.told)
            && (told.epoch, told.seq) >= (known.epoch, known.seq)
            && told.epoch == known.epoch
        {
            let mut changes = desk.disk.changes_since(document, told.epoch, known.seq);
            changes.retain(|change| change.seq <= told.seq);
            // Fewer of them: meanwhile another relay began a new epoch.
            if known.seq + changes.len() as u64 == told.seq && desk.rng.u8(0..4) != 0 {
                return changes_frame(told, known.seq, &changes)
                    .into_iter()
                    .collect();
            }
        }
        // Where nobody looked yet, or the phone has more than is known here, another relay may have written.
        let at = self.looks(document, desk);
        missed(known, at, desk)
    }

    /// Reads a document, brings it to life when it is not, and tells those who follow what they missed.
    fn looks(&mut self, document: DocumentId, desk: &mut Desk<'_, '_>) -> Cursor {
        let stored = desk.disk.read(document);
        let at = end(&stored);
        let handle = self.handles.entry(document).or_default();
        if let Some(told) = handle.told.filter(|&told| told != at) {
            for frame in missed(told, at, desk) {
                for &follower in &handle.followers {
                    desk.lines.down(follower, &frame);
                }
            }
        }
        handle.told = Some(at);
        handle.doubts = false;
        // What waits to be stored was judged by what was in memory; storing it will not fit any more.
        let is_stale = |hot: &Hot| hot.document.cursor() != at;
        if handle.waiting.is_none() && handle.hot.as_ref().is_none_or(is_stale) {
            handle.hot = Some(Hot::restore(stored, bytes(desk.rng)));
        }
        at
    }

    /// Documents with pushes to judge, and documents with rows to store.
    pub(super) fn work(&self) -> (Vec<DocumentId>, Vec<DocumentId>) {
        let (mut to_judge, mut to_store) = (Vec::new(), Vec::new());
        for (&document, handle) in &self.handles {
            if handle.waiting.is_some() {
                to_store.push(document);
            } else if !handle.inbox.is_empty() {
                to_judge.push(document);
            }
        }
        (to_judge, to_store)
    }

    /// Judges every push that waits for a document.
    pub(super) fn judges(&mut self, document: DocumentId, desk: &mut Desk<'_, '_>) {
        if self.is_cold(document) {
            self.looks(document, desk);
        }
        let now = desk.now;
        let Some(handle) = self.handles.get_mut(&document) else {
            return;
        };
        let (None, Some(hot)) = (&handle.waiting, &mut handle.hot) else {
            return;
        };
        let (mut admitted, mut rows) = (Vec::new(), Vec::new());
        for job in handle.inbox.drain(..) {
            let author = Author {
                member: job.from.member,
                first_name: &job.from.name,
                rights: Rights::of([job.from.role]),
            };
            let mut admission = hot.document.push(&job.push, &author, job.from.device, now);
            tells!(
                "relay {} judges work of {} on {} {}: {}",
                self.number,
                job.from.name,
                short(&document.to_string()),
                job.push.epoch,
                answer(&admission)
            );
            rows.append(&mut admission.rows);
            admitted.push((job, admission));
        }
        if rows.is_empty() {
            handle.tells(admitted, desk.lines);
        } else {
            let append = hot.append(rows);
            handle.waiting = Some(Waiting { append, admitted });
        }
    }

    fn is_cold(&self, document: DocumentId) -> bool {
        let handle = self.handles.get(&document);
        handle.is_none_or(|handle| handle.hot.is_none())
    }

    /// Stores what waits of these documents in one transaction. `Err`: the relay died.
    pub(super) fn stores(
        &mut self,
        documents: &[DocumentId],
        luck: Luck,
        desk: &mut Desk<'_, '_>,
    ) -> Result<(), Trouble> {
        let waiting = |document| Some(self.handles.get(document)?.waiting.as_ref()?.append.clone());
        let appends: Vec<_> = documents.iter().filter_map(waiting).collect();
        let result = desk.disk.append(self.number, &appends, luck);
        for append in &appends {
            let document = append.document.to_string();
            let (document, seq) = (short(&document), append.first_seq);
            tells!(
                "relay {} stores {document} from {seq}, {luck:?}: {result:?}",
                self.number
            );
        }
        match result {
            Err(Trouble::Died) => return Err(Trouble::Died),
            // One that does not fit must not keep the others from being stored.
            Err(Trouble::Conflict) if documents.len() > 1 => {
                for &document in documents {
                    self.stores(&[document], Luck::Works, desk)?;
                }
                return Ok(());
            }
            _ => {}
        }
        for &document in documents {
            let Some(handle) = self.handles.get_mut(&document) else {
                continue;
            };
            let Some(Waiting { admitted, .. }) = handle.waiting.take() else {
                continue;
            };
            match result {
                Ok(()) => handle.tells(admitted, desk.lines),
                Err(Trouble::Conflict) => {
                    // What another relay wrote may change what is allowed: everything is judged anew, on top of it.
                    handle.hot = None;
                    for (job, _) in admitted.into_iter().rev() {
                        handle.inbox.push_front(job);
                    }
                    self.looks(document, desk);
                }
                Err(_) => {
                    // Memory may be ahead of the disk now: it is dropped, and nobody was told anything.
                    handle.hot = None;
                    handle.doubts = true;
                    for (job, _) in admitted {
                        desk.lines.fail(job.line, failure::UNAVAILABLE);
                    }
                }
            }
        }
        Ok(())
    }

    /// Something happened elsewhere.
    pub(super) fn hears(&mut self, news: Elsewhere, desk: &mut Desk<'_, '_>) {
        match news {
            Elsewhere::Document {
                document,
                epoch,
                seq,
            } => {
                let told = self.handles.get(&document).and_then(|handle| handle.told);
                if told.is_some_and(|told| (told.epoch, told.seq) < (epoch, seq)) {
                    self.looks(document, desk);
                }
            }
            Elsewhere::Device(device) => self.cuts(device, desk),
            // Nobody's roles change here.
            Elsewhere::Member(_) => {}
            Elsewhere::Anything => {
                for person in desk.place.people.clone() {
                    if desk.disk.is_revoked(person.device) {
                        self.cuts(person.device, desk);
                    }
                }
                let documents: Vec<_> = self.handles.keys().copied().collect();
                for document in documents {
                    self.looks(document, desk);
                }
            }
        }
    }

    /// After a write of which nobody knows whether it happened.
    pub(super) fn looks_again(&mut self, desk: &mut Desk<'_, '_>) {
        let doubts = self.handles.iter().filter(|(_, handle)| handle.doubts);
        let doubts: Vec<_> = doubts.map(|(&document, _)| document).collect();
        for document in doubts {
            self.looks(document, desk);
        }
    }

    /// A device was taken out of use.
    pub(super) fn cuts(&mut self, device: DeviceId, desk: &mut Desk<'_, '_>) {
        let is_theirs = |person: usize| {
            let person = desk.place.people.get(person);
            person.is_some_and(|person| person.device == device)
        };
        let lines = desk.lines.iter();
        let lines = lines.filter(|(_, line)| line.relay == self.number && is_theirs(line.person));
        let lines: Vec<_> = lines.map(|(id, _)| id).collect();
        for line in lines {
            desk.lines.fail(line, failure::REVOKED);
        }
    }

    /// Somebody is not there any more.
    pub(super) fn forgets(&mut self, lines: &Lines) {
        for handle in self.handles.values_mut() {
            let is_there = |&id: &LineId| lines.get(id).is_some_and(|line| line.relay_end);
            handle.followers.retain(is_there);
        }
    }

    /// Begins a new epoch of a document. `Err`: the relay died.
    pub(super) fn rotates(
        &mut self,
        document: DocumentId,
        keep: Keep<'_>,
        luck: Luck,
        desk: &mut Desk<'_, '_>,
    ) -> Result<(), Trouble> {
        if self.is_cold(document) {
            self.looks(document, desk);
        }
        let next_is_far = desk.rng.u8(0..4) == 0;
        let Some(hot) = self.at_rest(document) else {
            return Ok(());
        };
        let Cursor { epoch, seq, .. } = hot.document.cursor();
        let next = epoch + if next_is_far { 7 } else { 1 };
        let snapshot = hot.document.rotate(next, keep);
        let rotation = Rotation {
            document,
            epoch,
            seq,
            next,
            snapshot: must(snapshot).into(),
            at: desk.now,
        };
        let result = desk.disk.rotate(self.number, &rotation, luck);
        tells!(
            "relay {} ends {} {epoch} at {seq}, {luck:?}: {result:?}",
            self.number,
            short(&document.to_string())
        );
        self.cools(document);
        match result {
            Ok(()) | Err(Trouble::Conflict) => {
                self.looks(document, desk);
                Ok(())
            }
            Err(Trouble::Failed) => {
                self.handles.entry(document).or_default().doubts = true;
                Ok(())
            }
            Err(Trouble::Died) => Err(Trouble::Died),
        }
    }

    /// Keeps a snapshot of a document. `Err`: the relay died.
    pub(super) fn saves(
        &mut self,
        document: DocumentId,
        luck: Luck,
        desk: &mut Desk<'_, '_>,
    ) -> Result<(), Trouble> {
        let Some(hot) = self.at_rest(document) else {
            return Ok(());
        };
        let snapshot = hot.snapshot();
        match desk.disk.put_snapshot(document, &snapshot, luck) {
            Err(Trouble::Died) => Err(Trouble::Died),
            _ => Ok(()),
        }
    }

    /// The document, when it is in memory and nothing of it waits to be stored.
    fn at_rest(&mut self, document: DocumentId) -> Option<&mut Hot> {
        let handle = self.handles.get_mut(&document)?;
        handle.hot.as_mut().filter(|_| handle.waiting.is_none())
    }

    /// Nobody wrote for a while: a document leaves memory.
    pub(super) fn cools(&mut self, document: DocumentId) {
        if let Some(handle) = self.handles.get_mut(&document)
            && handle.waiting.is_none()
        {
            handle.hot = None;
        }
    }
}

impl Handle {
    /// The rows are on disk: everybody may know, each in the order of the log.
    fn tells(&mut self, admitted: Vec<(Job, Admission)>, lines: &mut Lines) {
        self.told = self.hot.as_ref().map(|hot| hot.document.cursor());
        for (Job { line, .. }, admission) in admitted {
            for answer in &admission.answers {
                lines.down(line, answer);
            }
            for &follower in &self.followers {
                if let Some(news) = admission.news.as_ref().filter(|_| follower != line) {
                    lines.down(follower, news);
                }
                if let Some(verdict) = &admission.verdict {
                    lines.down(follower, verdict);
                }
            }
        }
    }
}

/// The frames for somebody who is at one place in the log and should be at another.
fn missed(known: Cursor, at: Cursor, desk: &mut Desk<'_, '_>) -> Vec<Frame> {
    if known == at {
        return Vec::new();
    }
    let document = at.document;
    let is_on_the_way = known.epoch == at.epoch && known.seq <= at.seq;
    // Sometimes the whole document is sent where its changes would do: which is smaller is the relay's to judge. But
    // to somebody who is on the way never an earlier state than their own.
    if is_on_the_way && desk.rng.u8(0..4) != 0 {
        let changes = desk.disk.changes_since(document, at.epoch, known.seq);
        return changes_frame(at, known.seq, &changes).into_iter().collect();
    }
    let stored: StoredDocument = desk.disk.read(document);
    let begins = beginning(&stored);
    let tail = desk.disk.changes_since(document, begins.epoch, begins.seq);
    let is_later = (begins.epoch, begins.seq) > (known.epoch, known.seq);
    let snapshot = stored.snapshot.as_ref().filter(|_| is_later);
    let (seq, bytes) = if let Some(snapshot) = snapshot {
        (begins.seq, snapshot.bytes.to_vec())
    } else {
        let made = Hot::restore(stored, bytes(desk.rng)).snapshot();
        (made.seq, made.bytes.to_vec())
    };
    let cursor = Cursor { seq, ..begins };
    let tail: Vec<_> = tail
        .into_iter()
        .filter(|change| change.seq > cursor.seq)
        .collect();
    let snapshot = Frame::Snapshot(Snapshot {
        cursor,
        bytes: bytes.into(),
    });
    std::iter::once(snapshot)
        .chain(changes_frame(cursor, cursor.seq, &tail))
        .collect()
}

fn changes_frame(at: Cursor, after: u64, changes: &[Change]) -> Option<Frame> {
    let changes: Vec<_> = changes
        .iter()
        .map(|change| change.bytes.to_vec().into())
        .collect();
    (!changes.is_empty()).then_some(Frame::Changes(Changes {
        document: at.document,
        epoch: at.epoch,
        first: after + 1,
        changes,
    }))
}
