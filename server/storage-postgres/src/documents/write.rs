//! Writing documents' rows.
//!
//! A statement for every change would be a round trip for every change; with lists for columns a group commit costs
//! the same few round trips however much is in it.

use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::column;
use kruispunt_storage::{Rotation, StorageError};
use sqlx::PgConnection;

use super::batch::{Batch, Line};
use super::row::position;
use crate::PgStorage;
use crate::error::from_sqlx;
use crate::notices::{act, add_causes};
use crate::watch::{CHANNEL, notice, tell};

/// Writes all of it in one transaction.
pub(super) async fn append(storage: &PgStorage, batch: &Batch<'_>) -> Result<(), StorageError> {
    let mut transaction = storage.write().await?;
    advance(&mut transaction, batch, &storage.instance).await?;
    write_changes(&mut transaction, &batch.changes).await?;
    if !batch.actors.is_empty() {
        bind_actors(&mut transaction, batch).await?;
    }
    add_causes(&mut transaction, batch.causes.iter().copied()).await?;
    if !batch.acted.is_empty() {
        act(&mut transaction, &batch.acted, batch.acted_at).await?;
    }
    transaction.commit().await.map_err(from_sqlx)
}

/// Moves the ends of the logs, which also makes sure that they are where they are thought to be, keeps other relays
/// away from them until the end of the transaction, and tells these relays then.
async fn advance(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    instance: &str,
) -> Result<(), StorageError> {
    let logs = batch.logs.values();
    let documents: Vec<_> = batch
        .logs
        .keys()
        .map(|id| id.as_bytes().as_slice())
        .collect();
    let epochs: Vec<_> = logs.clone().map(|log| i64::from(log.epoch)).collect();
    let starts = logs.clone().map(|log| column(log.from));
    let starts = starts.collect::<Result<Vec<_>, _>>()?;
    let finishes = logs.clone().map(|log| column(log.to));
    let finishes = finishes.collect::<Result<Vec<_>, _>>()?;
    let began_at: Vec<_> = logs.clone().map(|log| log.began_at).collect();
    let alarms = logs
        .clone()
        .map(|log| log.alarm.at.map(Timestamp::as_millis));
    let alarms: Vec<_> = alarms.collect();
    let exact: Vec<_> = logs.map(|log| log.alarm.is_exact).collect();
    let notices: Vec<_> = batch
        .logs
        .iter()
        .map(|(id, log)| notice::document(instance, *id, log.epoch, log.to))
        .collect();
    // Locking comes before moving, since only a list that is locked has an order.
    let moved = sqlx::query!(
        "WITH way AS (
            SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                $8::bigint[], $9::boolean[])
            AS way (id, epoch, start, finish, began_at, notice, alarm_at, is_exact)
        ), locked AS MATERIALIZED (
            SELECT id FROM document WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE document SET
            seq = way.finish,
            began_at = CASE document.began_at WHEN 0 THEN way.began_at ELSE document.began_at END,
            alarm_at = CASE
                WHEN way.is_exact OR way.alarm_at < COALESCE(document.alarm_at, way.alarm_at + 1)
                THEN way.alarm_at ELSE document.alarm_at END
        FROM locked JOIN way ON way.id = locked.id
        WHERE document.id = locked.id AND document.epoch = way.epoch AND document.seq = way.start
        RETURNING pg_notify($7, way.notice)",
        &documents as _,
        &epochs,
        &starts,
        &finishes,
        &began_at,
        &notices,
        CHANNEL,
        &alarms as _,
        &exact
    );
    let moved = moved
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
    if moved == batch.logs.len() as u64 {
        return Ok(());
    }
    // Those that were moved are where they will be; the others are not where they were thought to be.
    for (id, log) in &batch.logs {
        let is_moved = position(connection, *id)
            .await?
            .is_some_and(|now| (now.epoch, now.seq) == (log.epoch, log.to));
        if !is_moved {
            return Err(elsewhere(connection, *id, log.epoch, log.from).await?);
        }
    }
    Err(StorageError::Conflict("some log is elsewhere".to_owned()))
}

/// Why a document is not where somebody thought it was.
async fn elsewhere(
    connection: &mut PgConnection,
    document: DocumentId,
    epoch: u32,
    seq: u64,
) -> Result<StorageError, StorageError> {
    Ok(match position(connection, document).await? {
        None => StorageError::NotFound(format!("document {document}")),
        Some(position) => StorageError::Conflict(format!(
            "document {document} is at {}/{}, not at {epoch}/{seq}",
            position.epoch, position.seq
        )),
    })
}

async fn write_changes(
    connection: &mut PgConnection,
    lines: &[Line<'_>],
) -> Result<(), StorageError> {
    let documents: Vec<_> = lines.iter().map(|line| line.document).collect();
    let epochs: Vec<_> = lines.iter().map(|line| line.epoch).collect();
    let seqs: Vec<_> = lines.iter().map(|line| line.seq).collect();
    let hashes: Vec<_> = lines
        .iter()
        .map(|line| line.change.hash.as_slice())
        .collect();
    let bytes: Vec<_> = lines
        .iter()
        .map(|line| line.change.bytes.as_ref())
        .collect();
    let members = lines.iter().map(|line| line.change.member.as_ref());
    let members: Vec<_> = members
        .map(|id| id.map(|id| id.as_bytes().as_slice()))
        .collect();
    let devices = lines.iter().map(|line| line.change.device.as_ref());
    let devices: Vec<_> = devices
        .map(|id| id.map(|id| id.as_bytes().as_slice()))
        .collect();
    let received_at = lines.iter().map(|line| line.change.received_at.as_millis());
    let received_at: Vec<_> = received_at.collect();
    sqlx::query!(
        "INSERT INTO change (document, epoch, seq, hash, bytes, member, device, received_at)
        SELECT * FROM UNNEST(
            $1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[]
        )",
        &documents as _,
        &epochs,
        &seqs,
        &hashes as _,
        &bytes as _,
        &members as _,
        &devices as _,
        &received_at
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

async fn bind_actors(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), StorageError> {
    let actors = &batch.actors;
    let documents: Vec<_> = actors
        .keys()
        .map(|(id, _)| id.as_bytes().as_slice())
        .collect();
    let names: Vec<_> = actors.keys().map(|(_, actor)| *actor).collect();
    let devices = actors.values().map(Option::as_ref);
    let devices: Vec<_> = devices
        .map(|id| id.map(|id| id.as_bytes().as_slice()))
        .collect();
    // An actor that is bound to this very device already counts as written; to another, as nothing.
    let bound = sqlx::query!(
        "INSERT INTO actor (document, actor, device) SELECT * FROM UNNEST($1::bytea[], $2::bytea[], $3::bytea[])
        ON CONFLICT (document, actor) DO UPDATE SET device = excluded.device
        WHERE actor.device IS NOT DISTINCT FROM excluded.device",
        &documents as _,
        &names as _,
        &devices as _
    );
    let bound = bound.execute(connection).await.map_err(from_sqlx)?;
    if bound.rows_affected() == actors.len() as u64 {
        Ok(())
    } else {
        Err(StorageError::Conflict(
            "an actor belongs to another device".to_owned(),
        ))
    }
}

pub(super) async fn rotate(
    connection: &mut PgConnection,
    rotation: &Rotation,
    instance: &str,
) -> Result<(), StorageError> {
    let (epoch, next, seq) = (rotation.epoch, rotation.next, column(rotation.seq)?);
    if next <= epoch {
        return Err(StorageError::Conflict(format!(
            "epoch {next} cannot follow {epoch}"
        )));
    }
    let document = rotation.document.as_bytes().as_slice();
    let rotated = sqlx::query!(
        "UPDATE document SET epoch = $1, seq = 0, began_at = $2, alarm_at = 0 WHERE id = $3 AND epoch = $4 AND seq = $5",
        i64::from(next),
        rotation.at.as_millis(),
        document,
        i64::from(epoch),
        seq
    );
    let rotated = rotated
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
    if rotated == 0 {
        return Err(elsewhere(connection, rotation.document, epoch, rotation.seq).await?);
    }
    sqlx::query!("DELETE FROM change WHERE document = $1", document)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    sqlx::query!("DELETE FROM actor WHERE document = $1", document)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    sqlx::query!(
        "INSERT INTO snapshot (document, epoch, seq, bytes) VALUES ($1, $2, 0, $3)
        ON CONFLICT (document) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, bytes = excluded.bytes",
        document,
        i64::from(next),
        rotation.snapshot.as_ref()
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    tell(
        connection,
        &notice::document(instance, rotation.document, next, 0),
    )
    .await
}
