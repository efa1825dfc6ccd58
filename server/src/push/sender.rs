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
use super::moment::quiet_until;
use super::planner::Boards;
use super::service::{Answer, Services};
use crate::clock::{now, random};

/// How many messages are on their way at once.
const AT_ONCE: usize = 64;

/// A delivery is this relay's alone for so many times as long as a push service may take. A relay that died leaves its
/// deliveries to the others, or to itself, after that.
const MINE: u32 = 3;

/// So much that could not be written is remembered. What was sent beyond that is sent once more when its time is over,
/// and a phone shows that in the place of the first.
const MOST_UNWRITTEN: usize = 1024;

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

/// A push service that took nothing yet may refuse what this relay signs, and not one subscription: its clock may be
/// wrong, or the service in disorder. So often is it tried all the same.
const MOST_REFUSALS: u32 = 6;

/// What waited for longer than this, in milliseconds, may no longer be so.
const FRESH: i64 = 5_000;

/// How a push service is.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// It is left alone until then, since it is in trouble.
    until: i64,
    /// So many failures in a row.
    failures: u32,
    /// Whether it took anything since this relay started.
    took: bool,
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
        standings: HashMap::new(),
        unwritten: Vec::new(),
        sending: JoinSet::new(),
    }
    .run(interval)
    .await;
}

struct Sender {
    bell: Arc<Bell>,
    services: Arc<Services>,
    standings: HashMap<String, Standing>,
    /// What became of messages, and is not in the database yet.
    unwritten: Vec<(i64, Outcome)>,
    /// Tasks of their own: they go on while this one waits for the database, which they need as well.
    sending: JoinSet<(Delivery, Answer)>,
}

impl Sender {
    async fn run(mut self, mut interval: Interval) {
        let mut is_more = true;
        loop {
            let mut finished = std::mem::take(&mut self.unwritten);
            if is_more && self.sending.len() <= AT_ONCE / 2 {
                match self.take().await {
                    Ok((is_full, put_off)) => {
                        is_more = is_full;
                        finished.extend(put_off);
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
                tracing::warn!(%error, "it could not be written what was sent");
                // Otherwise they would be sent once more. It is written with the next, and not at once.
                finished.truncate(MOST_UNWRITTEN);
                self.unwritten = finished;
                interval.tick().await;
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
            if let Some(until) = rests(&self.standings, &delivery, now) {
                later.push((delivery.n, put_off(&self.bell, &delivery, until)));
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
        if matches!(answer, Answer::Refused) {
            self.services.sign_anew();
        }
        let standing = self.standings.entry(host(&delivery)).or_default();
        Some((delivery.n, judge(&self.bell, standing, &delivery, answer)))
    }
}

/// Until when the push service of a delivery is left alone, if it is.
fn rests(
    standings: &HashMap<String, Standing>,
    delivery: &Delivery,
    now: Timestamp,
) -> Option<i64> {
    let standing = standings.get(&host(delivery))?;
    (standing.until > now.as_millis()).then_some(standing.until)
}

fn host(delivery: &Delivery) -> String {
    let url = reqwest::Url::parse(&delivery.subscription.endpoint);
    url.map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}

async fn send(bell: &Bell, services: &Services, delivery: Delivery) -> (Delivery, Answer) {
    let subscription = &delivery.subscription;
    let Some(endpoint) = bell.ringing.hosts.endpoint(&subscription.endpoint) else {
        bell.hub.metrics().pushed(Answer::Elsewhere.key());
        return (delivery, Answer::Elsewhere);
    };
    let waited = now().as_millis() - delivery.delivery.due_at.as_millis();
    if (delivery.tries > 0 || waited > FRESH)
        && let Some(instead) = instead(bell, &delivery).await
    {
        bell.hub.metrics().pushed(instead.key());
        return (delivery, instead);
    }
    let content = message(&delivery.delivery, subscription.language, &bell.public_url);
    if bell.keys.ring().push_key(&subscription.key).is_none() {
        // Where keys are rotated with several relays, one of them has the new one first.
        bell.look_at_keys().await;
    }
    let ring = bell.keys.ring();
    let sent = services.send(&delivery, (endpoint, &content), &ring, now());
    let answer = sent.await;
    bell.hub.metrics().pushed(answer.key());
    (delivery, answer)
}

/// Why a delivery that waited is not sent now, as far as that can be seen: what it says is no longer so, while it waited
/// somebody else said yes, or its member wants no such thing any more, or it is night by now.
async fn instead(bell: &Bell, delivery: &Delivery) -> Option<Answer> {
    let (what, notices) = (&delivery.delivery, bell.storage.notices());
    let wishes = notices.wishes(what.member).await.ok()?.unwrap_or_default();
    if what.kind.is_some_and(|kind| wishes.off.contains(&kind)) {
        return Some(Answer::Moot);
    }
    if let Some(id) = what.notice {
        let inbox = notices.notices(what.member, 100).await.ok()?;
        let notice = inbox.into_iter().find(|one| one.notice.id == id);
        let member = bell.storage.member(what.member).await.ok()?;
        // Where it is further down than is looked it is there: one that was taken out took its messages along.
        if let (Some(notice), Some(member)) = (notice, member) {
            let boards = &mut Boards::new();
            if !bell.rings_for(&member, &notice.notice, boards).await {
                return Some(Answer::Moot);
            }
        }
    }
    quiet_until(&wishes, now()).map(Answer::Quiet)
}

/// What becomes of a delivery after this answer.
fn judge(bell: &Bell, standing: &mut Standing, delivery: &Delivery, answer: Answer) -> Outcome {
    let now = now();
    if matches!(answer, Answer::Taken) {
        *standing = Standing {
            took: true,
            ..Standing::default()
        };
        return Outcome::Over;
    }
    let is_fault = matches!(
        answer,
        Answer::TooLarge
            | Answer::Refused
            | Answer::Strange(_)
            | Answer::Unsealable
            | Answer::KeyUnknown
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
        Answer::Quiet(until) => put_off(bell, delivery, until.as_millis()),
        Answer::Unsealable => Outcome::Refused,
        Answer::Refused if standing.took || delivery.tries >= MOST_REFUSALS => Outcome::Refused,
        Answer::Strange(_) if delivery.tries >= MOST_FAULTS => Outcome::Over,
        Answer::Strange(_) | Answer::KeyUnknown => wait(bell, delivery, None, now),
        Answer::SlowDown(asked) | Answer::Trouble(asked) => {
            rest(standing, asked, now);
            wait(bell, delivery, asked, now)
        }
        Answer::Silent | Answer::Refused => {
            rest(standing, None, now);
            wait(bell, delivery, None, now)
        }
    }
}

/// Counts a failure; where there were many in a row, the push service is left alone for a while.
fn rest(standing: &mut Standing, asked: Option<i64>, now: Timestamp) {
    standing.failures = standing.failures.saturating_add(1);
    let Some(more) = standing.failures.checked_sub(IN_A_ROW) else {
        return;
    };
    if standing.until > now.as_millis() {
        // Others that were on their way tell the same.
        standing.failures -= 1;
        return;
    }
    let usual = FIRST_REST.saturating_mul(1 << more.min(16));
    // Whoever asks for no time at all, or by another clock, is left alone all the same.
    let wait = asked.unwrap_or(usual).max(usual).min(LONGEST_REST);
    standing.until = standing.until.max(now.as_millis().saturating_add(wait));
}

/// Tries again later, unless it is of no use any more by then.
fn wait(bell: &Bell, delivery: &Delivery, asked: Option<i64>, now: Timestamp) -> Outcome {
    let usual = FIRST_WAIT.saturating_mul(1 << delivery.tries.min(16));
    let usual = usual.min(LONGEST_WAIT);
    // Not all at the same moment.
    let dice = random::<2>().map(u16::from_le_bytes).unwrap_or_default();
    let share = |of: i64| of * i64::from(dice) / i64::from(u16::MAX);
    let wait = match asked {
        None => usual / 2 + share(usual / 2),
        // Nor in no time, where a service asks for none or means another clock's.
        Some(asked) => asked.min(LONGEST_ASKED).max(usual / 4) + share(usual / 4),
    };
    match put_off(bell, delivery, now.as_millis().saturating_add(wait)) {
        Outcome::PutOff(until) => Outcome::Later(until),
        over => over,
    }
}

/// Later, and that it was not tried now counts for nothing; unless it is of no use any more by then.
fn put_off(bell: &Bell, delivery: &Delivery, until: i64) -> Outcome {
    let until = Timestamp::from_millis(until);
    if until < delivery.delivery.expires_at {
        return Outcome::PutOff(until);
    }
    bell.hub.metrics().pushed("expired");
    Outcome::Over
}
