//! What waits to be written to one connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use kruispunt_core::sync::frame::failure;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};

/// How many frames may wait. A phone that falls further behind is better off catching up afresh.
const ROOM: usize = 256;

/// The sending half, held by every document the connection follows.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Bytes>,
    cut: OnceLock<&'static str>,
    cut_now: Notify,
    /// How many pushes of the connection have no answer yet.
    owed: AtomicUsize,
    all_answered: Notify,
}

/// A connection is owed an answer, until this is dropped.
#[derive(Debug)]
pub(super) struct Owed {
    pub(super) outbox: Arc<Outbox>,
}

impl Owed {
    pub(super) fn to(outbox: &Arc<Outbox>) -> Self {
        outbox.owed.fetch_add(1, Ordering::Relaxed);
        Self {
            outbox: Arc::clone(outbox),
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        // What was put into the outbox before is to be seen by whoever sees that nothing is owed.
        if self.outbox.owed.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.outbox.all_answered.notify_one();
        }
    }
}

impl Outbox {
    pub(super) fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (queue, frames) = mpsc::channel(ROOM);
        (
            Self {
                queue,
                cut: OnceLock::new(),
                cut_now: Notify::new(),
                owed: AtomicUsize::new(0),
                all_answered: Notify::new(),
            },
            frames,
        )
    }

    /// Queues an encoded frame. `false` when the connection is too slow or gone and hears no more.
    pub(super) fn put(&self, frame: Bytes) -> bool {
        if self.cut.get().is_some() {
            return false;
        }
        match self.queue.try_send(frame) {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(_)) => {
                self.cut(failure::TOO_SLOW);
                false
            }
        }
    }

    /// How many frames wait to be written.
    pub(super) fn waiting(&self) -> usize {
        ROOM - self.queue.capacity()
    }

    /// Ends the connection with this key. What waits is not written any more.
    pub(super) fn cut(&self, key: &'static str) {
        // The first reason is the one that counts.
        let _ = self.cut.set(key);
        self.cut_now.notify_one();
    }

    /// Resolves when every push has its answer in here.
    pub(super) async fn owes_nothing(&self) {
        while self.owed.load(Ordering::Acquire) > 0 {
            self.all_answered.notified().await;
        }
    }

    /// Whether whoever is at the other end may no longer do what they were greeted with. What of theirs waits to be
    /// judged must not be taken: they come back with it, if they come back, as what they are then.
    pub(super) fn is_over(&self) -> bool {
        let key = self.cut.get();
        key.is_some_and(|&key| key == failure::CHANGED || key == failure::REVOKED)
    }

    /// Resolves with the reason when the connection is to end.
    pub(super) async fn is_cut(&self) -> &'static str {
        loop {
            if let Some(key) = self.cut.get() {
                return key;
            }
            self.cut_now.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_does_not_read_is_cut_off() {
        let (outbox, mut frames) = Outbox::new();
        for _ in 0..ROOM {
            assert!(outbox.put(Bytes::from_static(b"frame")));
        }
        assert!(!outbox.put(Bytes::from_static(b"one too many")));
        assert_eq!(outbox.is_cut().await, failure::TOO_SLOW);
        frames.recv().await.unwrap();
        assert!(!outbox.put(Bytes::from_static(b"too late")));
        outbox.cut(failure::GOING_AWAY);
        assert_eq!(outbox.is_cut().await, failure::TOO_SLOW);
    }

    #[test]
    fn what_is_owed_is_waited_for() {
        let outbox = Arc::new(Outbox::new().0);
        assert_eq!(outbox.owes_nothing().now_or_never(), Some(()));
        let (one, two) = (Owed::to(&outbox), Owed::to(&outbox));
        drop(one);
        assert_eq!(outbox.owes_nothing().now_or_never(), None);
        drop(two);
        assert_eq!(outbox.owes_nothing().now_or_never(), Some(()));
    }
}
