//! What volunteers say of themselves.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::model::{Profile, ProfileChange};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::id;
use kruispunt_storage::profiles::{changed, gathered};
use kruispunt_storage::{ProfileField, Profiles, StorageError};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::error::from_sqlx;

#[async_trait]
impl Profiles for PgStorage {
    async fn change_profile(
        &self,
        member: MemberId,
        change: &ProfileChange,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for field in changed(member, change, now)? {
            put_field(&mut transaction, &field).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn profile(&self, member: MemberId) -> Result<Option<Profile>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        let fields = stored(&mut connection, Some(member)).await?;
        Ok(gathered(fields)?.remove(&member))
    }

    async fn profiles(&self) -> Result<BTreeMap<MemberId, Profile>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        gathered(stored(&mut connection, None).await?)
    }
}

/// Writes one field.
pub(crate) async fn put_field(
    connection: &mut PgConnection,
    field: &ProfileField,
) -> Result<(), StorageError> {
    let member = field.member.as_bytes().as_slice();
    let said_at = field.said_at.as_millis();
    let put = sqlx::query!(
        "INSERT INTO profile_field (member, field, said, said_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (member, field) DO UPDATE SET said = excluded.said, said_at = excluded.said_at",
        member,
        field.field,
        field.said,
        said_at
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The fields of one member's profile, or of everybody's.
pub(crate) async fn stored(
    connection: &mut PgConnection,
    member: Option<MemberId>,
) -> Result<Vec<ProfileField>, StorageError> {
    let member = member.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT member, field, said, said_at FROM profile_field
        WHERE $1::bytea IS NULL OR member = $1
        ORDER BY member, field",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let fields = rows.into_iter().map(|row| {
        Ok(ProfileField {
            member: id(&row.member)?,
            field: row.field,
            said: row.said,
            said_at: Timestamp::from_millis(row.said_at),
        })
    });
    fields.collect()
}
