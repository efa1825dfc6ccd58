//! What happens in the document by itself: done when its alarm goes off, stored with the moment of the next one, and
//! told to everybody. Where another relay was faster there is nothing left to do.

use bytes::Bytes;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_storage::Alarm;

use super::work::{TRIES, encoded};
use super::{DocumentTask, WorkError};
use crate::clock::now;
use crate::relay::committer::CommitError;
use crate::relay::hot::{Hot, HotError};
use crate::relay::news::News;

impl DocumentTask {
    /// Does what is due. What comes back is what is on disk, or nothing.
    pub(super) async fn ring(&self, hot: Option<Hot>) -> Option<Hot> {
        let rung = self.ring_on(hot).await;
        if let Err(error) = &rung {
            if let WorkError::Hot(error) = error {
                error.count(&self.common.metrics);
            }
            let document = self.handle.document;
            // The alarm stays, so it is tried again.
            tracing::error!(%document, error = error as &dyn std::error::Error, "what is due was not done");
        }
        rung.ok()
    }

    async fn ring_on(&self, hot: Option<Hot>) -> Result<Hot, WorkError> {
        let mut hot = hot;
        for _ in 0..TRIES {
            let mut ready = match hot.take() {
                Some(hot) => hot,
                None => self.load().await?,
            };
            let (known, document) = (self.common.ladder.known(), self.handle.document);
            let rung = ready
                .document
                .ring(&|request| known.rule(document, request), now());
            let alarm = Alarm {
                at: rung.next,
                is_exact: true,
            };
            if rung.rows.is_empty() {
                if self.set_alarm(&ready, alarm).await? {
                    return Ok(self.refresh_catch_up(ready).await?);
                }
            } else {
                let count = rung.rows.len() as u64;
                let mut news = News::default();
                news.add(document, &rung.causes, self.common.pace, now());
                let append = ready.append(rung.rows, alarm, news);
                let bytes = append.changes.iter().map(|change| change.bytes.clone());
                let changes: Vec<Bytes> = bytes.collect();
                match self.common.committer.commit(append).await {
                    Ok(()) => {
                        self.common.metrics.acts.inc_by(count);
                        self.tell_all(&ready, changes, encoded(rung.news));
                        return Ok(self.refresh_catch_up(ready).await?);
                    }
                    Err(CommitError::Overtaken) => {}
                    Err(CommitError::NotStored) => return Err(WorkError::NotStored),
                }
            }
            // Somebody wrote first: what is due is decided anew, on top of that.
            self.look(None).await?;
        }
        Err(WorkError::Overtaken)
    }

    async fn set_alarm(&self, hot: &Hot, alarm: Alarm) -> Result<bool, HotError> {
        let Cursor {
            document,
            epoch,
            seq,
        } = hot.document.cursor();
        let storage = &self.common.storage;
        Ok(storage.set_alarm(document, epoch, seq, alarm.at).await?)
    }

    fn tell_all(&self, hot: &Hot, changes: Vec<Bytes>, news: Option<Bytes>) {
        let mut state = self.handle.lock();
        state.position = hot.document.cursor();
        if let Some(catch_up) = &mut state.catch_up {
            catch_up.extend(changes);
        }
        if let Some(news) = news {
            state.followers.retain(|one| one.put(news.clone()));
        }
    }
}
