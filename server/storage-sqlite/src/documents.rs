//! Documents and their logs.

mod alarms;
mod group;
mod row;
mod write;

use async_trait::async_trait;
use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Append, Change, DocumentPosition, Documents, Rotation, Snapshot, StorageError, StoredDocument,
};

use crate::SqliteStorage;
use crate::error::from_sqlx;
use crate::notices::{Acted, act, add_causes};
use group::Group;
use kruispunt_storage::convert::column;
use row::{changes_since, position};
pub(crate) use row::{positions, stored};
use write::{bind_actors, rotate, write_changes};

impl SqliteStorage {
    /// One transaction for all of them as well, with a statement for every row.
    async fn append_one_by_one(&self, appends: &[Append]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for append in appends {
            write_changes(&mut transaction, append).await?;
            bind_actors(&mut transaction, append).await?;
            add_causes(&mut transaction, &append.causes).await?;
        }
        let acted = Acted::of(appends);
        if !acted.is_empty() {
            act(&mut transaction, &acted).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }
}

#[async_trait]
impl Documents for SqliteStorage {
    async fn positions(&self) -> Result<Vec<DocumentPosition>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        positions(&mut connection).await
    }

    async fn append(&self, appends: &[Append]) -> Result<(), StorageError> {
        let Some(group) = Group::of(appends)? else {
            return self.append_one_by_one(appends).await;
        };
        let mut connection = self.writer.acquire().await.map_err(from_sqlx)?;
        let writing = async move {
            let written = group.write(&mut connection).await;
            if written.is_err() {
                // There is nothing to undo when it had not begun.
                let _ = sqlx::query!("ROLLBACK").execute(&mut *connection).await;
            }
            written
        };
        // A task of its own, so that nobody who stops waiting leaves a transaction open.
        let written = tokio::spawn(writing).await;
        match written.map_err(|error| StorageError::Unavailable(error.into()))? {
            // Which of them does not fit, and why, only shows one by one.
            Err(StorageError::Conflict(_) | StorageError::NotFound(_)) => {
                self.append_one_by_one(appends).await
            }
            written => written,
        }
    }

    async fn load(&self, document: DocumentId) -> Result<Option<StoredDocument>, StorageError> {
        // One transaction, so that position, snapshot and tail belong together.
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
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
        let (document, bytes) = (document.as_bytes().as_slice(), snapshot.bytes.as_ref());
        let (epoch, seq) = (snapshot.epoch, column(snapshot.seq)?);
        sqlx::query!(
            "INSERT INTO snapshot (document, epoch, seq, bytes) VALUES (?, ?, ?, ?)
            ON CONFLICT (document) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, bytes = excluded.bytes
            WHERE (excluded.epoch, excluded.seq) > (snapshot.epoch, snapshot.seq)",
            document,
            epoch,
            seq,
            bytes
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
        rotate(&mut transaction, rotation).await?;
        transaction.commit().await.map_err(from_sqlx)
    }
}
