//! Erasure and retention.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, ErasureId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id};
use kruispunt_storage::{Entry, Erasure, Erasures, Retention, StorageError, Subject};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::audit::add_entry;
use crate::cases::alone;
use crate::error::from_sqlx;
use crate::watch::{notice, tell};

/// How an erased case is told from an erased member.
mod kind {
    pub(super) const CASE: &str = "case";
    pub(super) const MEMBER: &str = "member";
}

#[async_trait]
impl Erasures for PgStorage {
    async fn erase(&self, erasure: &Erasure, entry: &Entry) -> Result<ErasureId, StorageError> {
        let mut transaction = self.write().await?;
        // Of two who erase the same at a time the second finds what the first began.
        sqlx::query!("LOCK TABLE erasure IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let begun = begun(&mut transaction, erasure.subject).await?;
        if begun.is_none() {
            put_erasure(&mut transaction, erasure).await?;
            add_entry(&mut transaction, entry).await?;
        }
        match erasure.subject {
            Subject::Case { street, request } => {
                alone(&mut transaction, (street, request)).await?;
                delete_case(&mut transaction, street, request).await?;
            }
            Subject::Member(member) => {
                for device in delete_member(&mut transaction, member, erasure.asked_at).await? {
                    tell(&mut transaction, &notice::device(&self.instance, device)).await?;
                }
            }
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(begun.unwrap_or(erasure.id))
    }

    async fn finish_erasure(&self, id: ErasureId, now: Timestamp) -> Result<(), StorageError> {
        let (id, now) = (id.as_bytes().as_slice(), now.as_millis());
        sqlx::query!(
            "UPDATE erasure SET done_at = $1 WHERE id = $2 AND done_at IS NULL",
            now,
            id
        )
        .execute(&self.writers)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn erasures(&self) -> Result<Vec<Erasure>, StorageError> {
        let mut transaction = self.read().await?;
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
            "UPDATE erasure_device SET confirmed_at = $1
            WHERE erasure = $2 AND device = $3 AND confirmed_at IS NULL",
            now,
            id,
            device
        )
        .execute(&self.writers)
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
            "INSERT INTO turn (work, until) VALUES ($1, $2)
            ON CONFLICT (work) DO UPDATE SET until = excluded.until WHERE turn.until <= $3",
            work,
            until,
            now
        );
        let taken = taken.execute(&self.writers).await.map_err(from_sqlx)?;
        Ok(taken.rows_affected() > 0)
    }

    async fn scrub(&self) -> Result<(), StorageError> {
        // The space of deleted rows is given free; it is overwritten when something else needs it.
        sqlx::raw_sql("VACUUM card, card_key, consent, note, note_seen, refused, refused_request, change, actor, snapshot, member, invitation, passkey")
            .execute(&self.writers)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }
}

/// An erasure of the same that was begun before.
async fn begun(
    connection: &mut PgConnection,
    subject: Subject,
) -> Result<Option<ErasureId>, StorageError> {
    let (kind, subject, area) = columns(&subject);
    let begun = sqlx::query_scalar!(
        "SELECT id FROM erasure WHERE kind = $1 AND subject = $2 AND area IS NOT DISTINCT FROM $3",
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
    connection: &mut PgConnection,
    erasure: &Erasure,
) -> Result<(), StorageError> {
    let (kind, subject, area) = columns(&erasure.subject);
    let erased = erasure.id.as_bytes().as_slice();
    let member = erasure.member.as_ref().map(|id| id.as_bytes().as_slice());
    let asked_at = erasure.asked_at.as_millis();
    let done_at = erasure.done_at.map(Timestamp::as_millis);
    sqlx::query!(
        "INSERT INTO erasure (id, kind, subject, area, member, asked_at, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
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
            "INSERT INTO erasure_device (erasure, device) VALUES ($1, $2)",
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
    connection: &mut PgConnection,
    street: AreaId,
    request: RequestId,
) -> Result<(), StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let deletions = [
        sqlx::query!(
            "DELETE FROM card_key WHERE street = $1 AND request = $2",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM card WHERE street = $1 AND request = $2",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM consent WHERE street = $1 AND request = $2",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM note WHERE street = $1 AND request = $2",
            street,
            request
        ),
        sqlx::query!(
            "DELETE FROM note_seen WHERE street = $1 AND request = $2",
            street,
            request
        ),
        // In the order in which one becomes the other, so that nothing comes of it meanwhile.
        sqlx::query!("DELETE FROM notice_cause WHERE request = $1", request),
        sqlx::query!("DELETE FROM notice WHERE subject = $1", request),
        sqlx::query!("DELETE FROM delivery WHERE request = $1", request),
        sqlx::query!(
            "DELETE FROM refused WHERE street = $1 AND (
                EXISTS (SELECT 1 FROM refused_request WHERE refused = refused.id AND request = $2)
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

/// What is known of somebody; their identifier stays where something refers to it. Returns the devices that were in use.
async fn delete_member(
    connection: &mut PgConnection,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<DeviceId>, StorageError> {
    let (member, now) = (member.as_bytes().as_slice(), now.as_millis());
    let deletions = [
        // First, so that whoever writes for them at this moment waits, and finds that they are erased.
        sqlx::query!("UPDATE member SET first_name = '' WHERE id = $1", member),
        sqlx::query!("DELETE FROM membership WHERE member = $1", member),
        sqlx::query!(
            "DELETE FROM session WHERE device IN (SELECT id FROM device WHERE member = $1)",
            member
        ),
        sqlx::query!("DELETE FROM invitation WHERE member = $1", member),
        sqlx::query!("DELETE FROM passkey WHERE member = $1", member),
        sqlx::query!("DELETE FROM profile_field WHERE member = $1", member),
        sqlx::query!("DELETE FROM refused WHERE member = $1", member),
        sqlx::query!("DELETE FROM note_seen WHERE member = $1", member),
        sqlx::query!("DELETE FROM notice_cause WHERE member = $1", member),
        // What they did is news to others still.
        sqlx::query!(
            "UPDATE notice_cause SET by_member = NULL WHERE by_member = $1",
            member
        ),
        sqlx::query!("DELETE FROM notice WHERE member = $1", member),
        sqlx::query!("DELETE FROM push_subscription WHERE member = $1", member),
        sqlx::query!("DELETE FROM wishes WHERE member = $1", member),
        sqlx::query!("DELETE FROM mail_address WHERE member = $1", member),
        sqlx::query!(
            "UPDATE device SET sealing_key = NULL WHERE member = $1",
            member
        ),
    ];
    for deletion in deletions {
        deletion
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    }
    let revoked = sqlx::query_scalar!(
        "UPDATE device SET revoked_at = $1 WHERE member = $2 AND revoked_at IS NULL RETURNING id",
        now,
        member
    );
    let revoked = revoked.fetch_all(connection).await.map_err(from_sqlx)?;
    revoked.iter().map(|device| id(device)).collect()
}

pub(crate) async fn erasures(connection: &mut PgConnection) -> Result<Vec<Erasure>, StorageError> {
    let rows = sqlx::query!(
        "SELECT id, kind, subject, area, member, asked_at, done_at FROM erasure ORDER BY asked_at DESC, id DESC"
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    let mut erasures = Vec::with_capacity(rows.len());
    for row in rows {
        let key = row.id.as_slice();
        let waits = sqlx::query_scalar!(
            "SELECT device FROM erasure_device JOIN device ON device.id = device
            WHERE erasure = $1 AND confirmed_at IS NULL AND revoked_at IS NULL ORDER BY device",
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

pub(crate) async fn retention(connection: &mut PgConnection) -> Result<Retention, StorageError> {
    let rows = sqlx::query!("SELECT what, days FROM retention");
    let mut retention = Retention::default();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        retention.set(&row.what, number(row.days)?);
    }
    Ok(retention)
}

pub(crate) async fn put_retention(
    connection: &mut PgConnection,
    retention: Retention,
) -> Result<(), StorageError> {
    for (what, days) in retention.terms() {
        let days = i64::from(days);
        sqlx::query!(
            "INSERT INTO retention (what, days) VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET days = excluded.days",
            what,
            days
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
