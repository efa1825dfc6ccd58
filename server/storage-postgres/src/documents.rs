//! Documents and their logs.

mod alarms;
mod batch;
mod row;
mod write;

use async_trait::async_trait;
use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::column;
use kruispunt_storage::{
    Append, Change, DocumentPosition, Documents, Rotation, Snapshot, StorageError, StoredDocument,
};

use crate::PgStorage;
use crate::error::from_sqlx;
use batch::Batch;
use row::{changes_since, position};
pub(crate) use row::{positions, stored};
use write::{append, rotate};

/// How often to try again when this database broke off a write to let another one pass.
const ATTEMPTS: u32 = 3;

#[async_trait]
impl Documents for PgStorage {
    async fn positions(&self) -> Result<Vec<DocumentPosition>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        positions(&mut connection).await
    }

    async fn append(&self, appends: &[Append]) -> Result<(), StorageError> {
        let batch = Batch::new(appends)?;
        for _ in 1..ATTEMPTS {
            match append(self, &batch).await {
                Err(StorageError::Busy(error)) => {
                    tracing::debug!(%error, "writing once more");
                }
                result => return result,
            }
        }
        append(self, &batch).await
    }

    async fn load(&self, document: DocumentId) -> Result<Option<StoredDocument>, StorageError> {
        // One transaction, so that position, snapshot and tail belong together.
        let mut transaction = self.read().await?;
        stored(&mut transaction, document).await
    }

    async fn changes_since(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
    ) -> Result<Vec<Change>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        changes_since(&mut connection, document, epoch, seq).await
    }

    async fn put_snapshot(
        &self,
        document: DocumentId,
        snapshot: &Snapshot,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        let Some(position) = position(&mut transaction, document).await? else {
            return Err(StorageError::NotFound(format!("document {document}")));
        };
        if (snapshot.epoch, snapshot.seq) > (position.epoch, position.seq) {
            return Err(StorageError::Conflict(format!(
                "a snapshot of {document} is ahead of its log"
            )));
        }
        sqlx::query!(
            "INSERT INTO snapshot (document, epoch, seq, bytes) VALUES ($1, $2, $3, $4)
            ON CONFLICT (document) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, bytes = excluded.bytes
            WHERE (excluded.epoch, excluded.seq) > (snapshot.epoch, snapshot.seq)",
            document.as_bytes().as_slice(),
            i64::from(snapshot.epoch),
            column(snapshot.seq)?,
            snapshot.bytes.as_ref()
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<DocumentId>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        alarms::due(&mut connection, now, most).await
    }

    async fn set_alarm(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
        at: Option<Timestamp>,
    ) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        let is_set = alarms::set(&mut transaction, document, epoch, seq, at).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(is_set)
    }

    async fn look_at_all(&self) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        alarms::sound_all(&mut transaction).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        rotate(&mut transaction, rotation, &self.instance).await?;
        transaction.commit().await.map_err(from_sqlx)
    }
}
