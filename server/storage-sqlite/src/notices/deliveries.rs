//! What is to be sent, and what became of it.

use kruispunt_core::model::Word;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id, optional_word, word};
use kruispunt_storage::notices::last_deliveries;
use kruispunt_storage::{Delivery, NewDelivery, Outcome, StorageError, Subscription};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use crate::rows::{Rows, column_of_numbers};

/// Has deliveries wait to be sent, for a device that can be reached.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    deliveries: &[NewDelivery],
) -> Result<(), StorageError> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new();
    for delivery in last_deliveries(deliveries) {
        rows.begin().bytes(Some(delivery.device.as_bytes()));
        rows.bytes(Some(delivery.member.as_bytes()));
        rows.text(Some(&delivery.topic));
        rows.text(delivery.kind.map(Word::key));
        rows.bytes(delivery.notice.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.bytes(delivery.request.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.text(delivery.word.as_deref());
        rows.number(i64::from(delivery.unseen));
        rows.number(i64::from(delivery.is_urgent));
        rows.number(delivery.due_at.as_millis());
        rows.number(delivery.expires_at.as_millis());
    }
    let rows = rows.end();
    // In this way one that takes the place of another has a number of its own.
    let put = sqlx::query!(
        "INSERT OR REPLACE INTO delivery
            (device, member, topic, kind, notice, request, word, unseen, is_urgent, due_at, expires_at, tries, next_at)
        SELECT device, member, CAST(unhex(value ->> 2) AS TEXT), CAST(unhex(value ->> 3) AS TEXT),
            unhex(value ->> 4), unhex(value ->> 5), CAST(unhex(value ->> 6) AS TEXT), value ->> 7, value ->> 8,
            value ->> 9, value ->> 10, 0, CASE WHEN is_refused THEN NULL ELSE value ->> 9 END
        FROM jsonb_each(?) AS given
        CROSS JOIN push_subscription ON device = unhex(value ->> 0) AND member = unhex(value ->> 1)",
        rows
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// Whether there is anything to take.
pub(super) async fn is_any_due(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let now = now.as_millis();
    let is_any = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM delivery WHERE next_at <= ? AND expires_at > ?) AS "is_any!: bool""#,
        now,
        now
    );
    is_any.fetch_one(connection).await.map_err(from_sqlx)
}

pub(super) async fn take(
    connection: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Delivery>, StorageError> {
    let (now, until) = (now.as_millis(), until.as_millis());
    let rows = sqlx::query!(
        r#"SELECT n, delivery.device, delivery.member, topic, kind, notice, request, word, unseen,
            is_urgent AS "is_urgent: bool", due_at, expires_at, tries,
            endpoint, p256dh, auth, relay_key, language, said_at, is_refused AS "is_refused: bool"
        FROM delivery CROSS JOIN push_subscription ON push_subscription.device = delivery.device
        WHERE next_at <= ? AND expires_at > ? ORDER BY next_at LIMIT ?"#,
        now,
        now,
        most
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    let taken = column_of_numbers(rows.iter().map(|row| row.n));
    let take = sqlx::query!(
        "UPDATE delivery SET next_at = ? WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?))",
        until,
        taken
    );
    take.execute(connection).await.map_err(from_sqlx)?;
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
    connection: &mut SqliteConnection,
    finished: &[(i64, Outcome)],
) -> Result<(), StorageError> {
    let (mut over, mut later) = (Rows::new(), Rows::new());
    let (mut gone, mut refused) = (Rows::new(), Rows::new());
    for &(n, outcome) in finished {
        match outcome {
            Outcome::Over => over.begin().number(n),
            Outcome::Later(at) => later.begin().number(n).number(at.as_millis()).number(1),
            Outcome::PutOff(at) => later.begin().number(n).number(at.as_millis()).number(0),
            Outcome::Gone => gone.begin().number(n),
            Outcome::Refused => refused.begin().number(n),
        };
    }
    let (over, later, gone, refused) = (over.end(), later.end(), gone.end(), refused.end());
    // A subscription takes what is to be sent there with it.
    let finish = sqlx::query!(
        "DELETE FROM push_subscription WHERE device IN (
            SELECT device FROM delivery WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?))
        );
        UPDATE push_subscription SET is_refused = 1 WHERE device IN (
            SELECT device FROM delivery WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?))
        );
        DELETE FROM delivery WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?));
        UPDATE delivery SET tries = delivery.tries + given.tries, next_at = CASE WHEN EXISTS (
            SELECT 1 FROM push_subscription WHERE push_subscription.device = delivery.device AND is_refused
        ) THEN NULL ELSE given.at END
        FROM (SELECT value ->> 0 AS n, value ->> 1 AS at, value ->> 2 AS tries FROM jsonb_each(?)) AS given
        WHERE delivery.n = given.n;
        UPDATE delivery SET next_at = NULL WHERE device IN (
            SELECT device FROM delivery WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?))
        )",
        gone,
        refused,
        over,
        later,
        refused
    );
    finish
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}
