//! What is to be sent, and what became of it.

use kruispunt_core::model::Word;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id, optional_word, word};
use kruispunt_storage::notices::last_deliveries;
use kruispunt_storage::{Delivery, NewDelivery, Outcome, StorageError, Subscription};
use sqlx::PgConnection;

use super::causes::bytes;
use crate::error::from_sqlx;

/// Has deliveries wait to be sent, for a device that can be reached.
pub(super) async fn put(
    connection: &mut PgConnection,
    deliveries: &[NewDelivery],
) -> Result<(), StorageError> {
    let deliveries = last_deliveries(deliveries);
    if deliveries.is_empty() {
        return Ok(());
    }
    let all = deliveries.iter();
    let devices: Vec<_> = all
        .clone()
        .map(|to| to.device.as_bytes().as_slice())
        .collect();
    let members: Vec<_> = all
        .clone()
        .map(|to| to.member.as_bytes().as_slice())
        .collect();
    let topics: Vec<_> = all.clone().map(|to| to.topic.as_str()).collect();
    let kinds: Vec<_> = all.clone().map(|to| to.kind.map(Word::key)).collect();
    let notices: Vec<_> = all.clone().map(|to| bytes!(to.notice)).collect();
    let requests: Vec<_> = all.clone().map(|to| bytes!(to.request)).collect();
    let words: Vec<_> = all.clone().map(|to| to.word.as_deref()).collect();
    let unseen: Vec<_> = all.clone().map(|to| i64::from(to.unseen)).collect();
    let urgent: Vec<_> = all.clone().map(|to| to.is_urgent).collect();
    let due_at: Vec<_> = all.clone().map(|to| to.due_at.as_millis()).collect();
    let expires_at: Vec<_> = all.map(|to| to.expires_at.as_millis()).collect();
    // One that takes the place of another has a number of its own.
    let put = sqlx::query!(
        "INSERT INTO delivery
            (device, member, topic, kind, notice, request, word, unseen, is_urgent, due_at, expires_at, tries, next_at)
        SELECT given.*, 0, CASE WHEN is_refused THEN NULL ELSE given.due_at END
        FROM UNNEST($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[],
            $8::bigint[], $9::boolean[], $10::bigint[], $11::bigint[])
            AS given (device, member, topic, kind, notice, request, word, unseen, is_urgent, due_at, expires_at)
        JOIN push_subscription AS subscription
            ON subscription.device = given.device AND subscription.member = given.member
        ORDER BY given.device, given.topic
        ON CONFLICT (device, topic) DO UPDATE SET n = DEFAULT, kind = excluded.kind, notice = excluded.notice,
            request = excluded.request, word = excluded.word, unseen = excluded.unseen,
            is_urgent = excluded.is_urgent, due_at = excluded.due_at, expires_at = excluded.expires_at,
            tries = 0, next_at = excluded.next_at",
        &devices as _,
        &members as _,
        &topics as _,
        &kinds as _,
        &notices as _,
        &requests as _,
        &words as _,
        &unseen,
        &urgent,
        &due_at,
        &expires_at
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// What another relay takes at this moment is left to it.
pub(super) async fn take(
    connection: &mut PgConnection,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Delivery>, StorageError> {
    let rows = sqlx::query!(
        "WITH taken AS MATERIALIZED (
            SELECT n FROM delivery WHERE next_at <= $1 AND expires_at > $1
            ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery SET next_at = $2 FROM taken, push_subscription AS subscription
        WHERE delivery.n = taken.n AND subscription.device = delivery.device
        RETURNING delivery.n, delivery.device, delivery.member, topic, kind, notice, request, word, unseen,
            is_urgent, due_at, expires_at, tries,
            endpoint, p256dh, auth, relay_key, language, said_at, is_refused",
        now.as_millis(),
        until.as_millis(),
        i64::from(most)
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let deliveries = rows.into_iter().map(|row| {
        let delivery = NewDelivery {
            device: id(&row.device)?,
            member: id(&row.member)?,
            topic: row.topic,
            kind: optional_word(row.kind.as_deref())?,
            notice: optional_id(row.notice.as_deref())?,
            request: optional_id(row.request.as_deref())?,
            word: row.word,
            unseen: number(row.unseen)?,
            is_urgent: row.is_urgent,
            due_at: Timestamp::from_millis(row.due_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        };
        let subscription = Subscription {
            device: delivery.device,
            member: delivery.member,
            endpoint: row.endpoint,
            p256dh: row.p256dh,
            auth: row.auth,
            key: row.relay_key,
            language: word(&row.language)?,
            said_at: Timestamp::from_millis(row.said_at),
            is_refused: row.is_refused,
        };
        Ok(Delivery {
            n: row.n,
            delivery,
            tries: number(row.tries)?,
            subscription,
        })
    });
    deliveries.collect()
}

pub(super) async fn finish(
    connection: &mut PgConnection,
    finished: &[(i64, Outcome)],
) -> Result<(), StorageError> {
    let (mut over, mut later) = (Vec::new(), Later::default());
    let (mut gone, mut refused) = (Vec::new(), Vec::new());
    for &(n, outcome) in finished {
        match outcome {
            Outcome::Over => over.push(n),
            Outcome::Later(at) => later.push(n, at, 1),
            Outcome::PutOff(at) => later.push(n, at, 0),
            Outcome::Gone => gone.push(n),
            Outcome::Refused => refused.push(n),
        }
    }
    if !gone.is_empty() {
        end(connection, &gone).await?;
    }
    if !over.is_empty() {
        let end = sqlx::query!("DELETE FROM delivery WHERE n = ANY($1)", &over);
        end.execute(&mut *connection).await.map_err(from_sqlx)?;
    }
    if !later.numbers.is_empty() {
        put_off(connection, &later).await?;
    }
    if !refused.is_empty() {
        refuse(connection, &refused).await?;
    }
    Ok(())
}

/// What is sent later: its number, when, and how many tries that counts for.
#[derive(Default)]
struct Later {
    numbers: Vec<i64>,
    moments: Vec<i64>,
    tries: Vec<i64>,
}

impl Later {
    fn push(&mut self, number: i64, at: Timestamp, tries: i64) {
        self.numbers.push(number);
        self.moments.push(at.as_millis());
        self.tries.push(tries);
    }
}

/// A subscription takes what is to be sent there with it.
async fn end(connection: &mut PgConnection, gone: &[i64]) -> Result<(), StorageError> {
    let end = sqlx::query!(
        "DELETE FROM push_subscription WHERE device IN (SELECT device FROM delivery WHERE n = ANY($1))",
        gone
    );
    end.execute(connection).await.map(drop).map_err(from_sqlx)
}

async fn put_off(connection: &mut PgConnection, later: &Later) -> Result<(), StorageError> {
    let put_off = sqlx::query!(
        "UPDATE delivery SET tries = delivery.tries + given.tries,
            next_at = CASE WHEN is_refused THEN NULL ELSE given.at END
        FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) AS given (n, at, tries),
            push_subscription AS subscription
        WHERE delivery.n = given.n AND subscription.device = delivery.device",
        &later.numbers,
        &later.moments,
        &later.tries
    );
    put_off
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

async fn refuse(connection: &mut PgConnection, refused: &[i64]) -> Result<(), StorageError> {
    let refuse = sqlx::query!(
        "WITH refused AS (
            UPDATE push_subscription SET is_refused = TRUE
            WHERE device IN (SELECT device FROM delivery WHERE n = ANY($1)) RETURNING device
        )
        UPDATE delivery SET next_at = NULL FROM refused WHERE delivery.device = refused.device",
        refused
    );
    refuse
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}
