//! Sends what is to be sent: some at a time, each for this relay alone for a while, and again later where a push service
//! is in trouble.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Delivery, Outcome, StorageError};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};

use super::Bell;
use super::message::message;
use super::planner::Boards;
use super::service::{Answer, Services};
use crate::clock::{now, random};

/// How many messages are on their way at once.
const AT_ONCE: usize = 64;

/// A delivery is this relay's alone for so many times as long as a push service may take. A relay that died leaves its
/// deliveries to the others, or to itself, after that.
const MINE: u32 = 3;

/// How often to look for deliveries when there were none.
const EVERY: Duration = Duration::from_millis(250);

/// The first wait after a failure, doubled each time, and the longest, in milliseconds.
const FIRST_WAIT: i64 = 5_000;
const LONGEST_WAIT: i64 = 60 * 60 * 1000;

/// A push service may not ask for more, in milliseconds.
const LONGEST_ASKED: i64 = 24 * 60 * 60 * 1000;

/// After so many failures in a row, and no success, a push service is in trouble, and not only one phone's subscription.
const IN_A_ROW: u32 = 8;

/// It is then left alone for so long at first, in milliseconds, and twice as long each time.
const FIRST_REST: i64 = 2_000;
const LONGEST_REST: i64 = 5 * 60 * 1000;

/// After so many tries in vain with an answer that is our fault, nobody is helped by another.
const MOST_FAULTS: u32 = 3;

/// A push service that is in trouble.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    until: i64,
    failures: u32,
}

/// Sends for as long as it is not dropped.
pub(super) async fn keep(bell: Arc<Bell>) {
    let contact = bell.contact();
    let services = match Services::new(contact, bell.ringing.patience) {
        Ok(services) => services,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "nothing can be sent to push services; inboxes work"
            );
            return;
        }
    };
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Sender {
        bell,
        services: Arc::new(services),
        rests: HashMap::new(),
        sending: JoinSet::new(),
    }
    .run(interval)
    .await;
}

struct Sender {
    bell: Arc<Bell>,
    services: Arc<Services>,
    rests: HashMap<String, Rest>,
    /// Tasks of their own: they go on while this one waits for the database, which they need as well.
    sending: JoinSet<(Delivery, Answer)>,
}

impl Sender {
    async fn run(mut self, mut interval: Interval) {
        let mut is_more = true;
        loop {
            let mut finished = Vec::new();
            if is_more && self.sending.len() <= AT_ONCE / 2 {
                match self.take().await {
                    Ok((is_full, put_off)) => {
                        is_more = is_full;
                        finished = put_off;
                    }
                    Err(error) => {
                        is_more = false;
                        tracing::warn!(%error, "it is not known what is to be sent");
                    }
                }
            }
            if finished.is_empty() {
                tokio::select! {
                    Some(sent) = self.sending.join_next() => finished.extend(self.judged(sent)),
                    _ = interval.tick() => is_more = true,
                }
            }
            // Whatever else is there already is written together.
            while finished.len() < AT_ONCE
                && let Some(sent) = self.sending.try_join_next()
            {
                finished.extend(self.judged(sent));
            }
            let notices = self.bell.storage.notices();
            if !finished.is_empty()
                && let Err(error) = notices.finish_deliveries(&finished).await
            {
                // They are sent once more when their time is over, and a phone shows that in the place of the first.
                tracing::warn!(%error, "it could not be written what was sent");
            }
        }
    }

    /// Begins to send some of what is due: whether there may be more, and what is put off since its push service is in
    /// trouble.
    async fn take(&mut self) -> Result<(bool, Vec<(i64, Outcome)>), StorageError> {
        let room = u32::try_from(AT_ONCE - self.sending.len()).unwrap_or_default();
        let mine = self.bell.ringing.patience * MINE;
        let mine = i64::try_from(mine.as_millis()).unwrap_or(i64::MAX);
        let (now, notices) = (now(), self.bell.storage.notices());
        let taken = notices
            .take_deliveries(now, now.plus_millis(mine), room)
            .await?;
        let is_full = u32::try_from(taken.len()).is_ok_and(|count| count == room);
        let mut later = Vec::new();
        for delivery in taken {
            if let Some(until) = rests(&self.rests, &delivery, now) {
                later.push((delivery.n, put_off(&delivery, until)));
            } else {
                let (bell, services) = (Arc::clone(&self.bell), Arc::clone(&self.services));
                self.sending
                    .spawn(async move { send(&bell, &services, delivery).await });
            }
        }
        Ok((is_full, later))
    }

    /// What becomes of what was sent. A task that failed leaves its delivery to the next try, when its time is over.
    fn judged(&mut self, sent: Result<(Delivery, Answer), JoinError>) -> Option<(i64, Outcome)> {
        let (delivery, answer) = sent.ok()?;
        let outcome = judge(&self.bell, &mut self.rests, &delivery, answer);
        Some((delivery.n, outcome))
    }
}

/// Until when the push service of a delivery is left alone, if it is.
fn rests(rests: &HashMap<String, Rest>, delivery: &Delivery, now: Timestamp) -> Option<i64> {
    let rest = rests.get(&host(delivery))?;
    (rest.until > now.as_millis()).then_some(rest.until)
}

fn host(delivery: &Delivery) -> String {
    let url = reqwest::Url::parse(&delivery.subscription.endpoint);
    url.map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}

async fn send(bell: &Bell, services: &Services, delivery: Delivery) -> (Delivery, Answer) {
    let subscription = &delivery.subscription;
    let Some(endpoint) = bell.ringing.hosts.endpoint(&subscription.endpoint) else {
        return (delivery, Answer::Elsewhere);
    };
    if delivery.tries > 0 && !is_still(bell, &delivery).await {
        // While it waited somebody else said yes.
        bell.hub.metrics().pushed(Answer::Moot.key());
        return (delivery, Answer::Moot);
    }
    let content = message(&delivery.delivery, subscription.language, &bell.public_url);
    let ring = bell.keys.ring();
    let sent = services.send(&delivery, (endpoint, &content), &ring, now());
    let answer = sent.await;
    bell.hub.metrics().pushed(answer.key());
    (delivery, answer)
}

/// Whether what a delivery says is still so, as far as that can be seen now.
async fn is_still(bell: &Bell, delivery: &Delivery) -> bool {
    let what = &delivery.delivery;
    let Some(id) = what.notice else { return true };
    let inbox = bell.storage.notices().notices(what.member, 100).await;
    let Ok(inbox) = inbox else { return true };
    let notice = inbox.into_iter().find(|one| one.notice.id == id);
    // It is further down than is looked: one that was taken out of the inbox took its messages along.
    let Some(notice) = notice else { return true };
    let still = bell.still(&notice.notice, &mut Boards::new()).await;
    still.unwrap_or(true)
}

/// What becomes of a delivery after this answer.
fn judge(
    bell: &Bell,
    rests: &mut HashMap<String, Rest>,
    delivery: &Delivery,
    answer: Answer,
) -> Outcome {
    let now = now();
    if matches!(answer, Answer::Taken) {
        rests.remove(&host(delivery));
        return Outcome::Over;
    }
    let is_fault = matches!(
        answer,
        Answer::TooLarge | Answer::Refused | Answer::Strange(_) | Answer::Unsealable
    );
    if is_fault {
        let status = match answer {
            Answer::Strange(status) => Some(status),
            _ => None,
        };
        tracing::error!(
            answer = answer.key(),
            status,
            tries = delivery.tries,
            "a push service does not take what is sent"
        );
    }
    match answer {
        Answer::Taken | Answer::Moot | Answer::TooLarge | Answer::Elsewhere => Outcome::Over,
        Answer::Gone => Outcome::Gone,
        Answer::Refused | Answer::Unsealable => Outcome::Refused,
        Answer::Strange(_) if delivery.tries >= MOST_FAULTS => Outcome::Over,
        Answer::Strange(_) => wait(bell, delivery, None, now),
        Answer::SlowDown(asked) | Answer::Trouble(asked) => {
            rest(rests, delivery, asked, now);
            wait(bell, delivery, asked, now)
        }
        Answer::Silent => {
            rest(rests, delivery, None, now);
            wait(bell, delivery, None, now)
        }
    }
}

/// Counts a failure; where there were many in a row, the push service is left alone for a while.
fn rest(
    rests: &mut HashMap<String, Rest>,
    delivery: &Delivery,
    asked: Option<i64>,
    now: Timestamp,
) {
    let rest = rests.entry(host(delivery)).or_default();
    rest.failures = rest.failures.saturating_add(1);
    let Some(more) = rest.failures.checked_sub(IN_A_ROW) else {
        return;
    };
    if rest.until > now.as_millis() {
        // Others that were on their way tell the same.
        rest.failures -= 1;
        return;
    }
    let usual = FIRST_REST.saturating_mul(1 << more.min(16));
    let wait = asked.unwrap_or(usual).min(LONGEST_REST);
    rest.until = rest.until.max(now.as_millis().saturating_add(wait));
}

/// Tries again later, unless it is of no use any more by then.
fn wait(bell: &Bell, delivery: &Delivery, asked: Option<i64>, now: Timestamp) -> Outcome {
    let usual = FIRST_WAIT.saturating_mul(1 << delivery.tries.min(16));
    let usual = usual.min(LONGEST_WAIT);
    // Not all at the same moment.
    let dice = random::<2>().map(u16::from_le_bytes).unwrap_or_default();
    let usual = usual / 2 + usual * i64::from(dice) / i64::from(u16::MAX) / 2;
    let wait = asked.map_or(usual, |asked| asked.min(LONGEST_ASKED));
    let later = put_off(delivery, now.as_millis().saturating_add(wait));
    if later == Outcome::Over {
        bell.hub.metrics().pushed("expired");
    }
    later
}

fn put_off(delivery: &Delivery, until: i64) -> Outcome {
    let until = Timestamp::from_millis(until);
    if until >= delivery.delivery.expires_at {
        Outcome::Over
    } else {
        Outcome::Later(until)
    }
}
