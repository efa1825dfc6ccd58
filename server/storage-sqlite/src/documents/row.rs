//! Reading a document's rows.

use kruispunt_core::id::DocumentId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    ActorBinding, Change, DocumentKind, DocumentPosition, Snapshot, StorageError, StoredDocument,
};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use kruispunt_storage::convert::{column, hash, id, number, optional_id};

struct PositionRow {
    id: Vec<u8>,
    kind: String,
    area: Vec<u8>,
    epoch: i64,
    seq: i64,
    began_at: i64,
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
            began_at: Timestamp::from_millis(row.began_at),
        })
    }
}

pub(crate) async fn positions(
    connection: &mut SqliteConnection,
) -> Result<Vec<DocumentPosition>, StorageError> {
    let rows = sqlx::query_as!(
        PositionRow,
        "SELECT id, kind, area, epoch, seq, began_at FROM document"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(DocumentPosition::try_from).collect()
}

/// A document from its newest snapshot. Only in one transaction do position, snapshot and tail belong together.
pub(crate) async fn stored(
    connection: &mut SqliteConnection,
    document: DocumentId,
) -> Result<Option<StoredDocument>, StorageError> {
    let Some(position) = position(connection, document).await? else {
        return Ok(None);
    };
    let snapshot = snapshot(connection, document, position.epoch).await?;
    let from = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
    let tail = changes_since(connection, document, position.epoch, from).await?;
    let key = document.as_bytes().as_slice();
    let rows = sqlx::query!("SELECT actor, device FROM actor WHERE document = ?", key);
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
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

pub(super) async fn position(
    connection: &mut SqliteConnection,
    document: DocumentId,
) -> Result<Option<DocumentPosition>, StorageError> {
    let document = document.as_bytes().as_slice();
    let row = sqlx::query_as!(
        PositionRow,
        "SELECT id, kind, area, epoch, seq, began_at FROM document WHERE id = ?",
        document
    );
    row.fetch_optional(connection)
        .await
        .map_err(from_sqlx)?
        .map(DocumentPosition::try_from)
        .transpose()
}

pub(super) async fn changes_since(
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
