//! When a document is saved as a whole: for those who catch up, and for the next start.

use kruispunt_storage::Snapshot;

use super::DocumentTask;
use crate::relay::catch_up::CatchUp;
use crate::relay::hot::{Hot, HotError};

/// A log may grow by this much, or by the size of its snapshot, before another snapshot is made. A snapshot is a
/// tenth of its log, and saving a street of hundreds of requests takes as long as taking fifty pushes: this often it
/// is a small part of the work, and whoever comes back downloads little more than the snapshot.
const SNAPSHOT_AFTER: usize = 32 << 10;

/// A document that nobody uses any more is stored as a whole when more than this came after its snapshot, so that it
/// comes to life quickly.
const TIDY_AFTER: usize = 8 << 10;

/// Storing one costs a wait for the disk, so that is done less often while the document is in use.
const STORE_AFTER: usize = 64 << 10;

fn is_due(catch_up: &CatchUp) -> bool {
    catch_up.size() > catch_up.snapshot_size().max(SNAPSHOT_AFTER)
}

impl DocumentTask {
    /// Makes a new snapshot for those who catch up, if the last one is far behind.
    pub(super) async fn refresh_catch_up(&self, hot: Hot) -> Result<Hot, HotError> {
        if !self.handle.lock().catch_up.as_ref().is_some_and(is_due) {
            return Ok(hot);
        }
        let (mut hot, snapshot) = hot.save().await?;
        if hot.unstored > STORE_AFTER.max(snapshot.bytes.len()) {
            self.store(&mut hot, &snapshot).await;
        }
        let catch_up = CatchUp::new(hot.document.cursor(), Some(&snapshot.bytes), Vec::new());
        self.handle.lock().catch_up = Some(catch_up);
        Ok(hot)
    }

    /// Where only others write there is no document here to make a snapshot of. The relay that writes stores one now
    /// and then; the next who catches up reads it.
    pub(super) fn bound_catch_up(&self) {
        let mut state = self.handle.lock();
        state.catch_up.take_if(|catch_up| is_due(catch_up));
    }

    async fn store(&self, hot: &mut Hot, snapshot: &Snapshot) {
        let document = self.handle.document;
        match self.common.storage.put_snapshot(document, snapshot).await {
            Ok(()) => {
                hot.unstored = 0;
                self.common.metrics.snapshots_stored.inc();
                tracing::debug!(%document, seq = snapshot.seq, bytes = snapshot.bytes.len(), "snapshot");
            }
            // Without it everything still works, only slower.
            Err(error) => {
                self.common.metrics.storage_failed(&error);
                tracing::warn!(%document, %error, "no snapshot could be stored");
            }
        }
    }

    /// Leaves the document in a state from which it comes to life quickly.
    pub(super) async fn tidy(&self, hot: Option<Hot>) -> Option<Hot> {
        let hot = hot?;
        if hot.unstored <= TIDY_AFTER {
            return Some(hot);
        }
        match hot.save().await {
            Ok((mut hot, snapshot)) => {
                self.store(&mut hot, &snapshot).await;
                Some(hot)
            }
            Err(error) => {
                let document = self.handle.document;
                tracing::error!(%document, error = &error as &dyn std::error::Error, "a document could not be saved");
                None
            }
        }
    }
}
