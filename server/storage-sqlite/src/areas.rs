//! Places.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kruispunt_core::id::AreaId;
use kruispunt_core::model::{Area, AreaKind, Word as _};
use kruispunt_storage::{Areas, DocumentKind, Imported, NewArea, StorageError};

use crate::SqliteStorage;
use crate::convert::{id, optional_id, word};
use crate::error::from_sqlx;

#[async_trait]
impl Areas for SqliteStorage {
    async fn import_areas(&self, areas: &[NewArea]) -> Result<Imported, StorageError> {
        let mut transaction = self.write().await?;
        let known = sqlx::query!("SELECT id, code, name, kind, parent FROM area");
        let known = known
            .fetch_all(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let known: BTreeMap<_, _> = known
            .into_iter()
            .map(|row| (row.code.clone(), row))
            .collect();
        let mut ids = BTreeMap::new();
        for (code, row) in &known {
            ids.insert(code.as_str(), id::<AreaId>(&row.id)?);
        }
        for area in areas {
            ids.entry(&area.code).or_insert(area.id);
        }

        let mut imported = Imported::default();
        for area in areas.iter().filter(|area| !known.contains_key(&area.code)) {
            let (id, kind) = (area.id.as_bytes().as_slice(), area.kind.key());
            // Its parent may come later in the list, so that is filled in below.
            sqlx::query!(
                "INSERT INTO area (id, code, name, kind) VALUES (?, ?, ?, ?)",
                id,
                area.code,
                area.name,
                kind
            )
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
            if area.kind == AreaKind::Street {
                let (document, kind) = (
                    area.document.as_bytes().as_slice(),
                    DocumentKind::Street.key(),
                );
                sqlx::query!(
                    "INSERT INTO document (id, kind, area) VALUES (?, ?, ?)",
                    document,
                    kind,
                    id
                )
                .execute(&mut *transaction)
                .await
                .map_err(from_sqlx)?;
            }
            imported.added += 1;
        }
        for area in areas {
            let parent = match &area.parent {
                None => None,
                Some(code) => {
                    let parent = ids.get(code.as_str());
                    Some(
                        parent
                            .ok_or_else(|| StorageError::NotFound(format!("area {code}")))?
                            .as_bytes()
                            .to_vec(),
                    )
                }
            };
            if let Some(row) = known.get(&area.code) {
                if row.kind != area.kind.key() {
                    let was = &row.kind;
                    return Err(StorageError::Conflict(format!(
                        "area {} is and stays a {was}",
                        area.code
                    )));
                }
                if row.name == area.name && row.parent == parent {
                    imported.unchanged += 1;
                    continue;
                }
                imported.changed += 1;
            }
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
        Ok(imported)
    }

    async fn areas(&self) -> Result<Vec<Area>, StorageError> {
        let rows = sqlx::query!("SELECT id, code, name, kind, parent FROM area ORDER BY code");
        let mut areas = Vec::new();
        for row in rows.fetch_all(&self.readers).await.map_err(from_sqlx)? {
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
}
