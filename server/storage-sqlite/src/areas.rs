//! Places.

use async_trait::async_trait;
use kruispunt_core::model::{Area, AreaKind, Word as _};
use kruispunt_storage::convert::{id, optional_id, word};
use kruispunt_storage::{Areas, DocumentKind, Imported, NewArea, StorageError, plan};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::error::from_sqlx;

#[async_trait]
impl Areas for SqliteStorage {
    async fn import_areas(&self, areas: &[NewArea]) -> Result<Imported, StorageError> {
        let mut transaction = self.write().await?;
        let stored = stored(&mut transaction).await?;
        let plan = plan(&stored, areas)?;
        for area in plan.new {
            add(&mut transaction, area).await?;
        }
        for (area, parent) in plan.set {
            let parent = parent.as_ref().map(|id| id.as_bytes().as_slice());
            sqlx::query!(
                "UPDATE area SET name = ?, parent = ? WHERE code = ?",
                area.name,
                parent,
                area.code
            )
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(plan.imported)
    }

    async fn areas(&self) -> Result<Vec<Area>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        stored(&mut connection).await
    }
}

pub(crate) async fn stored(connection: &mut SqliteConnection) -> Result<Vec<Area>, StorageError> {
    let rows = sqlx::query!("SELECT id, code, name, kind, parent FROM area ORDER BY code");
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let mut areas = Vec::with_capacity(rows.len());
    for row in rows {
        areas.push(Area {
            id: id(&row.id)?,
            code: row.code,
            name: row.name,
            kind: word::<AreaKind>(&row.kind)?,
            parent: optional_id(row.parent.as_deref())?,
        });
    }
    Ok(areas)
}

async fn add(connection: &mut SqliteConnection, area: &NewArea) -> Result<(), StorageError> {
    let (id, kind) = (area.id.as_bytes().as_slice(), area.kind.key());
    sqlx::query!(
        "INSERT INTO area (id, code, name, kind) VALUES (?, ?, ?, ?)",
        id,
        area.code,
        area.name,
        kind
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    if area.is_street() {
        let document = area.document.as_bytes().as_slice();
        let kind = DocumentKind::Street.key();
        sqlx::query!(
            "INSERT INTO document (id, kind, area) VALUES (?, ?, ?)",
            document,
            kind,
            id
        )
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
