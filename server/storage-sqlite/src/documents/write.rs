//! Writing a document's rows, inside somebody's transaction.

use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Append, Rotation, StorageError};
use sqlx::SqliteConnection;

use super::row::position;
use crate::error::from_sqlx;
use kruispunt_storage::convert::column;

pub(super) async fn write_changes(
    connection: &mut SqliteConnection,
    append: &Append,
) -> Result<(), StorageError> {
    let end = append
        .first_seq
        .checked_sub(1)
        .ok_or_else(|| StorageError::Conflict("a log begins with 1".to_owned()))?;
    let grown = append.changes.len() as u64;
    let first = append.changes.first();
    let began_at = first.map_or(0, |change| change.received_at.as_millis());
    advance(connection, append, (end, end + grown), began_at).await?;
    let document = append.document.as_bytes().as_slice();
    for (seq, change) in (column(append.first_seq)?..).zip(&append.changes) {
        let (hash, bytes) = (change.hash.as_slice(), change.bytes.as_ref());
        let member = change.member.as_ref().map(|id| id.as_bytes().as_slice());
        let device = change.device.as_ref().map(|id| id.as_bytes().as_slice());
        let received_at = change.received_at.as_millis();
        sqlx::query!(
            "INSERT INTO change (document, epoch, seq, hash, bytes, member, device, received_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            document,
            append.epoch,
            seq,
            hash,
            bytes,
            member,
            device,
            received_at
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}

pub(super) async fn bind_actors(
    connection: &mut SqliteConnection,
    append: &Append,
) -> Result<(), StorageError> {
    let document = append.document.as_bytes().as_slice();
    for binding in &append.actors {
        let actor = binding.actor.as_slice();
        let device = binding.device.as_ref().map(|id| id.as_bytes().as_slice());
        // An actor that is bound to this very device already counts as written; to another, as nothing.
        let bound = sqlx::query!(
            "INSERT INTO actor (document, actor, device) VALUES (?, ?, ?)
            ON CONFLICT (document, actor) DO UPDATE SET device = excluded.device WHERE device IS excluded.device",
            document,
            actor,
            device
        );
        if bound
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?
            .rows_affected()
            == 0
        {
            return Err(StorageError::Conflict(
                "an actor belongs to another device".to_owned(),
            ));
        }
    }
    Ok(())
}

/// Moves the end of a log from one place to another, which also makes sure that it is there now.
async fn advance(
    connection: &mut SqliteConnection,
    append: &Append,
    (from, to): (u64, u64),
    began_at: i64,
) -> Result<(), StorageError> {
    let document = append.document.as_bytes().as_slice();
    let (from, to) = (column(from)?, column(to)?);
    let alarm_at = append.alarm.at.map(Timestamp::as_millis);
    let is_exact = append.alarm.is_exact;
    let moved = sqlx::query!(
        "UPDATE document SET seq = ?1, began_at = CASE began_at WHEN 0 THEN ?2 ELSE began_at END,
            alarm_at = CASE WHEN ?3 OR ?4 < COALESCE(alarm_at, ?4 + 1) THEN ?4 ELSE alarm_at END
        WHERE id = ?5 AND epoch = ?6 AND seq = ?7",
        to,
        began_at,
        is_exact,
        alarm_at,
        document,
        append.epoch,
        from
    );
    let moved = moved
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
    if moved == 0 {
        return Err(elsewhere(connection, append.document, append.epoch, from).await?);
    }
    Ok(())
}

/// Why a document is not where somebody thought it was.
async fn elsewhere(
    connection: &mut SqliteConnection,
    document: DocumentId,
    epoch: u32,
    seq: i64,
) -> Result<StorageError, StorageError> {
    Ok(match position(connection, document).await? {
        None => StorageError::NotFound(format!("document {document}")),
        Some(position) => StorageError::Conflict(format!(
            "document {document} is at {}/{}, not at {epoch}/{seq}",
            position.epoch, position.seq
        )),
    })
}

pub(super) async fn rotate(
    connection: &mut SqliteConnection,
    rotation: &Rotation,
) -> Result<(), StorageError> {
    let (epoch, next, seq) = (rotation.epoch, rotation.next, column(rotation.seq)?);
    if next <= epoch {
        return Err(StorageError::Conflict(format!(
            "epoch {next} cannot follow {epoch}"
        )));
    }
    let (document, at) = (
        rotation.document.as_bytes().as_slice(),
        rotation.at.as_millis(),
    );
    let rotated = sqlx::query!(
        "UPDATE document SET epoch = ?, seq = 0, began_at = ?, alarm_at = 0 WHERE id = ? AND epoch = ? AND seq = ?",
        next,
        at,
        document,
        epoch,
        seq
    );
    let rotated = rotated
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
    if rotated == 0 {
        return Err(elsewhere(connection, rotation.document, epoch, seq).await?);
    }
    sqlx::query!("DELETE FROM change WHERE document = ?", document)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    sqlx::query!("DELETE FROM actor WHERE document = ?", document)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let bytes = rotation.snapshot.as_ref();
    sqlx::query!(
        "INSERT OR REPLACE INTO snapshot (document, epoch, seq, bytes) VALUES (?, ?, 0, ?)",
        document,
        next,
        bytes
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}
