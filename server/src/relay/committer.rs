//! Group commit: rows of many documents share one transaction, and so one wait for the disk.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kruispunt_storage::{Append, Storage, StorageError};
use tokio::sync::{mpsc, oneshot};

use crate::clock::stopwatch;
use crate::metrics::Metrics;

/// How many documents one transaction takes at most, and how many may wait for the next.
const GROUP: usize = 256;

/// Nothing was stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommitError {
    /// The rows do not fit what is stored: another relay wrote into the document first.
    Overtaken,
    /// Why is logged where it happened.
    NotStored,
}

#[derive(Debug)]
struct Wish {
    append: Append,
    done: oneshot::Sender<Result<(), CommitError>>,
}

/// After a commit that failed the database counts as broken for so long, unless another one succeeds.
const BROKEN: Duration = Duration::from_secs(30);

/// Where documents bring their rows. When it is dropped the committing ends.
#[derive(Debug)]
pub(super) struct Committer {
    wishes: mpsc::Sender<Wish>,
    failed_at: Arc<Mutex<Option<Instant>>>,
}

/// The one task that commits.
struct Committing {
    storage: Arc<dyn Storage>,
    metrics: Arc<Metrics>,
    failed_at: Arc<Mutex<Option<Instant>>>,
}

impl Committer {
    pub(super) fn start(storage: Arc<dyn Storage>, metrics: Arc<Metrics>) -> Self {
        let (wishes, queue) = mpsc::channel(GROUP);
        let failed_at = Arc::default();
        let committing = Committing {
            storage,
            metrics,
            failed_at: Arc::clone(&failed_at),
        };
        tokio::spawn(committing.run(queue));
        Self { wishes, failed_at }
    }

    /// Stores the rows. When this returns well they are on disk.
    pub(super) async fn commit(&self, append: Append) -> Result<(), CommitError> {
        let (done, answer) = oneshot::channel();
        self.wishes
            .send(Wish { append, done })
            .await
            .map_err(|_| CommitError::NotStored)?;
        answer.await.unwrap_or(Err(CommitError::NotStored))
    }

    /// How many documents wait for the next commit.
    pub(super) fn waiting(&self) -> usize {
        GROUP - self.wishes.capacity()
    }

    /// Whether the last commit failed, not long ago.
    pub(super) fn is_broken(&self) -> bool {
        let failed_at = *lock(&self.failed_at);
        failed_at.is_some_and(|at| stopwatch().saturating_duration_since(at) < BROKEN)
    }
}

impl Committing {
    async fn run(self, mut queue: mpsc::Receiver<Wish>) {
        let mut group = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut group, GROUP).await > 0 {
            let (appends, waiting): (Vec<_>, Vec<_>) =
                group.drain(..).map(|wish| (wish.append, wish.done)).unzip();
            match self.store(&appends).await {
                // One document that does not fit must not keep the others from being stored.
                Err(CommitError::Overtaken) if appends.len() > 1 => {
                    for (append, done) in appends.iter().zip(waiting) {
                        let result = self.store(std::slice::from_ref(append)).await;
                        answer([done], result);
                    }
                }
                result => answer(waiting, result),
            }
        }
    }

    async fn store(&self, appends: &[Append]) -> Result<(), CommitError> {
        let begin = stopwatch();
        let result = self.storage.append(appends).await;
        let took = begin.elapsed();
        match &result {
            Ok(()) => {
                let changes = appends.iter().map(|append| append.changes.len()).sum();
                self.metrics.committed(took, appends.len(), changes);
                *lock(&self.failed_at) = None;
                Ok(())
            }
            Err(StorageError::Conflict(_) | StorageError::NotFound(_)) => {
                self.metrics.overtaken.inc();
                Err(CommitError::Overtaken)
            }
            Err(error) => {
                self.metrics.storage_failed(error);
                let error = error as &dyn std::error::Error;
                tracing::error!(error, "changes could not be stored");
                *lock(&self.failed_at) = Some(stopwatch());
                Err(CommitError::NotStored)
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(
    waiting: impl IntoIterator<Item = oneshot::Sender<Result<(), CommitError>>>,
    result: Result<(), CommitError>,
) {
    for done in waiting {
        // Nobody waits when the document's task was dropped; the rows are stored all the same.
        let _ = done.send(result);
    }
}
