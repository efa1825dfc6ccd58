//! Hearing what other relays committed, and telling them.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_storage::{Elsewhere, StorageError, Watch};
use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{sleep, timeout};

use crate::error::from_sqlx;
use crate::session::{self, Address};

/// What everybody listens to. It belongs to one database.
pub(crate) const CHANNEL: &str = "kruispunt";

/// How much may wait for whoever listens; more than that is [`Elsewhere::Anything`].
const WAITING: usize = 1024;

/// After how much silence to ask whether the line is still there. A line that was cut says nothing by itself.
const SILENCE: Duration = Duration::from_secs(15);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to leave a database alone that cannot be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// What is told in one transaction, as the others read it.
pub(crate) mod notice {
    use kruispunt_core::id::{DeviceId, DocumentId, MemberId};

    /// A log that ends there now.
    pub(crate) fn document(instance: &str, document: DocumentId, epoch: u32, seq: u64) -> String {
        format!("{instance} d {document} {epoch} {seq}")
    }

    /// A device that was taken out of use.
    pub(crate) fn device(instance: &str, device: DeviceId) -> String {
        format!("{instance} r {device}")
    }

    /// A member who is something else now.
    pub(crate) fn member(instance: &str, member: MemberId) -> String {
        format!("{instance} m {member}")
    }

    /// Something that concerns everybody.
    pub(crate) fn anything(instance: &str) -> String {
        format!("{instance} a")
    }
}

/// Tells the others once this transaction is committed.
pub(crate) async fn tell(connection: &mut PgConnection, notice: &str) -> Result<(), StorageError> {
    sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, notice)
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

/// The listening itself is a task of its own, so that whoever waits here may turn away at any time.
#[derive(Debug)]
pub(crate) struct PgWatch {
    heard: mpsc::Receiver<Elsewhere>,
}

impl PgWatch {
    /// Listens already when this returns.
    pub(crate) async fn begin(
        address: &Address,
        instance: String,
        closed: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self, StorageError> {
        let listener = listen(address).await.map_err(from_sqlx)?;
        let (tell, heard) = mpsc::channel(WAITING);
        let ear = Ear {
            address: address.clone(),
            instance,
            tell,
        };
        tokio::spawn(async move {
            let nobody_listens = ear.tell.clone();
            tokio::select! {
                () = ear.hear(listener) => {}
                () = nobody_listens.closed() => {}
                () = closed => {}
            }
        });
        Ok(Self { heard })
    }
}

#[async_trait]
impl Watch for PgWatch {
    async fn next(&mut self) -> Elsewhere {
        match self.heard.recv().await {
            Some(elsewhere) => elsewhere,
            None => std::future::pending().await,
        }
    }
}

/// A connection of its own: it is never given back to others while it still listens.
async fn listen(address: &Address) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(session::options(address));
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

struct Ear {
    address: Address,
    instance: String,
    tell: mpsc::Sender<Elsewhere>,
}

impl Ear {
    async fn hear(&self, mut listener: PgListener) {
        loop {
            if let Err(error) = self.hear_until_it_breaks(&mut listener).await {
                tracing::warn!(%error, "cannot hear other relays; trying again");
            }
            drop(listener);
            listener = loop {
                match listen(&self.address).await {
                    Ok(listener) => break listener,
                    Err(error) => tracing::debug!(%error, "still cannot hear other relays"),
                }
                sleep(PAUSE).await;
            };
            // Nobody knows what was said meanwhile.
            let _ = self.tell.send(Elsewhere::Anything).await;
        }
    }

    async fn hear_until_it_breaks(&self, listener: &mut PgListener) -> Result<(), sqlx::Error> {
        loop {
            let Ok(heard) = timeout(SILENCE, listener.try_recv()).await else {
                let question = sqlx::query("SELECT").execute(&mut *listener);
                let answer = timeout(PATIENCE, question).await;
                answer.map_err(|_| sqlx::Error::PoolTimedOut)??;
                continue;
            };
            match heard? {
                Some(notice) => self.pass_on(notice.payload()).await,
                None => return Ok(()),
            }
        }
    }

    async fn pass_on(&self, payload: &str) {
        let Some(elsewhere) = parse(payload, &self.instance) else {
            return;
        };
        if let Err(TrySendError::Full(_)) = self.tell.try_send(elsewhere) {
            // Whoever is so late looks at everything again, after all that was told before.
            let _ = self.tell.send(Elsewhere::Anything).await;
        }
    }
}

/// What a notice says, unless it is our own. One that a newer relay words in another way means at least something.
fn parse(payload: &str, own: &str) -> Option<Elsewhere> {
    let mut words = payload.split(' ');
    if words.next() == Some(own) {
        return None;
    }
    let elsewhere = match words.next() {
        Some("d") => document(&mut words),
        Some("r") => words
            .next()
            .and_then(|device| device.parse::<DeviceId>().ok())
            .map(Elsewhere::Device),
        Some("m") => words
            .next()
            .and_then(|member| member.parse::<MemberId>().ok())
            .map(Elsewhere::Member),
        _ => None,
    };
    Some(elsewhere.unwrap_or(Elsewhere::Anything))
}

fn document<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Elsewhere> {
    Some(Elsewhere::Document {
        document: words.next()?.parse().ok()?,
        epoch: words.next()?.parse().ok()?,
        seq: words.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use kruispunt_core::id::DocumentId;

    use super::*;

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        let (elm, phone) = (
            DocumentId::from_bytes([3; 16]),
            DeviceId::from_bytes([20; 16]),
        );
        let heard = |payload: &str| parse(payload, "me");
        let grown = Elsewhere::Document {
            document: elm,
            epoch: 7,
            seq: 1 << 40,
        };
        assert_eq!(
            heard(&notice::document("you", elm, 7, 1 << 40)),
            Some(grown)
        );
        assert_eq!(
            heard(&notice::device("you", phone)),
            Some(Elsewhere::Device(phone))
        );
        let alice = MemberId::from_bytes([10; 16]);
        assert_eq!(
            heard(&notice::member("you", alice)),
            Some(Elsewhere::Member(alice))
        );
        assert_eq!(heard(&notice::anything("you")), Some(Elsewhere::Anything));
        assert_eq!(heard(&notice::document("me", elm, 7, 1)), None);
    }

    #[test]
    fn a_notice_from_a_newer_relay_means_something() {
        for payload in ["you d elm 1 2", "you d", "you x 1 2", "you", ""] {
            assert_eq!(parse(payload, "me"), Some(Elsewhere::Anything), "{payload}");
        }
    }
}
