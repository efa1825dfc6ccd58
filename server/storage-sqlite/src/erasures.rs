//! Erasure and retention.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, ErasureId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id};
use kruispunt_storage::{Entry, Erasure, Erasures, Retention, StorageError, Subject};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::audit::add_entry;
use crate::error::from_sqlx;

/// How an erased case is told from an erased member.
mod kind {
    pub(super) const CASE: &str = "case";
    pub(super) const MEMBER: &str = "member";
}

#[async_trait]
impl Erasures for SqliteStorage {
    async fn erase(&self, erasure: &Erasure, entry: &Entry) -> Result<ErasureId, StorageError> {
        let mut transaction = self.write().await?;
        let begun = begun(&mut transaction, erasure.subject).await?;
        if begun.is_none() {
            put_erasure(&mut transaction, erasure).await?;
            add_entry(&mut transaction, entry).await?;
        }
        match erasure.subject {
            Subject::Case { street, request } => {
                delete_case(&mut transaction, street, request).await?;
            }
            Subject::Member(member) => {
                delete_member(&mut transaction, member, erasure.asked_at).await?;
            }
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(begun.unwrap_or(erasure.id))
    }

    async fn finish_erasure(&self, id: ErasureId, now: Timestamp) -> Result<(), StorageError> {
        let (id, now) = (id.as_bytes().as_slice(), now.as_millis());
        sqlx::query!(
            "UPDATE erasure SET done_at = ? WHERE id = ? AND done_at IS NULL",
            now,
            id
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn erasures(&self) -> Result<Vec<Erasure>, StorageError> {
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        erasures(&mut transaction).await
    }

    async fn erasures_for(&self, device: DeviceId) -> Result<Vec<Erasure>, StorageError> {
        let mut all = self.erasures().await?;
        all.retain(|erasure| erasure.waits.contains(&device));
        Ok(all)
    }

    async fn confirm_erasure(
        &self,
        id: ErasureId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let (id, device) = (id.as_bytes().as_slice(), device.as_bytes().as_slice());
        let now = now.as_millis();
        sqlx::query!(
            "UPDATE erasure_device SET confirmed_at = ?
            WHERE erasure = ? AND device = ? AND confirmed_at IS NULL",
            now,
            id,
            device
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn retention(&self) -> Result<Retention, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        retention(&mut connection).await
    }

    async fn set_retention(&self, retention: Retention, entry: &Entry) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        put_retention(&mut transaction, retention).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn takes_turn(
        &self,
        work: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError> {
        let (now, until) = (now.as_millis(), until.as_millis());
        let taken = sqlx::query!(
            "INSERT INTO turn (work, until) VALUES (?, ?)
            ON CONFLICT (work) DO UPDATE SET until = excluded.until WHERE turn.until <= ?",
            work,
            until,
            now
        );
        let taken = taken.execute(&self.writer).await.map_err(from_sqlx)?;
        Ok(taken.rows_affected() > 0)
    }

    async fn scrub(&self) -> Result<(), StorageError> {
        // Deleted rows are overwritten in the file (secure_delete); what is left is in the write-ahead log.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }
}

/// An erasure of the same that was begun before.
async fn begun(
    connection: &mut SqliteConnection,
    subject: Subject,
) -> Result<Option<ErasureId>, StorageError> {
    let (kind, subject, area) = columns(&subject);
    let begun = sqlx::query_scalar!(
        "SELECT id FROM erasure WHERE kind = ? AND subject = ? AND area IS ?",
        kind,
        subject,
        area
    );
    let begun = begun.fetch_optional(connection).await.map_err(from_sqlx)?;
    begun.as_deref().map(id).transpose()
}

fn columns(subject: &Subject) -> (&'static str, &[u8], Option<&[u8]>) {
    match subject {
        Subject::Case { street, request } => {
            (kind::CASE, request.as_bytes(), Some(street.as_bytes()))
        }
        Subject::Member(member) => (kind::MEMBER, member.as_bytes(), None),
    }
}

/// Writes down that something is erased, and who is to be asked.
pub(crate) async fn put_erasure(
    connection: &mut SqliteConnection,
    erasure: &Erasure,
) -> Result<(), StorageError> {
    let (kind, subject, area) = columns(&erasure.subject);
    let erased = erasure.id.as_bytes().as_slice();
    let member = erasure.member.as_ref().map(|id| id.as_bytes().as_slice());
    let asked_at = erasure.asked_at.as_millis();
    let done_at = erasure.done_at.map(Timestamp::as_millis);
    sqlx::query!(
        "INSERT INTO erasure (id, kind, subject, area, member, asked_at, done_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        erased,
        kind,
        subject,
        area,
        member,
        asked_at,
        done_at
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for device in &erasure.waits {
        let device = device.as_bytes().as_slice();
        sqlx::query!(
            "INSERT INTO erasure_device (erasure, device) VALUES (?, ?)",
            erased,
            device
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}

/// The card, its key, what was said, notes with their keys, what somebody was to hear of it, and refused work about it
/// or about nobody knows what.
async fn delete_case(
    connection: &mut SqliteConnection,
    street: AreaId,
    request: RequestId,
) -> Result<(), StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let deletions = [
        sqlx::query!(
            "DELETE FROM card_key WHERE street = ? AND request = ?",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM card WHERE street = ? AND request = ?",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM consent WHERE street = ? AND request = ?",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM note WHERE street = ? AND request = ?",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM note_seen WHERE street = ? AND request = ?",
            street,
            request
        ),
        // In the order in which one becomes the other, so that nothing comes of it meanwhile.
        sqlx::query!("DELETE FROM notice_cause WHERE request = ?", request),
        sqlx::query!("DELETE FROM notice WHERE subject = ?", request),
        sqlx::query!("DELETE FROM delivery WHERE request = ?", request),
        sqlx::query!(
            "DELETE FROM refused WHERE street = ? AND (
                EXISTS (SELECT 1 FROM refused_request WHERE refused = refused.id AND request = ?)
                OR NOT EXISTS (SELECT 1 FROM refused_request WHERE refused = refused.id)
            )",
            street,
            request
        ),
    ];
    for deletion in deletions {
        deletion
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    }
    Ok(())
}

/// What is known of somebody; their identifier stays where something refers to it.
async fn delete_member(
    connection: &mut SqliteConnection,
    member: MemberId,
    now: Timestamp,
) -> Result<(), StorageError> {
    let (member, now) = (member.as_bytes().as_slice(), now.as_millis());
    let deletions = [
        sqlx::query!("DELETE FROM membership WHERE member = ?", member),
        sqlx::query!(
            "DELETE FROM session WHERE device IN (SELECT id FROM device WHERE member = ?)",
            member
        ),
        sqlx::query!("DELETE FROM invitation WHERE member = ?", member),
        sqlx::query!("DELETE FROM passkey WHERE member = ?", member),
        sqlx::query!("DELETE FROM profile_field WHERE member = ?", member),
        sqlx::query!("DELETE FROM refused WHERE member = ?", member),
        sqlx::query!("DELETE FROM note_seen WHERE member = ?", member),
        sqlx::query!("DELETE FROM notice_cause WHERE member = ?", member),
        // What they did is news to others still.
        sqlx::query!(
            "UPDATE notice_cause SET by_member = NULL WHERE by_member = ?",
            member
        ),
        sqlx::query!("DELETE FROM notice WHERE member = ?", member),
        sqlx::query!("DELETE FROM push_subscription WHERE member = ?", member),
        sqlx::query!("DELETE FROM wishes WHERE member = ?", member),
        sqlx::query!("DELETE FROM mail_address WHERE member = ?", member),
        sqlx::query!(
            "UPDATE device SET sealing_key = NULL WHERE member = ?",
            member
        ),
        sqlx::query!("UPDATE member SET first_name = '' WHERE id = ?", member),
    ];
    for deletion in deletions {
        deletion
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    }
    sqlx::query!(
        "UPDATE device SET revoked_at = ? WHERE member = ? AND revoked_at IS NULL",
        now,
        member
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

pub(crate) async fn erasures(
    connection: &mut SqliteConnection,
) -> Result<Vec<Erasure>, StorageError> {
    let rows = sqlx::query!(
        "SELECT id, kind, subject, area, member, asked_at, done_at FROM erasure ORDER BY asked_at DESC, id DESC"
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    let mut erasures = Vec::with_capacity(rows.len());
    for row in rows {
        let key = row.id.as_slice();
        let waits = sqlx::query_scalar!(
            "SELECT device FROM erasure_device JOIN device ON device.id = device
            WHERE erasure = ? AND confirmed_at IS NULL AND revoked_at IS NULL ORDER BY device",
            key
        );
        let waits = waits.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
        let subject = match (row.kind.as_str(), row.area) {
            (kind::CASE, Some(street)) => Subject::Case {
                street: id(&street)?,
                request: id(&row.subject)?,
            },
            (kind::MEMBER, None) => Subject::Member(id(&row.subject)?),
            (other, _) => {
                return Err(StorageError::Corrupt(format!(
                    "the erasure of a {other:?} is unknown"
                )));
            }
        };
        erasures.push(Erasure {
            id: id(&row.id)?,
            subject,
            member: optional_id(row.member.as_deref())?,
            asked_at: Timestamp::from_millis(row.asked_at),
            done_at: row.done_at.map(Timestamp::from_millis),
            waits: waits
                .iter()
                .map(|device| id(device))
                .collect::<Result<_, _>>()?,
        });
    }
    Ok(erasures)
}

pub(crate) async fn retention(
    connection: &mut SqliteConnection,
) -> Result<Retention, StorageError> {
    let rows = sqlx::query!("SELECT what, days FROM retention");
    let mut retention = Retention::default();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        retention.set(&row.what, number(row.days)?);
    }
    Ok(retention)
}

pub(crate) async fn put_retention(
    connection: &mut SqliteConnection,
    retention: Retention,
) -> Result<(), StorageError> {
    for (what, days) in retention.terms() {
        let days = i64::from(days);
        sqlx::query!(
            "INSERT INTO retention (what, days) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET days = excluded.days",
            what,
            days
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
