//! How members want to hear of things.

use kruispunt_core::id::MemberId;
use kruispunt_storage::convert::id;
use kruispunt_storage::{SaidWishes, StorageError};
use sqlx::PgConnection;

use crate::error::from_sqlx;

/// Keeps what a member said.
pub(crate) async fn put(
    connection: &mut PgConnection,
    wishes: &SaidWishes,
) -> Result<(), StorageError> {
    let member = wishes.member.as_bytes().as_slice();
    let put = sqlx::query!(
        "INSERT INTO wishes (member, said) VALUES ($1, $2)
        ON CONFLICT (member) DO UPDATE SET said = excluded.said",
        member,
        wishes.said
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// What one member said, or everybody.
pub(crate) async fn stored(
    connection: &mut PgConnection,
    member: Option<MemberId>,
) -> Result<Vec<SaidWishes>, StorageError> {
    let member = member.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT member, said FROM wishes WHERE $1::bytea IS NULL OR member = $1 ORDER BY member",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let said = rows.into_iter().map(|row| {
        Ok(SaidWishes {
            member: id(&row.member)?,
            said: row.said,
        })
    });
    said.collect()
}
