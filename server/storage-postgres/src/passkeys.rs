//! Passkeys and the sessions that were signed with one.

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::id;
use kruispunt_storage::{Hash, Passkey, Passkeys, StorageError, Verified};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::error::from_sqlx;

#[async_trait]
impl Passkeys for PgStorage {
    async fn keep(&self, passkey: &Passkey, by: Verified) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        let kept = put_passkey(&mut transaction, passkey).await?;
        if !kept {
            return Err(StorageError::Conflict(
                "the passkey is another member's".to_owned(),
            ));
        }
        let (session, until) = (by.session.0.as_slice(), by.until.as_millis());
        let verified = sqlx::query!(
            "UPDATE session SET verified_until = $1 WHERE token_hash = $2",
            until,
            session
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
        if verified == 0 {
            return Err(StorageError::NotFound("the session is over".to_owned()));
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn of(&self, member: MemberId) -> Result<Vec<Passkey>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        stored(&mut connection, Some(member)).await
    }

    async fn forget(&self, member: MemberId, one: Option<&[u8]>) -> Result<u64, StorageError> {
        let mut transaction = self.write().await?;
        let member = member.as_bytes().as_slice();
        let forgotten = sqlx::query!(
            "DELETE FROM passkey WHERE member = $1 AND ($2::bytea IS NULL OR id = $2)",
            member,
            one
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
        sqlx::query!(
            "UPDATE session SET verified_until = NULL
            WHERE device IN (SELECT id FROM device WHERE member = $1)",
            member
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(forgotten)
    }

    async fn verified_until(&self, session: Hash) -> Result<Option<Timestamp>, StorageError> {
        let session = session.0.as_slice();
        let until = sqlx::query_scalar!(
            "SELECT verified_until FROM session WHERE token_hash = $1",
            session
        );
        let until = until
            .fetch_optional(&self.readers)
            .await
            .map_err(from_sqlx)?;
        Ok(until.flatten().map(Timestamp::from_millis))
    }
}

/// Writes one; `false` when it is another member's.
pub(crate) async fn put_passkey(
    connection: &mut PgConnection,
    passkey: &Passkey,
) -> Result<bool, StorageError> {
    let (id, member) = (passkey.id.as_slice(), passkey.member.as_bytes().as_slice());
    let (created_at, used_at) = (passkey.created_at.as_millis(), passkey.used_at.as_millis());
    let put = sqlx::query!(
        "INSERT INTO passkey (id, member, credential, created_at, used_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET credential = excluded.credential, used_at = excluded.used_at
        WHERE passkey.member = excluded.member",
        id,
        member,
        passkey.credential,
        created_at,
        used_at
    );
    let put = put.execute(connection).await.map_err(from_sqlx)?;
    Ok(put.rows_affected() > 0)
}

/// The passkeys of one member, or all, the oldest first.
pub(crate) async fn stored(
    connection: &mut PgConnection,
    member: Option<MemberId>,
) -> Result<Vec<Passkey>, StorageError> {
    let member = member.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT id, member, credential, created_at, used_at FROM passkey
        WHERE $1::bytea IS NULL OR member = $1
        ORDER BY created_at, id",
        member
    );
    let mut passkeys = Vec::new();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        passkeys.push(Passkey {
            member: id(&row.member)?,
            id: row.id,
            credential: row.credential,
            created_at: Timestamp::from_millis(row.created_at),
            used_at: Timestamp::from_millis(row.used_at),
        });
    }
    Ok(passkeys)
}
