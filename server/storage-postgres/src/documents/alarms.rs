//! When something happens in documents by itself.

use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::StorageError;
use kruispunt_storage::convert::{column, id};
use sqlx::PgConnection;

use crate::error::from_sqlx;

pub(super) async fn due(
    connection: &mut PgConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<DocumentId>, StorageError> {
    let rows = sqlx::query!(
        "SELECT id FROM document WHERE alarm_at <= $1 ORDER BY alarm_at LIMIT $2",
        now.as_millis(),
        i64::from(most)
    )
    .fetch_all(connection)
    .await
    .map_err(from_sqlx)?;
    rows.iter().map(|row| id(&row.id)).collect()
}

pub(super) async fn set(
    connection: &mut PgConnection,
    document: DocumentId,
    epoch: u32,
    seq: u64,
    at: Option<Timestamp>,
) -> Result<bool, StorageError> {
    let set = sqlx::query!(
        "UPDATE document SET alarm_at = $1 WHERE id = $2 AND epoch = $3 AND seq = $4",
        at.map(Timestamp::as_millis),
        document.as_bytes().as_slice(),
        i64::from(epoch),
        column(seq)?
    );
    let set = set.execute(connection).await.map_err(from_sqlx)?;
    Ok(set.rows_affected() > 0)
}

pub(super) async fn sound_all(connection: &mut PgConnection) -> Result<(), StorageError> {
    sqlx::query!("UPDATE document SET alarm_at = 0")
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}
