//! Rows of people that more than one query reads or writes.

use kruispunt_core::id::DeviceId;
use kruispunt_core::model::{Membership, Role};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Device, NewSession, PublicKey, Redemption, StorageError};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use kruispunt_storage::convert::{id, word};

pub(super) fn membership(area: &[u8], role: &str) -> Result<Membership, StorageError> {
    Ok(Membership {
        area: id(area)?,
        role: word::<Role>(role)?,
    })
}

pub(super) async fn device(
    connection: &mut SqliteConnection,
    device: DeviceId,
) -> Result<Option<Device>, StorageError> {
    let key = device.as_bytes().as_slice();
    let row = sqlx::query!(
        "SELECT member, public_key, revoked_at FROM device WHERE id = ?",
        key
    );
    let Some(row) = row.fetch_optional(connection).await.map_err(from_sqlx)? else {
        return Ok(None);
    };
    Ok(Some(Device {
        id: device,
        member: id(&row.member)?,
        public_key: PublicKey(row.public_key),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    }))
}

pub(super) async fn add_device(
    connection: &mut SqliteConnection,
    invitation: &[u8],
    member: &[u8],
    redemption: &Redemption,
) -> Result<(), StorageError> {
    let (device, now) = (
        redemption.device.as_bytes().as_slice(),
        redemption.now.as_millis(),
    );
    let public_key = redemption.public_key.0.as_slice();
    sqlx::query!(
        "INSERT INTO device (id, member, public_key, created_at) VALUES (?, ?, ?, ?)",
        device,
        member,
        public_key,
        now
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    sqlx::query!(
        "UPDATE invitation SET redeemed_at = ?, redeemed_by = ? WHERE id = ?",
        now,
        device,
        invitation
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

pub(super) async fn add_session(
    connection: &mut SqliteConnection,
    device: DeviceId,
    session: &NewSession,
) -> Result<(), StorageError> {
    let (token, device) = (session.token.0.as_slice(), device.as_bytes().as_slice());
    let expires_at = session.expires_at.as_millis();
    sqlx::query!(
        "INSERT INTO session (token_hash, device, expires_at) VALUES (?, ?, ?)",
        token,
        device,
        expires_at
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}
