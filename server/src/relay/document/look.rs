//! Where another relay, or an operator's command, wrote into the document: reads what is missing and tells it to
//! those who follow here.

use bytes::Bytes;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_storage::StoredDocument;

use super::DocumentTask;
use crate::relay::catch_up::Older;
use crate::relay::handle::Renewed;
use crate::relay::hot::{Hot, HotError, catch_up};

impl DocumentTask {
    /// Looks at storage because it is said to be ahead. What comes back is what is stored, or nothing.
    pub(super) async fn look_after(&self, hot: Option<Hot>) -> Option<Hot> {
        self.common.metrics.looks.inc();
        let looked = self.look(hot).await;
        self.handle.has_looked();
        let looked = looked.unwrap_or_else(|error| {
            error.count(&self.common.metrics);
            // The next push, or the next who says that storage is ahead, leads to another look.
            let document = self.handle.document;
            tracing::error!(%document, error = &error as &dyn std::error::Error, "what others wrote could not be read");
            None
        });
        if let Some(hot) = looked {
            return self.refresh_catch_up(hot).await.ok();
        }
        self.bound_catch_up();
        None
    }

    /// Tells what nobody here was told of. The document comes back if it is still, or again, what is stored.
    pub(super) async fn look(&self, hot: Option<Hot>) -> Result<Option<Hot>, HotError> {
        let at = self.handle.position();
        let Cursor {
            document,
            epoch,
            seq,
        } = at;
        let storage = &self.common.storage;
        let changes = storage.changes_since(document, epoch, seq).await?;
        if changes.is_empty() {
            // Nothing happened, or another epoch began.
            let is_news = self.bring_up(&self.read().await?).await?;
            return Ok(hot.filter(|_| !is_news));
        }
        let changes: Vec<Bytes> = changes.into_iter().map(|change| change.bytes).collect();
        self.handle.advance(&changes);
        let hot = hot.filter(|hot| hot.document.cursor() == at);
        Ok(hot.and_then(|hot| hot.receive(&changes)))
    }

    pub(super) async fn read(&self) -> Result<StoredDocument, HotError> {
        let document = self.handle.document;
        let stored = self.common.storage.load(document).await?;
        stored.ok_or(HotError::Missing(document))
    }

    /// Brings everybody up to what is stored; whether there was anything to tell.
    pub(super) async fn bring_up(&self, stored: &StoredDocument) -> Result<bool, HotError> {
        let before = self.handle.position();
        let mut fresh = catch_up(stored);
        let mut older = None;
        loop {
            let after = match self.handle.renew(fresh, older.as_ref()) {
                Renewed::Done => return Ok(self.handle.position() != before),
                Renewed::NeedsOlder {
                    fresh: again,
                    after,
                    base,
                } => {
                    fresh = again;
                    (after, base)
                }
            };
            let epoch = stored.position.epoch;
            let read = Older::read(&self.common, self.handle.document, epoch, after).await?;
            older = Some(read.ok_or(HotError::Moving)?);
        }
    }
}
