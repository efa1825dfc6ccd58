//! Work that was refused.

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, RefusedId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{hash, id, number};
use kruispunt_storage::{
    Bounds, Entry, Keeping, Refused, RefusedWork, Sealed, StorageError, Wrapped,
};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::audit::add_entry;
use crate::error::from_sqlx;

#[async_trait]
impl RefusedWork for SqliteStorage {
    async fn has_room(
        &self,
        device: DeviceId,
        hash: [u8; 32],
        bytes: u32,
        bounds: Bounds,
    ) -> Result<Option<Keeping>, StorageError> {
        let (device, hash) = (device.as_bytes().as_slice(), hash.as_slice());
        let row = sqlx::query!(
            r#"SELECT
                EXISTS (SELECT 1 FROM refused WHERE device = ?1 AND hash = ?2) AS "is_known!: bool",
                (SELECT COUNT(*) FROM refused WHERE device = ?1) AS "of_device!: i64",
                (SELECT CAST(COALESCE(SUM(bytes), 0) AS INTEGER) FROM refused WHERE device = ?1) AS "bytes!: i64",
                (SELECT COUNT(*) FROM refused) AS "in_all!: i64""#,
            device,
            hash
        );
        let row = row.fetch_one(&self.readers).await.map_err(from_sqlx)?;
        if row.is_known {
            return Ok(Some(Keeping::Kept));
        }
        let is_full = row.of_device >= i64::from(bounds.per_device)
            || row.bytes + i64::from(bytes) > i64::from(bounds.bytes_per_device)
            || row.in_all >= i64::from(bounds.in_all);
        Ok(is_full.then_some(Keeping::Full))
    }

    async fn keep_refused(
        &self,
        refused: &Refused,
        requests: &[RequestId],
        sealed: &Sealed,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        put_refused(&mut transaction, refused, requests, sealed).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn refused(&self) -> Result<Vec<Refused>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, hash, street, member, device, reason, refused_at, bytes, record_key, wrapped, x'' AS sealed
            FROM refused ORDER BY refused_at DESC, id DESC"
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(from_sqlx)?;
        rows.into_iter().map(|row| Ok(row.read()?.0)).collect()
    }

    async fn open_refused(
        &self,
        id: RefusedId,
        entry: &Entry,
    ) -> Result<Option<(Refused, Sealed)>, StorageError> {
        let mut transaction = self.write().await?;
        let id = id.as_bytes().as_slice();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, hash, street, member, device, reason, refused_at, bytes, record_key, wrapped, sealed
            FROM refused WHERE id = ?",
            id
        );
        let row = row
            .fetch_optional(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let Some(row) = row else {
            return Ok(None);
        };
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        row.read().map(Some)
    }

    async fn delete_refused(&self, id: RefusedId, entry: &Entry) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        let id = id.as_bytes().as_slice();
        let deleted = sqlx::query!("DELETE FROM refused WHERE id = ?", id);
        let deleted = deleted
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        if deleted.rows_affected() == 0 {
            return Ok(false);
        }
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn forget_refused(&self, before: Timestamp) -> Result<u64, StorageError> {
        let before = before.as_millis();
        let forgotten = sqlx::query!("DELETE FROM refused WHERE refused_at < ?", before);
        Ok(forgotten
            .execute(&self.writer)
            .await
            .map_err(from_sqlx)?
            .rows_affected())
    }
}

struct Row {
    id: Vec<u8>,
    hash: Vec<u8>,
    street: Vec<u8>,
    member: Vec<u8>,
    device: Vec<u8>,
    reason: String,
    refused_at: i64,
    bytes: i64,
    record_key: Vec<u8>,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<(Refused, Sealed), StorageError> {
        let refused = Refused {
            id: id(&self.id)?,
            hash: hash(&self.hash)?,
            street: id(&self.street)?,
            member: id(&self.member)?,
            device: id(&self.device)?,
            reason: self.reason,
            refused_at: Timestamp::from_millis(self.refused_at),
            bytes: number(self.bytes)?,
        };
        let key = Wrapped {
            record_key: id(&self.record_key)?,
            bytes: self.wrapped,
        };
        let sealed = Sealed {
            key,
            sealed: self.sealed,
        };
        Ok((refused, sealed))
    }
}

/// All of it, for backups.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
) -> Result<Vec<(Refused, Vec<RequestId>, Sealed)>, StorageError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, hash, street, member, device, reason, refused_at, bytes, record_key, wrapped, sealed
        FROM refused ORDER BY refused_at, id"
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let key = row.id.as_slice();
        let requests = sqlx::query_scalar!(
            "SELECT request FROM refused_request WHERE refused = ? ORDER BY request",
            key
        );
        let requests = requests
            .fetch_all(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        let requests = requests
            .iter()
            .map(|request| id(request))
            .collect::<Result<_, _>>()?;
        let (refused, sealed) = row.read()?;
        all.push((refused, requests, sealed));
    }
    Ok(all)
}

pub(crate) async fn put_refused(
    connection: &mut SqliteConnection,
    refused: &Refused,
    requests: &[RequestId],
    sealed: &Sealed,
) -> Result<(), StorageError> {
    let (id, hash) = (refused.id.as_bytes().as_slice(), refused.hash.as_slice());
    let (street, member, device) = (
        refused.street.as_bytes().as_slice(),
        refused.member.as_bytes().as_slice(),
        refused.device.as_bytes().as_slice(),
    );
    let (reason, refused_at) = (refused.reason.as_str(), refused.refused_at.as_millis());
    let bytes = i64::from(refused.bytes);
    let record_key = sealed.key.record_key.as_bytes().as_slice();
    let (wrapped, sealed) = (sealed.key.bytes.as_slice(), sealed.sealed.as_slice());
    sqlx::query!(
        "INSERT INTO refused
            (id, hash, street, member, device, reason, refused_at, bytes, record_key, wrapped, sealed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        hash,
        street,
        member,
        device,
        reason,
        refused_at,
        bytes,
        record_key,
        wrapped,
        sealed
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for request in requests {
        let request = request.as_bytes().as_slice();
        sqlx::query!(
            "INSERT INTO refused_request (refused, request) VALUES (?, ?)",
            id,
            request
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
