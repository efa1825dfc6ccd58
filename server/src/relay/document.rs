//! The task of one document: takes pushes in order, has them stored, and only then tells.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kruispunt_core::access::Rights;
use kruispunt_core::command::Author;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::sync::Admission;
use kruispunt_core::sync::frame::{Frame, Push, failure};
use kruispunt_storage::{Append, Snapshot, Storage};
use tokio::sync::mpsc;

use super::catch_up::CatchUp;
use super::committer::Committer;
use super::handle::Handle;
use super::hot::{Hot, HotError};
use super::outbox::Outbox;
use super::tasks::Presence;
use crate::clock::now;

/// How many pushes may wait for one document before its writers wait too.
pub(super) const INBOX: usize = 64;

/// A log may grow by this much, or by the size of its snapshot, before another snapshot is made. A snapshot is a
/// tenth of its log and made in a millisecond; a street that comes back at once is worth that.
const SNAPSHOT_AFTER: usize = 8 << 10;

/// Storing one costs a wait for the disk, so that is done less often while the document is in use.
const STORE_AFTER: usize = 64 << 10;

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) member: MemberId,
    pub(super) device: DeviceId,
    pub(super) first_name: String,
}

/// A push, and whom to answer.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) push: Push,
    pub(super) author: Arc<Identity>,
    pub(super) rights: Rights,
    pub(super) outbox: Arc<Outbox>,
}

pub(super) struct DocumentTask {
    pub(super) handle: Arc<Handle>,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) committer: Committer,
    pub(super) idle: Duration,
    pub(super) _presence: Presence,
}

impl DocumentTask {
    /// Works until nobody has written for a while, or the hub takes the inbox away.
    pub(super) async fn run(self, mut inbox: mpsc::Receiver<Job>) {
        let mut hot = None;
        let mut jobs = Vec::new();
        loop {
            let received = inbox.recv_many(&mut jobs, INBOX);
            match tokio::time::timeout(self.idle, received).await {
                Ok(0) => break,
                Ok(_) => {
                    let waiting: Vec<_> = jobs.iter().map(|job| Arc::clone(&job.outbox)).collect();
                    match self.work(hot.take(), jobs.drain(..)).await {
                        Ok(worked) => hot = Some(worked),
                        // Memory may be ahead of the disk now: it is dropped, and nobody was told anything.
                        Err(error) => {
                            let document = self.handle.document;
                            tracing::error!(%document, error = &error as &dyn std::error::Error, "pushes failed");
                            for outbox in waiting {
                                outbox.cut(failure::UNAVAILABLE);
                            }
                        }
                    }
                }
                Err(_) => {
                    if let Some(idle) = hot.take() {
                        hot = self.tidy(idle).await.ok();
                    }
                    if self.rests(&inbox) {
                        break;
                    }
                }
            }
        }
    }

    /// Lets go of the document, unless somebody is about to write.
    fn rests(&self, inbox: &mpsc::Receiver<Job>) -> bool {
        let mut state = self.handle.lock();
        // Senders are cloned under this lock; one beside the handle's own belongs to somebody with a push in hand.
        let nobody_writes = inbox.is_empty() && inbox.sender_strong_count() <= 1;
        if nobody_writes {
            state.inbox = None;
            state.catch_up = None;
        }
        nobody_writes
    }

    async fn work(
        &self,
        hot: Option<Hot>,
        jobs: impl Iterator<Item = Job>,
    ) -> Result<Hot, WorkError> {
        let mut hot = match hot {
            Some(hot) => hot,
            None => self.load().await?,
        };
        let (mut admitted, mut rows) = (Vec::new(), Vec::new());
        for Job {
            push,
            author,
            rights,
            outbox,
        } in jobs
        {
            let Identity {
                member,
                device,
                first_name,
            } = &*author;
            let by = Author {
                member: *member,
                first_name,
                rights,
            };
            let mut admission = hot.document.push(&push, &by, *device, now());
            rows.append(&mut admission.rows);
            admitted.push((outbox, admission));
            // A push may take milliseconds to check: let connections of other documents in between.
            tokio::task::yield_now().await;
        }
        let mut changes = Vec::new();
        if !rows.is_empty() {
            let append = hot.append(rows);
            changes = append
                .changes
                .iter()
                .map(|change| change.bytes.clone())
                .collect();
            self.store(append).await?;
        }
        self.tell(&hot, changes, admitted);
        if self.is_snapshot_due() {
            self.take_snapshot(hot).await
        } else {
            Ok(hot)
        }
    }

    async fn load(&self) -> Result<Hot, WorkError> {
        let (hot, catch_up) = Hot::load(&*self.storage, self.handle.document).await?;
        self.handle.install(catch_up);
        Ok(hot)
    }

    async fn store(&self, append: Append) -> Result<(), WorkError> {
        self.committer
            .commit(append)
            .await
            .map_err(|_| WorkError::NotStored)
    }

    /// The rows are on disk: everybody may know, each in the order of the log.
    fn tell(&self, hot: &Hot, changes: Vec<Bytes>, admitted: Vec<(Arc<Outbox>, Admission)>) {
        let mut state = self.handle.lock();
        state.position = hot.document.cursor();
        if let Some(catch_up) = &mut state.catch_up {
            catch_up.extend(changes);
        }
        for (
            author,
            Admission {
                answers,
                news,
                verdict,
                ..
            },
        ) in admitted
        {
            for answer in answers {
                author.put(answer.encode().into());
            }
            if let Some(news) = encoded(news) {
                state
                    .followers
                    .retain(|one| Arc::ptr_eq(one, &author) || one.put(news.clone()));
            }
            if let Some(verdict) = encoded(verdict) {
                state.followers.retain(|one| one.put(verdict.clone()));
            }
        }
    }

    fn is_snapshot_due(&self) -> bool {
        let state = self.handle.lock();
        let is_due =
            |catch_up: &CatchUp| catch_up.size() > catch_up.snapshot_size().max(SNAPSHOT_AFTER);
        state.catch_up.as_ref().is_some_and(is_due)
    }

    async fn take_snapshot(&self, hot: Hot) -> Result<Hot, WorkError> {
        let (mut hot, snapshot) = hot.save().await?;
        if hot.unstored > STORE_AFTER.max(snapshot.bytes.len()) {
            self.store_snapshot(&mut hot, &snapshot).await;
        }
        let catch_up = CatchUp::new(hot.document.cursor(), Some(&snapshot.bytes), Vec::new());
        self.handle.lock().catch_up = Some(catch_up);
        Ok(hot)
    }

    async fn store_snapshot(&self, hot: &mut Hot, snapshot: &Snapshot) {
        let document = self.handle.document;
        match self.storage.put_snapshot(document, snapshot).await {
            Ok(()) => {
                hot.unstored = 0;
                tracing::debug!(%document, seq = snapshot.seq, bytes = snapshot.bytes.len(), "snapshot");
            }
            // Without it everything still works, only slower.
            Err(error) => tracing::warn!(%document, %error, "no snapshot could be stored"),
        }
    }

    /// Leaves the document in a state from which it comes to life quickly.
    async fn tidy(&self, hot: Hot) -> Result<Hot, WorkError> {
        if hot.unstored <= SNAPSHOT_AFTER {
            return Ok(hot);
        }
        let (mut hot, snapshot) = hot.save().await?;
        self.store_snapshot(&mut hot, &snapshot).await;
        Ok(hot)
    }
}

fn encoded(frame: Option<Frame>) -> Option<Bytes> {
    frame.map(|frame| frame.encode().into())
}

#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Hot(#[from] HotError),
    #[error("the changes were not stored")]
    NotStored,
}
