//! Pushes: judged in order, stored together, answered after that.

use std::collections::BTreeSet;

use bytes::Bytes;
use kruispunt_core::command::Author;
use kruispunt_core::id::RequestId;
use kruispunt_core::model::Request;
use kruispunt_core::sync::frame::Frame;
use kruispunt_core::sync::{Admission, RefusedChange, Row};
use kruispunt_storage::{Alarm, Append};

use super::{DocumentTask, Identity, Job, WorkError};
use crate::clock::{now, stopwatch};
use crate::relay::committer::CommitError;
use crate::relay::drawer::Lost;
use crate::relay::hot::{Hot, HotError};
use crate::relay::news::News;

/// How often pushes are judged anew because another relay wrote first.
pub(super) const TRIES: usize = 16;

impl DocumentTask {
    pub(super) async fn work(&self, hot: Option<Hot>, jobs: &[Job]) -> Result<Hot, WorkError> {
        let mut hot = hot;
        for _ in 0..TRIES {
            let ready = match hot.take() {
                Some(hot) => hot,
                None => self.load().await?,
            };
            if let Some(hot) = self.attempt(ready, jobs).await? {
                return Ok(hot);
            }
            // What another relay wrote may change what is allowed: everything is judged anew, on top of it.
            self.look(None).await?;
        }
        Err(WorkError::Overtaken)
    }

    pub(super) async fn load(&self) -> Result<Hot, HotError> {
        let stored = self.read().await?;
        self.bring_up(&stored).await?;
        let (begin, room) = (stopwatch(), self.common.limits.operations);
        let hot = Hot::restore(stored, room).await?;
        self.common.metrics.restored(begin.elapsed());
        Ok(hot)
    }

    /// Judges and stores the pushes, and tells; `None` when another relay wrote first, and nothing happened.
    async fn attempt(&self, mut hot: Hot, jobs: &[Job]) -> Result<Option<Hot>, WorkError> {
        let (mut admitted, mut rows) = (Vec::with_capacity(jobs.len()), Vec::new());
        let (mut touched, mut news) = (BTreeSet::new(), News::default());
        // Whoever was cut because they are something else now comes back, and pushes as that.
        for job in jobs.iter().filter(|job| !job.owed.outbox.is_over()) {
            let mut admission = Self::admit(&mut hot, job);
            rows.append(&mut admission.rows);
            let pace = self.common.pace;
            news.add(self.handle.document, &admission.causes, pace, now());
            news.acts(job.author.member, admission.touched.iter().copied());
            touched.append(&mut admission.touched);
            admitted.push((job, admission));
        }
        let mut changes = Vec::new();
        if !rows.is_empty() {
            let append = self.append(&mut hot, rows, &touched, news);
            let bytes = append.changes.iter().map(|change| change.bytes.clone());
            changes = bytes.collect();
            match self.common.committer.commit(append).await {
                Ok(()) => {}
                Err(CommitError::Overtaken) => return Ok(None),
                Err(CommitError::NotStored) => return Err(WorkError::NotStored),
            }
        }
        self.tell(&hot, changes, admitted);
        Ok(Some(self.refresh_catch_up(hot).await?))
    }

    /// What is to be stored: the rows, what of them is news, and when what they are about goes on by itself.
    fn append(
        &self,
        hot: &mut Hot,
        rows: Vec<Row>,
        touched: &BTreeSet<RequestId>,
        news: News,
    ) -> Append {
        let (known, document) = (self.common.ladder.known(), self.handle.document);
        let rule = |request: &Request| known.rule(document, request);
        let alarm = Alarm {
            at: hot.document.due(touched, &rule, now()),
            is_exact: false,
        };
        hot.append(rows, alarm, news)
    }

    fn admit(hot: &mut Hot, job: &Job) -> Admission {
        let Job {
            push,
            author,
            rights,
            ..
        } = job;
        let Identity {
            member,
            device,
            first_name,
        } = &**author;
        let by = Author {
            member: *member,
            first_name,
            rights: *rights,
        };
        hot.document.push(push, &by, *device, now())
    }

    /// The rows are on disk: everybody may know, each in the order of the log.
    fn tell(&self, hot: &Hot, changes: Vec<Bytes>, admitted: Vec<(&Job, Admission)>) {
        let mut state = self.handle.lock();
        state.position = hot.document.cursor();
        if let Some(catch_up) = &mut state.catch_up {
            catch_up.extend(changes);
        }
        for (job, admission) in admitted {
            let author = &job.owed.outbox;
            for answer in admission.answers {
                self.count(&answer);
                author.put(answer.encode().into());
            }
            if let Some(news) = encoded(admission.news) {
                state
                    .followers
                    .retain(|one| std::sync::Arc::ptr_eq(one, author) || one.put(news.clone()));
            }
            if let Some(verdict) = encoded(admission.verdict) {
                state.followers.retain(|one| one.put(verdict.clone()));
            }
            self.put_away(job, admission.refused);
            self.common.metrics.told(job.read_at.elapsed());
        }
    }

    fn put_away(&self, job: &Job, refused: Vec<RefusedChange>) {
        for change in refused {
            self.common.drawer.put(Lost {
                document: self.handle.document,
                member: job.author.member,
                device: job.author.device,
                change,
            });
        }
    }

    fn count(&self, answer: &Frame) {
        let metrics = &self.common.metrics;
        match answer {
            Frame::Ack(ack) => {
                let changes = if ack.first == 0 {
                    &metrics.changes_repeated
                } else {
                    &metrics.changes_accepted
                };
                changes.inc_by(ack.hashes.len() as u64);
            }
            Frame::Reject(reject) => {
                for refusal in &reject.refused {
                    metrics.change_refused(refusal.reason);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn encoded(frame: Option<Frame>) -> Option<Bytes> {
    frame.map(|frame| frame.encode().into())
}
