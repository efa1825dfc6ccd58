//! Group commit: rows of many documents share one transaction, and so one wait for the disk.

use std::sync::Arc;

use kruispunt_storage::{Append, Storage, StorageError};
use tokio::sync::{mpsc, oneshot};

use crate::clock::stopwatch;

/// How many documents one transaction takes at most, and how many may wait for the next.
const GROUP: usize = 256;

/// Nothing was stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommitError {
    /// Another relay wrote into the document first.
    Overtaken,
    /// Why is logged where it happened.
    NotStored,
}

#[derive(Debug)]
struct Wish {
    append: Append,
    done: oneshot::Sender<Result<(), CommitError>>,
}

/// Where documents bring their rows. When the last clone is dropped the committer ends.
#[derive(Debug, Clone)]
pub(super) struct Committer(mpsc::Sender<Wish>);

impl Committer {
    pub(super) fn start(storage: Arc<dyn Storage>) -> Self {
        let (wishes, queue) = mpsc::channel(GROUP);
        tokio::spawn(run(storage, queue));
        Self(wishes)
    }

    /// Stores the rows. When this returns well they are on disk.
    pub(super) async fn commit(&self, append: Append) -> Result<(), CommitError> {
        let (done, answer) = oneshot::channel();
        self.0
            .send(Wish { append, done })
            .await
            .map_err(|_| CommitError::NotStored)?;
        answer.await.unwrap_or(Err(CommitError::NotStored))
    }
}

async fn run(storage: Arc<dyn Storage>, mut queue: mpsc::Receiver<Wish>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        let (appends, waiting): (Vec<_>, Vec<_>) =
            group.drain(..).map(|wish| (wish.append, wish.done)).unzip();
        let begin = stopwatch();
        let result = storage.append(&appends).await;
        let took_us = begin.elapsed().as_micros();
        let changes: usize = appends.iter().map(|append| append.changes.len()).sum();
        match result {
            Ok(()) => {
                tracing::debug!(documents = appends.len(), changes, took_us, "committed");
                answer(waiting, Ok(()));
            }
            // One document that does not fit must not keep the others from being stored.
            Err(StorageError::Conflict(_) | StorageError::NotFound(_)) if appends.len() > 1 => {
                for (append, done) in appends.into_iter().zip(waiting) {
                    let result = storage.append(std::slice::from_ref(&append)).await;
                    answer([done], result.map_err(|error| report(&error)));
                }
            }
            Err(error) => answer(waiting, Err(report(&error))),
        }
    }
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

fn report(error: &StorageError) -> CommitError {
    if let StorageError::Conflict(why) = error {
        tracing::debug!(why, "overtaken");
        return CommitError::Overtaken;
    }
    tracing::error!(
        error = error as &dyn std::error::Error,
        "changes could not be stored"
    );
    CommitError::NotStored
}
