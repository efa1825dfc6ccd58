//! What is on the board, for whoever works out what is news to whom.

use kruispunt_core::model::Request;
use kruispunt_core::sync::frame::Cursor;
use tokio::sync::oneshot;

use super::DocumentTask;
use crate::relay::hot::{Hot, HotError};

impl DocumentTask {
    /// Tells what is on the board, with what another relay wrote a moment ago. Where it cannot be read nobody is told,
    /// and they try again.
    pub(super) async fn tell_board(
        &self,
        hot: Option<Hot>,
        askers: Vec<oneshot::Sender<Vec<Request>>>,
    ) -> Option<Hot> {
        match self.level(hot).await {
            Ok(hot) => {
                let requests = hot.document.requests();
                for asker in askers {
                    // Whoever no longer waits need not know.
                    let _ = asker.send(requests.clone());
                }
                Some(hot)
            }
            Err(error) => {
                error.count(&self.common.metrics);
                let document = self.handle.document;
                tracing::error!(%document, error = &error as &dyn std::error::Error, "a board cannot be read");
                None
            }
        }
    }

    async fn level(&self, hot: Option<Hot>) -> Result<Hot, HotError> {
        let Some(hot) = hot else {
            return self.load().await;
        };
        let Cursor {
            document,
            epoch,
            seq,
        } = hot.document.cursor();
        let storage = &self.common.storage;
        if storage
            .changes_since(document, epoch, seq)
            .await?
            .is_empty()
        {
            return Ok(hot);
        }
        match self.look(Some(hot)).await? {
            Some(hot) => Ok(hot),
            None => self.load().await,
        }
    }
}
