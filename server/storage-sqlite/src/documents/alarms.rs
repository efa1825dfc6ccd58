//! When something happens in documents by itself.

use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::StorageError;
use kruispunt_storage::convert::{column, id};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;

pub(super) async fn due(
    connection: &mut SqliteConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<DocumentId>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query!(
        "SELECT id FROM document WHERE alarm_at <= ? ORDER BY alarm_at LIMIT ?",
        now,
        most
    )
    .fetch_all(connection)
    .await
    .map_err(from_sqlx)?;
    rows.iter().map(|row| id(&row.id)).collect()
}

pub(super) async fn set(
    connection: &mut SqliteConnection,
    document: DocumentId,
    epoch: u32,
    seq: u64,
    at: Option<Timestamp>,
) -> Result<bool, StorageError> {
    let (document, seq) = (document.as_bytes().as_slice(), column(seq)?);
    let at = at.map(Timestamp::as_millis);
    let set = sqlx::query!(
        "UPDATE document SET alarm_at = ? WHERE id = ? AND epoch = ? AND seq = ?",
        at,
        document,
        epoch,
        seq
    );
    let set = set.execute(connection).await.map_err(from_sqlx)?;
    Ok(set.rows_affected() > 0)
}

pub(super) async fn sound_all(connection: &mut SqliteConnection) -> Result<(), StorageError> {
    sqlx::query!("UPDATE document SET alarm_at = 0")
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}
