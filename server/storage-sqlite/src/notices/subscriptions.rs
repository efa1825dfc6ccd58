//! How devices can be reached.

use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, word};
use kruispunt_storage::{StorageError, Subscription};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use crate::rows::column_of;

struct Row {
    device: Vec<u8>,
    member: Vec<u8>,
    endpoint: String,
    p256dh: Vec<u8>,
    auth: Vec<u8>,
    relay_key: Vec<u8>,
    language: String,
    said_at: i64,
    is_refused: bool,
}

impl Row {
    fn read(self) -> Result<Subscription, StorageError> {
        Ok(Subscription {
            device: id(&self.device)?,
            member: id(&self.member)?,
            endpoint: self.endpoint,
            p256dh: self.p256dh,
            auth: self.auth,
            key: self.relay_key,
            language: word(&self.language)?,
            said_at: Timestamp::from_millis(self.said_at),
            is_refused: self.is_refused,
        })
    }
}

/// One that is told again stays refused; what waits is sent to one that is new.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    subscription: &Subscription,
) -> Result<(), StorageError> {
    let key = subscription.device.as_bytes().as_slice();
    let is_same = |before: &Subscription| {
        before.endpoint == subscription.endpoint && before.key == subscription.key
    };
    let before = of_device(connection, subscription.device).await?;
    let again = before.filter(is_same);
    let is_refused =
        subscription.is_refused || again.as_ref().is_some_and(|before| before.is_refused);
    sqlx::query!(
        "DELETE FROM push_subscription WHERE endpoint = ? AND device <> ?",
        subscription.endpoint,
        key
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let member = subscription.member.as_bytes().as_slice();
    let (p256dh, auth) = (subscription.p256dh.as_slice(), subscription.auth.as_slice());
    let relay_key = subscription.key.as_slice();
    let language = subscription.language.key();
    let said_at = subscription.said_at.as_millis();
    let put = sqlx::query!(
        "INSERT INTO push_subscription
            (device, member, endpoint, p256dh, auth, relay_key, language, said_at, is_refused)
        SELECT id, member, ?, ?, ?, ?, ?, ?, ? FROM device WHERE id = ? AND member = ? AND revoked_at IS NULL
        ON CONFLICT (device) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh,
            auth = excluded.auth, relay_key = excluded.relay_key, language = excluded.language,
            said_at = excluded.said_at, is_refused = excluded.is_refused",
        subscription.endpoint,
        p256dh,
        auth,
        relay_key,
        language,
        said_at,
        is_refused,
        key,
        member
    );
    let put = put.execute(&mut *connection).await.map_err(from_sqlx)?;
    if put.rows_affected() == 0 {
        let device = subscription.device;
        return Err(StorageError::NotFound(format!("device {device} in use")));
    }
    if again.is_none() {
        turn_to(connection, subscription.device, said_at).await?;
    }
    Ok(())
}

/// Has what waits for a device sent to where it can be reached now. It gets other numbers, so that what becomes of it
/// where the device was reached before changes nothing.
async fn turn_to(
    connection: &mut SqliteConnection,
    device: DeviceId,
    now: i64,
) -> Result<(), StorageError> {
    let device = device.as_bytes().as_slice();
    let turned = sqlx::query!(
        "INSERT OR REPLACE INTO delivery
            (device, member, topic, kind, notice, request, word, unseen, is_urgent, due_at, expires_at, tries, next_at)
        SELECT device, member, topic, kind, notice, request, word, unseen, is_urgent, due_at, expires_at, 0,
            MAX(due_at, ?)
        FROM delivery WHERE device = ?",
        now,
        device
    );
    turned
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

/// Forgets how a device can be reached, with what is to be sent there.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    device: DeviceId,
) -> Result<bool, StorageError> {
    let device = device.as_bytes().as_slice();
    let deleted = sqlx::query!("DELETE FROM push_subscription WHERE device = ?", device);
    let deleted = deleted.execute(connection).await.map_err(from_sqlx)?;
    Ok(deleted.rows_affected() > 0)
}

pub(super) async fn of_device(
    connection: &mut SqliteConnection,
    device: DeviceId,
) -> Result<Option<Subscription>, StorageError> {
    let device = device.as_bytes().as_slice();
    let row = sqlx::query_as!(
        Row,
        r#"SELECT device, member, endpoint, p256dh, auth, relay_key, language, said_at,
            is_refused AS "is_refused: bool"
        FROM push_subscription WHERE device = ?"#,
        device
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(Row::read).transpose()
}

pub(super) async fn of(
    connection: &mut SqliteConnection,
    members: &[MemberId],
) -> Result<Vec<Subscription>, StorageError> {
    let members = column_of(members.iter().map(|id| id.as_bytes().as_slice()));
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT device, member, endpoint, p256dh, auth, relay_key, language, said_at,
            is_refused AS "is_refused: bool"
        FROM push_subscription WHERE member IN (SELECT unhex(value ->> 0) FROM jsonb_each(?))
        ORDER BY member, device"#,
        members
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}
