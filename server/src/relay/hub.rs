//! All documents, and the way to each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use kruispunt_core::id::{DeviceId, DocumentId, MemberId};
use kruispunt_core::model::{LadderRules, Request};
use kruispunt_core::sync::frame::{Cursor, failure};
use kruispunt_storage::{DocumentPosition, Storage, StorageError, Watch};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::catch_up::Older;
use super::common::Common;
use super::document::{DocumentTask, INBOX, Job};
use super::handle::{Handle, Joined, Place};
use super::hot::{Hot, HotError, catch_up};
use super::ladder::Ladder;
use super::lines::Lines;
use super::memory::Weight;
use super::outbox::Outbox;
use super::streets::Streets;
use super::tasks::{Presence, Tasks};
use super::{Limits, Pace, alarms, elsewhere};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::places::Places;

/// How often somebody who comes in tries to follow a document that moves meanwhile.
const TRIES: usize = 16;

/// Leave to connect, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(super) goodbye: watch::Receiver<bool>,
    _presence: Presence,
    _permit: OwnedSemaphorePermit,
}

/// Why nobody can connect now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    /// There are as many connections as there may be.
    Full,
    /// The relay is going down.
    GoingAway,
}

pub(crate) struct Hub {
    streets: Streets,
    pub(super) common: Arc<Common>,
    pub(super) lines: Lines,
    seats: Arc<Semaphore>,
    connections: Tasks,
    documents: Tasks,
    is_leaving: AtomicBool,
    goodbye: watch::Sender<bool>,
}

impl Hub {
    /// Knows these documents and places from here on, and hears from `watch` what others write since they were read; must
    /// be called inside the runtime.
    pub(crate) fn start(
        storage: Arc<dyn Storage>,
        watch: Box<dyn Watch>,
        keys: Arc<Keys>,
        known: (&[DocumentPosition], Places, LadderRules),
        pace: Pace,
        limits: Limits,
    ) -> Arc<Self> {
        let streets = Streets::new(known.0, known.1);
        let ladder = Ladder::new(streets.places(), known.2);
        let hub = Arc::new(Self {
            streets,
            common: Arc::new(Common::start(storage, keys, ladder, pace, limits)),
            lines: Lines::new(limits.per_device),
            seats: Arc::new(Semaphore::new(limits.connections)),
            connections: Tasks::new(),
            documents: Tasks::new(),
            is_leaving: AtomicBool::new(false),
            goodbye: watch::Sender::new(false),
        });
        tokio::spawn(sweep(Arc::clone(&hub)));
        tokio::spawn(alarms::keep(Arc::clone(&hub)));
        tokio::spawn(elsewhere::listen(Arc::clone(&hub), watch));
        hub
    }

    /// Becomes true when the relay goes down.
    pub(super) fn goodbye(&self) -> watch::Receiver<bool> {
        self.goodbye.subscribe()
    }

    /// A connection comes in.
    pub(crate) fn enter(&self) -> Result<Seat, TurnedAway> {
        let presence = self.connections.enter().ok_or(TurnedAway::GoingAway)?;
        let Ok(permit) = Arc::clone(&self.seats).try_acquire_owned() else {
            self.common.metrics.connections_turned_away.inc();
            return Err(TurnedAway::Full);
        };
        self.common.metrics.connections_opened.inc();
        Ok(Seat {
            goodbye: self.goodbye.subscribe(),
            _presence: presence,
            _permit: permit,
        })
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> usize {
        self.common.limits.connections - self.seats.available_permits()
    }

    /// How many pushes wait for their documents.
    pub(super) fn pushes_waiting(&self) -> usize {
        let handles = self.streets.handles().into_iter();
        let inboxes = handles.filter_map(|handle| handle.lock().inbox.clone());
        inboxes.map(|inbox| INBOX - inbox.capacity()).sum()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.common.metrics
    }

    /// Whether somebody who connects now can be served: nobody is saying goodbye, and changes can be stored.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_leaving.load(Ordering::Relaxed) && !self.common.committer.is_broken()
    }

    /// How long to wait between preparing and leaving.
    pub(crate) fn drain(&self) -> Duration {
        self.common.pace.drain
    }

    /// The relay will go down soon: nobody should be sent here any more.
    pub(crate) fn prepare_to_leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }

    pub(super) fn handle(&self, document: DocumentId) -> Option<Arc<Handle>> {
        self.streets.handle(document)
    }

    /// The places as they are now.
    pub(crate) fn places(&self) -> Arc<Places> {
        self.streets.places()
    }

    /// A member is something else now than before: their phones are cut, and come back as that.
    pub(crate) fn member_changed(&self, member: MemberId) {
        self.lines.change(member);
    }

    /// A device was taken out of use.
    pub(crate) fn device_revoked(&self, device: DeviceId) {
        self.lines.revoke(device);
    }

    /// Looks whether there are other places than before. Everybody comes back then, to hear what they may read now.
    pub(super) async fn learn(&self, positions: &[DocumentPosition]) -> Result<(), StorageError> {
        let places = Places::load(&*self.common.storage, positions).await?;
        if self.streets.change(positions, places) {
            tracing::info!(streets = positions.len(), "places have changed");
            self.common.ladder.move_to(self.places());
            self.lines.send_away();
        }
        Ok(())
    }

    /// Something in a document is due.
    pub(super) async fn ring(&self, document: DocumentId) {
        let Some(handle) = self.handle(document) else {
            return;
        };
        let Cursor { epoch, seq, .. } = handle.position();
        if (epoch, seq) == (0, 0) {
            // Where nobody wrote yet there is nothing to read.
            let storage = &self.common.storage;
            match storage.set_alarm(document, epoch, seq, None).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "an alarm could not be set"),
            }
        }
        handle.rings();
        self.call(&handle);
    }

    /// What is on a board now; `None` where there is no such board, or it cannot be read now.
    pub(crate) async fn requests(&self, document: DocumentId) -> Option<Vec<Request>> {
        let handle = self.handle(document)?;
        let answer = handle.asks();
        self.call(&handle);
        answer.await.ok()
    }

    /// Looks whether there are other rules than before. Every document is looked at again then.
    pub(crate) async fn learn_rules(&self) {
        let storage = &self.common.storage;
        let learnt = async {
            if self.common.ladder.set(storage.ladder().ladder().await?) {
                storage.look_at_all().await?;
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = learnt.await {
            tracing::warn!(%error, "the rules of the ladder cannot be read; they stay as they were");
        }
    }

    /// Makes a connection follow a document; returns what it must write first.
    pub(super) async fn follow(
        &self,
        handle: &Arc<Handle>,
        cursor: Option<Cursor>,
        outbox: &Arc<Outbox>,
    ) -> Result<Vec<Bytes>, HotError> {
        let (mut older, mut has_looked) = (None, false);
        for _ in 0..TRIES {
            let is_clear = match handle.join(cursor, older.as_ref(), has_looked, outbox) {
                Joined::With(frames, how) => {
                    let bytes = frames.iter().map(Bytes::len).sum();
                    self.common.metrics.caught_up(how, bytes);
                    self.common.memory.uses(handle.document);
                    return Ok(frames);
                }
                Joined::NeedsCatchUp => self.read_catch_up(handle).await?,
                Joined::NeedsOlder { epoch, after, base } => {
                    let asked = (after, base);
                    older = Older::read(&self.common, handle.document, epoch, asked).await?;
                    older.is_some()
                }
                Joined::NeedsSnapshot => self.make_snapshot(handle).await?,
                Joined::NeedsLook => false,
            };
            if !is_clear {
                let look = || {
                    handle.doubts();
                    self.call(handle);
                };
                handle.await_look(look).await;
                has_looked = true;
            }
        }
        Err(HotError::Moving)
    }

    /// Reads what others need to catch up; `false` when storage has moved on instead.
    async fn read_catch_up(&self, handle: &Arc<Handle>) -> Result<bool, HotError> {
        let _reading = handle.reading.lock().await;
        if handle.lock().catch_up.is_some() {
            return Ok(true);
        }
        let stored = self.common.storage.load(handle.document).await?;
        let stored = stored.ok_or(HotError::Missing(handle.document))?;
        let is_clear = handle.install(catch_up(&stored));
        let weight = Weight {
            bytes: handle.lock().weight(),
            operations: 0,
        };
        self.common.holds(handle, weight);
        Ok(is_clear)
    }

    async fn make_snapshot(&self, handle: &Handle) -> Result<bool, HotError> {
        let _reading = handle.reading.lock().await;
        let storage = &self.common.storage;
        let stored = storage.load(handle.document).await?;
        let stored = stored.ok_or(HotError::Missing(handle.document))?;
        let (_, snapshot) = Hot::restore(stored, u64::MAX).await?.save().await?;
        storage.put_snapshot(handle.document, &snapshot).await?;
        handle.lock().catch_up = None;
        Ok(true)
    }

    /// A document began an epoch, by the relay's own doing.
    pub(crate) fn begins(&self, document: DocumentId, epoch: u32) {
        self.hears(document, (epoch, 0));
    }

    /// Storage has a document up to here. `false` when there was no such document before.
    pub(super) fn hears(&self, document: DocumentId, place: Place) -> bool {
        let Some(handle) = self.handle(document) else {
            return false;
        };
        if handle.hears(place) {
            self.call(&handle);
        }
        true
    }

    /// Wakes the document's task, or starts it.
    fn call(&self, handle: &Arc<Handle>) {
        if self.inbox(handle).is_some() {
            handle.called.notify_one();
        }
    }

    /// Brings a push to its document. Waits while the document has too much to do.
    pub(super) async fn push(&self, handle: &Arc<Handle>, job: Job) {
        let outbox = Arc::clone(&job.owed.outbox);
        let sent = match self.inbox(handle) {
            Some(inbox) => inbox.send(job).await.is_ok(),
            None => false,
        };
        if !sent {
            outbox.cut(failure::UNAVAILABLE);
        }
    }

    fn inbox(&self, handle: &Arc<Handle>) -> Option<mpsc::Sender<Job>> {
        let mut state = handle.lock();
        if let Some(inbox) = state.inbox.as_ref().filter(|inbox| !inbox.is_closed()) {
            return Some(inbox.clone());
        }
        let task = DocumentTask {
            handle: Arc::clone(handle),
            common: Arc::clone(&self.common),
            _presence: self.documents.enter()?,
        };
        let (inbox, jobs) = mpsc::channel(INBOX);
        state.inbox = Some(inbox.clone());
        tokio::spawn(task.run(jobs));
        Some(inbox)
    }

    /// Tells every connection to close, and lets no new one in.
    pub(crate) fn say_goodbye(&self) {
        self.prepare_to_leave();
        self.connections.close();
        self.goodbye.send_replace(true);
    }

    /// Waits until every connection is closed and everything they pushed is stored.
    pub(crate) async fn stop(&self) {
        self.say_goodbye();
        self.connections.all_gone().await;
        self.documents.close();
        for handle in self.streets.handles() {
            handle.lock().inbox = None;
        }
        self.documents.all_gone().await;
    }
}

/// Lets what nobody needs leave memory.
async fn sweep(hub: Arc<Hub>) {
    let mut goodbye = hub.goodbye();
    let idle = hub.common.pace.idle;
    while tokio::time::timeout(idle, goodbye.wait_for(|&is_over| is_over))
        .await
        .is_err()
    {
        for handle in hub.streets.handles() {
            if handle.sweep() {
                hub.common.memory.forgets(handle.document);
            }
        }
    }
}
