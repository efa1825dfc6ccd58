//! Documents and their logs.

use async_trait::async_trait;
use kruispunt_core::id::DocumentId;
use kruispunt_storage::{
    ActorBinding, Append, Change, DocumentKind, DocumentPosition, Documents, Snapshot,
    StorageError, StoredDocument,
};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::convert::{column, hash, id, number, optional_id};
use crate::error::from_sqlx;

#[async_trait]
impl Documents for SqliteStorage {
    async fn positions(&self) -> Result<Vec<DocumentPosition>, StorageError> {
        let rows = sqlx::query_as!(
            PositionRow,
            r#"SELECT id, kind, area, epoch, COALESCE(
                (SELECT MAX(seq) FROM change WHERE change.document = document.id AND change.epoch = document.epoch), 0
            ) AS "seq!: i64" FROM document"#
        );
        rows.fetch_all(&self.readers)
            .await
            .map_err(from_sqlx)?
            .into_iter()
            .map(DocumentPosition::try_from)
            .collect()
    }

    async fn append(&self, appends: &[Append]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for append in appends {
            write_changes(&mut transaction, append).await?;
            bind_actors(&mut transaction, append).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn load(&self, document: DocumentId) -> Result<Option<StoredDocument>, StorageError> {
        // One transaction, so that position, snapshot and tail belong together.
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        let Some(position) = position(&mut transaction, document).await? else {
            return Ok(None);
        };
        let snapshot = snapshot(&mut transaction, document, position.epoch).await?;
        let from = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let tail = changes_since(&mut transaction, document, position.epoch, from).await?;
        let key = document.as_bytes().as_slice();
        let rows = sqlx::query!("SELECT actor, device FROM actor WHERE document = ?", key);
        let rows = rows.fetch_all(&mut *transaction).await.map_err(from_sqlx)?;
        let mut actors = Vec::with_capacity(rows.len());
        for row in rows {
            actors.push(ActorBinding {
                actor: row.actor,
                device: optional_id(row.device.as_deref())?,
            });
        }
        Ok(Some(StoredDocument {
            position,
            snapshot,
            tail,
            actors,
        }))
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
}

struct PositionRow {
    id: Vec<u8>,
    kind: String,
    area: Vec<u8>,
    epoch: i64,
    seq: i64,
}

impl TryFrom<PositionRow> for DocumentPosition {
    type Error = StorageError;

    fn try_from(row: PositionRow) -> Result<Self, StorageError> {
        let kind = DocumentKind::from_key(&row.kind).ok_or_else(|| {
            StorageError::Corrupt(format!("the kind of document {:?} is unknown", row.kind))
        })?;
        Ok(Self {
            document: id(&row.id)?,
            kind,
            area: id(&row.area)?,
            epoch: number(row.epoch)?,
            seq: number(row.seq)?,
        })
    }
}

async fn position(
    connection: &mut SqliteConnection,
    document: DocumentId,
) -> Result<Option<DocumentPosition>, StorageError> {
    let document = document.as_bytes().as_slice();
    let row = sqlx::query_as!(
        PositionRow,
        r#"SELECT id, kind, area, epoch, COALESCE(
            (SELECT MAX(seq) FROM change WHERE change.document = document.id AND change.epoch = document.epoch), 0
        ) AS "seq!: i64" FROM document WHERE id = ?"#,
        document
    );
    row.fetch_optional(connection)
        .await
        .map_err(from_sqlx)?
        .map(DocumentPosition::try_from)
        .transpose()
}

async fn write_changes(
    connection: &mut SqliteConnection,
    append: &Append,
) -> Result<(), StorageError> {
    let Some(position) = position(connection, append.document).await? else {
        return Err(StorageError::NotFound(format!(
            "document {}",
            append.document
        )));
    };
    if (append.epoch, append.first_seq) != (position.epoch, position.seq + 1) {
        return Err(StorageError::Conflict(format!(
            "document {} is at {}/{}, not before {}/{}",
            append.document, position.epoch, position.seq, append.epoch, append.first_seq
        )));
    }
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

async fn bind_actors(
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

async fn changes_since(
    connection: &mut SqliteConnection,
    document: DocumentId,
    epoch: u32,
    seq: u64,
) -> Result<Vec<Change>, StorageError> {
    let (document, seq) = (document.as_bytes().as_slice(), column(seq)?);
    let rows = sqlx::query!(
        "SELECT seq, hash, bytes, member FROM change WHERE document = ? AND epoch = ? AND seq > ? ORDER BY seq",
        document,
        epoch,
        seq
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        changes.push(Change {
            seq: number(row.seq)?,
            hash: hash(&row.hash)?,
            bytes: row.bytes.into(),
            member: optional_id(row.member.as_deref())?,
        });
    }
    Ok(changes)
}

async fn snapshot(
    connection: &mut SqliteConnection,
    document: DocumentId,
    epoch: u32,
) -> Result<Option<Snapshot>, StorageError> {
    let document = document.as_bytes().as_slice();
    let row = sqlx::query!(
        "SELECT seq, bytes FROM snapshot WHERE document = ? AND epoch = ?",
        document,
        epoch
    );
    let Some(row) = row.fetch_optional(connection).await.map_err(from_sqlx)? else {
        return Ok(None);
    };
    Ok(Some(Snapshot {
        epoch,
        seq: number(row.seq)?,
        bytes: row.bytes.into(),
    }))
}
