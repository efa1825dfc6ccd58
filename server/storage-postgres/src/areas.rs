//! Places.

use async_trait::async_trait;
use kruispunt_core::model::{Area, AreaKind, Word as _};
use kruispunt_storage::convert::{id, optional_id, word};
use kruispunt_storage::{Areas, DocumentKind, Imported, NewArea, StorageError, plan};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::error::from_sqlx;
use crate::watch::{notice, tell};

#[async_trait]
impl Areas for PgStorage {
    async fn import_areas(&self, areas: &[NewArea]) -> Result<Imported, StorageError> {
        let mut transaction = self.write().await?;
        // Two imports at a time would compare themselves with what the other is about to change.
        sqlx::query!("LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let stored = stored(&mut transaction).await?;
        let plan = plan(&stored, areas)?;
        add(&mut transaction, &plan.new).await?;
        for (area, parent) in &plan.set {
            sqlx::query!(
                "UPDATE area SET name = $1, parent = $2 WHERE code = $3",
                area.name,
                parent.as_ref().map(|id| id.as_bytes().as_slice()),
                area.code
            )
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        }
        if !plan.set.is_empty() {
            tell(&mut transaction, &notice::anything(&self.instance)).await?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(plan.imported)
    }

    async fn areas(&self) -> Result<Vec<Area>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        stored(&mut connection).await
    }
}

pub(crate) async fn stored(connection: &mut PgConnection) -> Result<Vec<Area>, StorageError> {
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

/// Adds areas without their parents, and the boards of streets.
async fn add(connection: &mut PgConnection, areas: &[&NewArea]) -> Result<(), StorageError> {
    let ids: Vec<_> = areas
        .iter()
        .map(|area| area.id.as_bytes().as_slice())
        .collect();
    let codes: Vec<_> = areas.iter().map(|area| area.code.as_str()).collect();
    let names: Vec<_> = areas.iter().map(|area| area.name.as_str()).collect();
    let kinds: Vec<_> = areas.iter().map(|area| area.kind.key()).collect();
    sqlx::query!(
        "INSERT INTO area (id, code, name, kind) SELECT * FROM UNNEST($1::bytea[], $2::text[], $3::text[], $4::text[])",
        &ids as _,
        &codes as _,
        &names as _,
        &kinds as _
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let streets = || areas.iter().filter(|area| area.is_street());
    let documents: Vec<_> = streets()
        .map(|area| area.document.as_bytes().as_slice())
        .collect();
    let ids: Vec<_> = streets()
        .map(|area| area.id.as_bytes().as_slice())
        .collect();
    sqlx::query!(
        "INSERT INTO document (id, area, kind) SELECT id, area, $3 FROM UNNEST($1::bytea[], $2::bytea[]) AS new (id, area)",
        &documents as _,
        &ids as _,
        DocumentKind::Street.key()
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}
