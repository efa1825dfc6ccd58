//! Counting tasks by what they hold, so that the end can wait for them.

use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

/// A group of tasks. Each holds a [`Presence`] while it runs.
#[derive(Debug)]
pub(super) struct Tasks {
    door: Mutex<Option<mpsc::Sender<()>>>,
    empty: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

/// One task of a group is there.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    _open: mpsc::Sender<()>,
}

impl Tasks {
    pub(super) fn new() -> Self {
        let (door, empty) = mpsc::channel(1);
        Self {
            door: Mutex::new(Some(door)),
            empty: tokio::sync::Mutex::new(empty),
        }
    }

    /// Comes in; `None` when the group is closed.
    pub(super) fn enter(&self) -> Option<Presence> {
        let door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        door.clone().map(|open| Presence { _open: open })
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.door
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Resolves when the group is closed and everybody has gone.
    pub(super) async fn all_gone(&self) {
        // Nothing is ever sent: the channel ends when its last sender is dropped.
        while self.empty.lock().await.recv().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_one_out_ends_the_waiting() {
        let tasks = Tasks::new();
        let one = tasks.enter().unwrap();
        tasks.close();
        assert!(tasks.enter().is_none());
        let (gone, ()) = tokio::join!(
            async {
                tasks.all_gone().await;
                "all gone"
            },
            async { drop(one) }
        );
        assert_eq!(gone, "all gone");
    }
}
