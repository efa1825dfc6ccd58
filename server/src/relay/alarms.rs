//! Wakes documents in which something is due. What is due is in the database, so a relay that was away finds it when it
//! is back, and of several relays any may do it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::Hub;
use crate::clock::{now, stopwatch};

/// How often to look.
const EVERY: Duration = Duration::from_secs(1);

/// How often to look whether another relay, or an operator, set other rules.
const RULES_EVERY: Duration = Duration::from_secs(30);

/// How many documents are woken at a time: each may have to be read whole.
const MOST: u32 = 32;

/// Looks as long as the relay serves.
pub(super) async fn keep(hub: Arc<Hub>) {
    let mut goodbye = hub.goodbye();
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut asked_rules = Instant::from_std(stopwatch());
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = goodbye.wait_for(|&is_over| is_over) => return,
        }
        if asked_rules.elapsed() >= RULES_EVERY {
            asked_rules = Instant::from_std(stopwatch());
            hub.learn_rules().await;
        }
        match hub.common.storage.due(now(), MOST).await {
            Ok(documents) => {
                for document in documents {
                    hub.ring(document).await;
                }
            }
            Err(error) => tracing::warn!(%error, "it is not known what is due"),
        }
    }
}
