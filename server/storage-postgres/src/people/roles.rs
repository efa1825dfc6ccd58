//! What members are.

use kruispunt_core::id::{AreaId, MemberId};
use kruispunt_core::model::{Membership, Role, Word as _};
use kruispunt_storage::{RoleEnded, StorageError};
use sqlx::PgConnection;

use super::invitations;
use super::row::membership;
use crate::error::from_sqlx;

pub(super) async fn give(
    connection: &mut PgConnection,
    member: MemberId,
    given: Membership,
) -> Result<bool, StorageError> {
    let (member, area) = (
        member.as_bytes().as_slice(),
        given.area.as_bytes().as_slice(),
    );
    let role = given.role.key();
    let give = sqlx::query!(
        "INSERT INTO membership (member, area, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        member,
        area,
        role
    );
    let given = give.execute(connection).await.map_err(from_sqlx)?;
    Ok(given.rows_affected() > 0)
}

pub(super) async fn end(
    connection: &mut PgConnection,
    member: MemberId,
    ended: Membership,
    keepers: &[AreaId],
) -> Result<RoleEnded, StorageError> {
    let (key, area) = (
        member.as_bytes().as_slice(),
        ended.area.as_bytes().as_slice(),
    );
    let role = ended.role.key();
    if ended.role == Role::Steward {
        // Of two stewards who end each other at once, one stays.
        sqlx::query!(
            "SELECT member FROM membership WHERE role = $1 ORDER BY member, area FOR UPDATE",
            role
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    let end = sqlx::query!(
        "DELETE FROM membership WHERE member = $1 AND area = $2 AND role = $3",
        key,
        area,
        role
    );
    let end = end.execute(&mut *connection).await.map_err(from_sqlx)?;
    if end.rows_affected() == 0 {
        return Ok(RoleEnded::WasNot);
    }
    if ended.role == Role::Steward && !has_steward(connection, keepers).await? {
        return Ok(RoleEnded::LastSteward);
    }
    sqlx::query!(
        "DELETE FROM invitation WHERE member = $1 AND area = $2 AND role = $3 AND redeemed_at IS NULL",
        key,
        area,
        role
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    invitations::forget_stranger(connection, member).await?;
    Ok(RoleEnded::Done)
}

/// Whether somebody who can come in is steward of one of these areas.
async fn has_steward(
    connection: &mut PgConnection,
    areas: &[AreaId],
) -> Result<bool, StorageError> {
    let role = Role::Steward.key();
    let stewards = sqlx::query!(
        "SELECT area, role FROM membership WHERE role = $1 AND EXISTS (
            SELECT 1 FROM device WHERE device.member = membership.member AND revoked_at IS NULL
        )",
        role
    );
    let stewards = stewards.fetch_all(connection).await.map_err(from_sqlx)?;
    for steward in stewards {
        if areas.contains(&membership(&steward.area, &steward.role)?.area) {
            return Ok(true);
        }
    }
    Ok(false)
}
