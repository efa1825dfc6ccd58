//! What waits to be written to one connection.

use std::sync::OnceLock;

use bytes::Bytes;
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
}

impl Outbox {
    pub(super) fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (queue, frames) = mpsc::channel(ROOM);
        (
            Self {
                queue,
                cut: OnceLock::new(),
                cut_now: Notify::new(),
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
                self.cut(kruispunt_core::sync::frame::failure::TOO_SLOW);
                false
            }
        }
    }

    /// Ends the connection with this key. What waits is not written any more.
    pub(super) fn cut(&self, key: &'static str) {
        // The first reason is the one that counts.
        let _ = self.cut.set(key);
        self.cut_now.notify_one();
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
    use super::*;
    use kruispunt_core::sync::frame::failure;

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
}
