//! The task of one document: takes pushes in order, has them stored, and only then tells. It alone says how far the
//! document is, also where another relay on the same database wrote (`look`).

mod board;
mod look;
mod snapshots;
mod time;
mod work;

use std::sync::Arc;
use std::time::Instant;

use kruispunt_core::access::Rights;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::sync::frame::{Push, failure};
use tokio::sync::mpsc;

use super::common::Common;
use super::handle::Handle;
use super::hot::{Hot, HotError};
use super::memory::Weight;
use super::outbox::Owed;
use super::tasks::Presence;

/// How many pushes may wait for one document before its writers wait too.
pub(super) const INBOX: usize = 64;

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
    /// When it was read.
    pub(super) read_at: Instant,
    pub(super) owed: Owed,
}

pub(super) struct DocumentTask {
    pub(super) handle: Arc<Handle>,
    pub(super) common: Arc<Common>,
    pub(super) _presence: Presence,
}

/// Why pushes could not be taken.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Hot(#[from] HotError),
    #[error("the changes were not stored")]
    NotStored,
    #[error("other relays were faster, again and again")]
    Overtaken,
}

impl DocumentTask {
    /// Works until nobody has written for a while, or the hub takes the inbox away.
    pub(super) async fn run(self, mut inbox: mpsc::Receiver<Job>) {
        let mut hot = None;
        let mut jobs = Vec::new();
        loop {
            let received = inbox.recv_many(&mut jobs, INBOX);
            tokio::select! {
                received = tokio::time::timeout(self.common.pace.idle, received) => match received {
                    Ok(0) => break,
                    Ok(_) => hot = self.serve(hot, &mut jobs).await,
                    Err(_) => {
                        hot = self.tidy(hot).await;
                        if self.rests(&inbox) {
                            break;
                        }
                    }
                },
                () = self.handle.called.notified() => {}
            }
            if self.handle.is_behind() {
                hot = self.look_after(hot).await;
            }
            if self.handle.is_to_ring() {
                hot = self.ring(hot).await;
            }
            let askers = self.handle.askers();
            if !askers.is_empty() {
                hot = self.tell_board(hot, askers).await;
            }
            if self.handle.is_to_let_go() {
                self.tidy(hot.take()).await;
                if self.rests(&inbox) {
                    break;
                }
            } else {
                self.weigh(hot.as_ref());
            }
        }
        self.common.memory.forgets(self.handle.document);
    }

    /// The document was used: says how much memory it takes.
    fn weigh(&self, hot: Option<&Hot>) {
        let mut weight = hot.map_or_else(Weight::default, Hot::weight);
        weight.bytes += self.handle.lock().weight();
        self.common.holds(&self.handle, weight);
    }

    /// Takes the pushes. What is left in memory afterwards is what is on disk, or nothing.
    async fn serve(&self, hot: Option<Hot>, jobs: &mut Vec<Job>) -> Option<Hot> {
        let worked = self.work(hot, jobs).await;
        if let Err(error) = &worked {
            if let WorkError::Hot(error) = error {
                error.count(&self.common.metrics);
            }
            // Memory may be ahead of the disk now: it is dropped, and nobody was told anything.
            let document = self.handle.document;
            tracing::error!(%document, error = error as &dyn std::error::Error, "pushes failed");
            for job in &*jobs {
                job.owed.outbox.cut(failure::UNAVAILABLE);
            }
        }
        jobs.clear();
        worked.ok()
    }

    /// Lets go of the document, unless somebody is about to write.
    fn rests(&self, inbox: &mpsc::Receiver<Job>) -> bool {
        let mut state = self.handle.lock();
        // Senders are cloned under this lock; one beside the handle's own belongs to somebody with a push in hand.
        let nobody_writes = inbox.is_empty() && inbox.sender_strong_count() <= 1;
        if nobody_writes && !state.is_behind() && !state.is_asked() {
            state.inbox = None;
            state.catch_up = None;
            return true;
        }
        false
    }
}
