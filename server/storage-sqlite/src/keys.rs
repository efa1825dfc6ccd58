//! Record keys, and what is wrapped by them.

use async_trait::async_trait;
use kruispunt_core::id::RecordKeyId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number};
use kruispunt_storage::{KeyOf, KnownKey, RecordKeys, Rewrap, StorageError, Wrapped};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::error::from_sqlx;

#[async_trait]
impl RecordKeys for SqliteStorage {
    async fn record_keys(&self) -> Result<Vec<KnownKey>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        record_keys(&mut connection).await
    }

    async fn know_record_keys(
        &self,
        keys: &[RecordKeyId],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for &key in keys {
            know(&mut transaction, key, now).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn wrapped_by_others(
        &self,
        than: RecordKeyId,
        limit: u32,
    ) -> Result<Vec<(KeyOf, Wrapped)>, StorageError> {
        let than = than.as_bytes().as_slice();
        let rows = sqlx::query!(
            r#"SELECT 'card' AS "kind!", street AS "street?", request AS "request?", NULL AS "id?: Vec<u8>",
                record_key AS "record_key!", wrapped AS "wrapped!"
            FROM card_key WHERE record_key <> ?1
            UNION ALL
            SELECT 'note', street, request, id, record_key, wrapped FROM note WHERE record_key <> ?1
            UNION ALL
            SELECT 'refused', NULL, NULL, id, record_key, wrapped FROM refused WHERE record_key <> ?1
            UNION ALL
            SELECT 'intake', NULL, NULL, id, record_key, wrapped FROM intake WHERE record_key <> ?1
            LIMIT ?2"#,
            than,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(from_sqlx)?;
        let wrapped = rows.into_iter().map(|row| {
            let wrapped = Wrapped {
                record_key: id(&row.record_key)?,
                bytes: row.wrapped,
            };
            let of = match (row.kind.as_str(), row.street.zip(row.request), row.id) {
                ("card", Some((street, request)), None) => KeyOf::Card(id(&street)?, id(&request)?),
                ("note", Some((street, request)), Some(note)) => {
                    KeyOf::Note(id(&street)?, id(&request)?, id(&note)?)
                }
                ("refused", None, Some(refused)) => KeyOf::Refused(id(&refused)?),
                ("intake", None, Some(intake)) => KeyOf::Intake(id(&intake)?),
                (kind, ..) => {
                    return Err(StorageError::Corrupt(format!(
                        "a key is the key of a {kind:?}"
                    )));
                }
            };
            Ok((of, wrapped))
        });
        wrapped.collect()
    }

    async fn rewrap(&self, keys: &[Rewrap]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for Rewrap { of, from, to } in keys {
            let record_key = to.record_key.as_bytes().as_slice();
            let (before, after) = (from.bytes.as_slice(), to.bytes.as_slice());
            let update = match of {
                KeyOf::Card(street, request) => {
                    let (street, request) =
                        (street.as_bytes().as_slice(), request.as_bytes().as_slice());
                    let update = sqlx::query!(
                        "UPDATE card_key SET record_key = ?, wrapped = ?
                        WHERE street = ? AND request = ? AND wrapped = ?",
                        record_key,
                        after,
                        street,
                        request,
                        before
                    );
                    update.execute(&mut *transaction).await
                }
                KeyOf::Note(street, request, note) => {
                    let (street, request) =
                        (street.as_bytes().as_slice(), request.as_bytes().as_slice());
                    let note = note.as_bytes().as_slice();
                    let update = sqlx::query!(
                        "UPDATE note SET record_key = ?, wrapped = ?
                        WHERE street = ? AND request = ? AND id = ? AND wrapped = ?",
                        record_key,
                        after,
                        street,
                        request,
                        note,
                        before
                    );
                    update.execute(&mut *transaction).await
                }
                KeyOf::Refused(refused) => {
                    let refused = refused.as_bytes().as_slice();
                    let update = sqlx::query!(
                        "UPDATE refused SET record_key = ?, wrapped = ? WHERE id = ? AND wrapped = ?",
                        record_key,
                        after,
                        refused,
                        before
                    );
                    update.execute(&mut *transaction).await
                }
                KeyOf::Intake(intake) => {
                    let intake = intake.as_bytes().as_slice();
                    let update = sqlx::query!(
                        "UPDATE intake SET record_key = ?, wrapped = ? WHERE id = ? AND wrapped = ?",
                        record_key,
                        after,
                        intake,
                        before
                    );
                    update.execute(&mut *transaction).await
                }
            };
            update.map_err(from_sqlx)?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn retire_record_key(&self, key: RecordKeyId) -> Result<(), StorageError> {
        let key = key.as_bytes().as_slice();
        sqlx::query!("DELETE FROM record_key WHERE id = ?", key)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }
}

pub(crate) async fn record_keys(
    connection: &mut SqliteConnection,
) -> Result<Vec<KnownKey>, StorageError> {
    let rows = sqlx::query!(
        r#"SELECT id, known_at,
            (SELECT COUNT(*) FROM card_key WHERE record_key = record_key.id)
            + (SELECT COUNT(*) FROM note WHERE record_key = record_key.id)
            + (SELECT COUNT(*) FROM refused WHERE record_key = record_key.id)
            + (SELECT COUNT(*) FROM intake WHERE record_key = record_key.id) AS "wraps!: i64"
        FROM record_key ORDER BY known_at, id"#
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let keys = rows.into_iter().map(|row| {
        Ok(KnownKey {
            id: id(&row.id)?,
            known_at: Timestamp::from_millis(row.known_at),
            wraps: number(row.wraps)?,
        })
    });
    keys.collect()
}

pub(crate) async fn know(
    connection: &mut SqliteConnection,
    key: RecordKeyId,
    now: Timestamp,
) -> Result<(), StorageError> {
    let (key, now) = (key.as_bytes().as_slice(), now.as_millis());
    sqlx::query!(
        "INSERT INTO record_key (id, known_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
        key,
        now
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}
