//! What was done.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, optional_id, subject};
use kruispunt_storage::{Asked, Audit, Entry, StorageError};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::error::from_sqlx;

#[async_trait]
impl Audit for SqliteStorage {
    async fn record(&self, entry: &Entry) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn entries(&self, asked: Asked<'_>) -> Result<Vec<Entry>, StorageError> {
        // A list of blobs has no form of its own here: hexadecimal digits in an array of JSON.
        let areas = asked.areas.map(|areas| {
            let digits = areas.iter().map(|area| format!("\"{}\"", hex(area)));
            format!("[{}]", digits.collect::<Vec<_>>().join(","))
        });
        let about = asked.about.as_ref().map(<[u8; 16]>::as_slice);
        let before = asked.before.as_ref().map(|id| id.as_bytes().as_slice());
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, at, member, device, area, deed, subject, detail FROM audit
            WHERE (?1 IS NULL OR hex(area) IN (SELECT value FROM json_each(?1)))
                AND (?2 IS NULL OR member = ?2 OR subject = ?2)
                AND (?3 IS NULL OR (at, id) < (SELECT at, id FROM audit WHERE id = ?3))
            ORDER BY at DESC, id DESC
            LIMIT ?4",
            areas,
            about,
            before,
            asked.limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(from_sqlx)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn forget_entries(&self, before: Timestamp) -> Result<u64, StorageError> {
        let before = before.as_millis();
        let forgotten = sqlx::query!("DELETE FROM audit WHERE at < ?", before);
        Ok(forgotten
            .execute(&self.writer)
            .await
            .map_err(from_sqlx)?
            .rows_affected())
    }
}

fn hex(area: &AreaId) -> String {
    use std::fmt::Write as _;
    let mut digits = String::with_capacity(32);
    for byte in area.as_bytes() {
        // Writing into a text does not fail.
        let _ = write!(digits, "{byte:02X}");
    }
    digits
}

struct Row {
    id: Vec<u8>,
    at: i64,
    member: Option<Vec<u8>>,
    device: Option<Vec<u8>>,
    area: Option<Vec<u8>>,
    deed: String,
    subject: Option<Vec<u8>>,
    detail: Option<String>,
}

impl Row {
    fn read(self) -> Result<Entry, StorageError> {
        Ok(Entry {
            id: id(&self.id)?,
            at: Timestamp::from_millis(self.at),
            member: optional_id::<MemberId>(self.member.as_deref())?,
            device: optional_id::<DeviceId>(self.device.as_deref())?,
            area: optional_id::<AreaId>(self.area.as_deref())?,
            deed: self.deed,
            subject: subject(self.subject.as_deref())?,
            detail: self.detail,
        })
    }
}

/// Everything that was done, the oldest first.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Entry>, StorageError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, at, member, device, area, deed, subject, detail FROM audit ORDER BY at, id"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes down what was done, together with what it did.
pub(crate) async fn add_entry(
    connection: &mut SqliteConnection,
    entry: &Entry,
) -> Result<(), StorageError> {
    let (id, at) = (entry.id.as_bytes().as_slice(), entry.at.as_millis());
    let member = entry.member.as_ref().map(|id| id.as_bytes().as_slice());
    let device = entry.device.as_ref().map(|id| id.as_bytes().as_slice());
    let area = entry.area.as_ref().map(|id| id.as_bytes().as_slice());
    let subject = entry.subject.as_ref().map(<[u8; 16]>::as_slice);
    let (deed, detail) = (entry.deed.as_str(), entry.detail.as_deref());
    let add = sqlx::query!(
        "INSERT INTO audit (id, at, member, device, area, deed, subject, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        at,
        member,
        device,
        area,
        deed,
        subject,
        detail
    );
    add.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The same for what may be told twice: the second time changes nothing.
pub(crate) async fn add_late(
    connection: &mut SqliteConnection,
    entry: &Entry,
) -> Result<(), StorageError> {
    let (id, at) = (entry.id.as_bytes().as_slice(), entry.at.as_millis());
    let member = entry.member.as_ref().map(|id| id.as_bytes().as_slice());
    let device = entry.device.as_ref().map(|id| id.as_bytes().as_slice());
    let area = entry.area.as_ref().map(|id| id.as_bytes().as_slice());
    let subject = entry.subject.as_ref().map(<[u8; 16]>::as_slice);
    let (deed, detail) = (entry.deed.as_str(), entry.detail.as_deref());
    let add = sqlx::query!(
        "INSERT INTO audit (id, at, member, device, area, deed, subject, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        id,
        at,
        member,
        device,
        area,
        deed,
        subject,
        detail
    );
    add.execute(connection).await.map(drop).map_err(from_sqlx)
}
