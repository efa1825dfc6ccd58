//! All documents, and the way to each.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use kruispunt_core::id::DocumentId;
use kruispunt_core::sync::frame::{Cursor, failure};
use kruispunt_storage::{DocumentPosition, Storage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::catch_up::Older;
use super::committer::Committer;
use super::document::{DocumentTask, INBOX, Job};
use super::handle::{Handle, Joined};
use super::hot::{Hot, HotError, catch_up};
use super::lines::Lines;
use super::outbox::Outbox;
use super::tasks::{Presence, Tasks};
use super::{Limits, Pace};

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
    handles: Arc<HashMap<DocumentId, Arc<Handle>>>,
    storage: Arc<dyn Storage>,
    committer: Committer,
    pub(super) pace: Pace,
    pub(super) limits: Limits,
    pub(super) lines: Lines,
    seats: Arc<Semaphore>,
    connections: Tasks,
    documents: Tasks,
    goodbye: watch::Sender<bool>,
}

impl Hub {
    /// Knows every document from here on; must be called inside the runtime.
    pub(crate) fn start(
        storage: Arc<dyn Storage>,
        positions: &[DocumentPosition],
        pace: Pace,
        limits: Limits,
    ) -> Self {
        let handle = |position: &DocumentPosition| {
            let DocumentPosition {
                document,
                epoch,
                seq,
                ..
            } = *position;
            (
                document,
                Arc::new(Handle::new(Cursor {
                    document,
                    epoch,
                    seq,
                })),
            )
        };
        let handles = Arc::new(positions.iter().map(handle).collect());
        let goodbye = watch::Sender::new(false);
        tokio::spawn(sweep(Arc::clone(&handles), pace, goodbye.subscribe()));
        Self {
            handles,
            committer: Committer::start(Arc::clone(&storage)),
            storage,
            pace,
            limits,
            lines: Lines::new(limits.per_device),
            seats: Arc::new(Semaphore::new(limits.connections)),
            connections: Tasks::new(),
            documents: Tasks::new(),
            goodbye,
        }
    }

    /// A connection comes in.
    pub(crate) fn enter(&self) -> Result<Seat, TurnedAway> {
        let presence = self.connections.enter().ok_or(TurnedAway::GoingAway)?;
        let permit = Arc::clone(&self.seats).try_acquire_owned();
        Ok(Seat {
            goodbye: self.goodbye.subscribe(),
            _presence: presence,
            _permit: permit.map_err(|_| TurnedAway::Full)?,
        })
    }

    pub(super) fn handle(&self, document: DocumentId) -> Option<&Arc<Handle>> {
        self.handles.get(&document)
    }

    /// Makes a connection follow a document; returns what it must write first.
    pub(super) async fn follow(
        &self,
        handle: &Handle,
        cursor: Option<Cursor>,
        outbox: &Arc<Outbox>,
    ) -> Result<Vec<Bytes>, HotError> {
        let mut older = None;
        loop {
            match handle.join(cursor, older.as_ref(), outbox) {
                Joined::With(frames) => return Ok(frames),
                Joined::NeedsCatchUp => self.read_catch_up(handle).await?,
                Joined::NeedsOlder { after, base } => {
                    older = Some(self.read_older(handle, after, base).await?);
                }
                Joined::NeedsSnapshot => self.make_snapshot(handle).await?,
            }
        }
    }

    async fn read_catch_up(&self, handle: &Handle) -> Result<(), HotError> {
        let _reading = handle.reading.lock().await;
        if handle.lock().catch_up.is_none() {
            let stored = self.storage.load(handle.document).await?;
            let stored = stored.ok_or(HotError::Missing(handle.document))?;
            handle.install(catch_up(&stored));
        }
        Ok(())
    }

    async fn read_older(&self, handle: &Handle, after: u64, base: u64) -> Result<Older, HotError> {
        let epoch = handle.lock().position.epoch;
        let changes = self
            .storage
            .changes_since(handle.document, epoch, after)
            .await?;
        let changes = changes.into_iter().take_while(|change| change.seq <= base);
        Ok(Older {
            after,
            base,
            changes: changes.map(|change| change.bytes).collect(),
        })
    }

    async fn make_snapshot(&self, handle: &Handle) -> Result<(), HotError> {
        let _reading = handle.reading.lock().await;
        let (hot, _) = Hot::load(&*self.storage, handle.document).await?;
        let (_, snapshot) = hot.save().await?;
        self.storage
            .put_snapshot(handle.document, &snapshot)
            .await?;
        handle.lock().catch_up = None;
        Ok(())
    }

    /// Brings a push to its document. Waits while the document has too much to do.
    pub(super) async fn push(&self, handle: &Arc<Handle>, job: Job) {
        let outbox = Arc::clone(&job.outbox);
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
            storage: Arc::clone(&self.storage),
            committer: self.committer.clone(),
            idle: self.pace.idle,
            _presence: self.documents.enter()?,
        };
        let (inbox, jobs) = mpsc::channel(INBOX);
        state.inbox = Some(inbox.clone());
        tokio::spawn(task.run(jobs));
        Some(inbox)
    }

    /// Tells every connection to close, and lets no new one in.
    pub(crate) fn say_goodbye(&self) {
        self.connections.close();
        self.goodbye.send_replace(true);
    }

    /// Waits until every connection is closed and everything they pushed is stored.
    pub(crate) async fn stop(&self) {
        self.say_goodbye();
        self.connections.all_gone().await;
        self.documents.close();
        for handle in self.handles.values() {
            handle.lock().inbox = None;
        }
        self.documents.all_gone().await;
    }
}

/// Lets what nobody needs leave memory.
async fn sweep(
    handles: Arc<HashMap<DocumentId, Arc<Handle>>>,
    pace: Pace,
    mut goodbye: watch::Receiver<bool>,
) {
    while tokio::time::timeout(pace.idle, goodbye.wait_for(|&is_over| is_over))
        .await
        .is_err()
    {
        for handle in handles.values() {
            handle.sweep();
        }
    }
}
