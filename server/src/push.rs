//! Telling people: what happened becomes notices in inboxes, and those that are to ring become messages to their phones
//! (RFC 8030, 8291, 8292).
//!
//! ```text
//! cause ── planner ──▶ notices ── dispatcher ──▶ deliveries ── sender ──▶ push service ──▶ phone
//!   │                     │ wait for morning         │ wait for the push service
//!   └ in the transaction  └ the inbox of a member    └ one for each device
//!     of what happened
//! ```
//!
//! Each arrow is one transaction that takes away what it came from. A relay that is killed anywhere finds the rest when
//! it is back; what was sent and not yet marked so is sent again, and a phone shows it in the place of the first.
//! Several relays on one database do the same work, and the database says who was first.

mod dispatcher;
mod hosts;
mod mail;
mod message;
mod moment;
mod planner;
mod sender;
mod service;
mod words;

use std::sync::Arc;
use std::time::Duration;

use kruispunt_storage::Storage;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::clock::now;
use crate::keys::Keys;
use crate::relay::Hub;

pub use hosts::{HostError, Hosts};
pub(crate) use mail::mail_address;
pub use mail::{MailError, Mailer};
pub(crate) use moment::is_time_zone;

/// How often to look for something to do.
const EVERY: Duration = Duration::from_millis(500);

/// How often to forget what nobody needs.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How long a notice stays in an inbox, in milliseconds.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long the link to confirm a mail address with counts, about, in milliseconds.
const CONFIRMED_WITHIN: i64 = 3 * 24 * 60 * 60 * 1000;

/// How the relay rings.
#[derive(Debug, Clone)]
pub struct Ringing {
    /// Where push services may be.
    pub hosts: Hosts,
    /// Whom a push service can write to when something is wrong: a `mailto:` or `https:` address; the relay's own where
    /// there is none.
    pub contact: Option<String>,
    /// How long a push service may take to answer.
    pub patience: Duration,
    /// The way to mailboxes, where there is one.
    pub mailer: Option<Mailer>,
}

impl Default for Ringing {
    fn default() -> Self {
        Self {
            hosts: Hosts::default(),
            contact: None,
            patience: Duration::from_secs(10),
            mailer: None,
        }
    }
}

/// What rings.
pub(crate) struct Bell {
    storage: Arc<dyn Storage>,
    hub: Arc<Hub>,
    keys: Arc<Keys>,
    public_url: String,
    pub(crate) ringing: Ringing,
}

impl Bell {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        hub: Arc<Hub>,
        keys: Arc<Keys>,
        public_url: String,
        ringing: Ringing,
    ) -> Self {
        Self {
            storage,
            hub,
            keys,
            public_url,
            ringing,
        }
    }

    /// Whom a push service can write to. It takes nothing but `mailto:` and `https:` (RFC 8292, 2.1), which a relay for
    /// trying out does not have.
    fn contact(&self) -> String {
        let given = self.ringing.contact.clone();
        given.unwrap_or_else(|| {
            if self.public_url.starts_with("https://") {
                self.public_url.clone()
            } else {
                "mailto:kruispunt@localhost".to_owned()
            }
        })
    }

    /// Rings for as long as it is not dropped.
    pub(crate) async fn keep(self: Arc<Self>) {
        let bell = || Arc::clone(&self);
        tokio::join!(
            keep_going("planning", || bell().keep_planning()),
            keep_going("sending", || sender::keep(bell())),
            keep_going("mailing", || bell().keep_mailing()),
            keep_going("forgetting", || bell().keep_forgetting()),
        );
    }

    /// Reads the key ring again, before the relay does so by itself.
    pub(crate) async fn look_at_keys(&self) {
        if let Err(error) = self.keys.look(&*self.storage, now()).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the key ring cannot be read again; it stays as it was"
            );
        }
    }

    async fn keep_planning(self: Arc<Self>) {
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let worked = async {
                while self.plan().await? {}
                while self.dispatch().await? {}
                Ok::<_, planner::PlanError>(())
            };
            if let Err(error) = worked.await {
                // What is not done stays to be done.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "nobody can be told now"
                );
            }
        }
    }

    async fn keep_forgetting(self: Arc<Self>) {
        let mut interval = tokio::time::interval(FORGET_EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let now = now();
            let notices = self.storage.notices();
            match notices.forget_notices(now.plus_millis(-KEPT), now).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "forgot old notices"),
                Err(error) => tracing::warn!(%error, "could not forget old notices"),
            }
            let mails = self.storage.mails();
            if let Err(error) = mails.forget_mails(now.plus_millis(-CONFIRMED_WITHIN)).await {
                tracing::warn!(%error, "could not forget mail addresses nobody confirmed");
            }
        }
    }
}

/// Does work that does not end. Should it fail by a mistake of ours, it begins anew: one broken row does not silence all
/// of it for good.
async fn keep_going<W>(what: &'static str, work: impl Fn() -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    loop {
        // Ends with us.
        let mut task = JoinSet::new();
        task.spawn(work());
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(what, "ringing stopped by a mistake, and begins anew");
                tokio::time::sleep(EVERY).await;
            }
            _ => return,
        }
    }
}
