//! Ways in that nobody has used yet.

use kruispunt_core::id::{InvitationId, MemberId};
use kruispunt_core::model::{Membership, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, optional_id};
use kruispunt_storage::{Entry, NewInvitation, OpenInvitation, StorageError};
use sqlx::SqliteConnection;

use super::row::membership;
use crate::error::from_sqlx;

/// Keeps an invitation that was made as the entry says.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    invitation: &NewInvitation,
    to: Option<Membership>,
    entry: Option<&Entry>,
) -> Result<(), StorageError> {
    let (id, secret) = (
        invitation.id.as_bytes().as_slice(),
        invitation.secret.0.as_slice(),
    );
    let member = invitation.member.as_bytes().as_slice();
    let expires_at = invitation.expires_at.as_millis();
    let area = to.as_ref().map(|to| to.area.as_bytes().as_slice());
    let role = to.map(|to| to.role.key());
    let made_at = entry.map(|entry| entry.at.as_millis());
    let made_by = entry.and_then(|entry| entry.member.as_ref());
    let made_by = made_by.map(|member| member.as_bytes().as_slice());
    let add = sqlx::query!(
        "INSERT INTO invitation (id, secret_hash, member, expires_at, area, role, made_at, made_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        secret,
        member,
        expires_at,
        area,
        role,
        made_at,
        made_by
    );
    add.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// Takes back what a member has not used; returns to what one of those invited.
pub(super) async fn take_back(
    connection: &mut SqliteConnection,
    member: MemberId,
) -> Result<Option<Membership>, StorageError> {
    let member = member.as_bytes().as_slice();
    let taken = sqlx::query!(
        r#"DELETE FROM invitation WHERE member = ? AND redeemed_at IS NULL
        RETURNING area AS "area: Vec<u8>", role AS "role: String""#,
        member
    );
    let mut to = None;
    for row in taken.fetch_all(connection).await.map_err(from_sqlx)? {
        if let (Some(area), Some(role)) = (row.area, row.role) {
            to = Some(membership(&area, &role)?);
        }
    }
    Ok(to)
}

/// What a member has not used, with who made it.
pub(super) async fn unused(
    connection: &mut SqliteConnection,
    member: MemberId,
) -> Result<Vec<(InvitationId, Option<MemberId>)>, StorageError> {
    let member = member.as_bytes().as_slice();
    let rows = sqlx::query!(
        "SELECT id, made_by FROM invitation WHERE member = ? AND redeemed_at IS NULL ORDER BY id",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let read = rows
        .iter()
        .map(|row| Ok((id(&row.id)?, optional_id(row.made_by.as_deref())?)));
    read.collect()
}

/// Takes back what a member has not used, except these.
pub(super) async fn keep_only(
    connection: &mut SqliteConnection,
    member: MemberId,
    keeps: &[InvitationId],
) -> Result<(), StorageError> {
    for (invitation, _) in unused(connection, member).await? {
        if keeps.contains(&invitation) {
            continue;
        }
        let key = invitation.as_bytes().as_slice();
        sqlx::query!(
            "DELETE FROM invitation WHERE id = ? AND redeemed_at IS NULL",
            key
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}

pub(super) async fn open(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Vec<OpenInvitation>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query!(
        r#"SELECT invitation.id, member, first_name, area AS "area!", role AS "role!", made_at, made_by, expires_at
        FROM invitation JOIN member ON member.id = invitation.member
        WHERE redeemed_at IS NULL AND area IS NOT NULL AND expires_at > ?
        ORDER BY COALESCE(made_at, 0) DESC, first_name, invitation.id"#,
        now
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let read = rows.into_iter().map(|row| {
        Ok(OpenInvitation {
            id: id(&row.id)?,
            member: id(&row.member)?,
            first_name: row.first_name,
            membership: membership(&row.area, &row.role)?,
            by: optional_id(row.made_by.as_deref())?,
            made_at: Timestamp::from_millis(row.made_at.unwrap_or_default()),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    });
    read.collect()
}

pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    invitation: InvitationId,
) -> Result<bool, StorageError> {
    let invitation = invitation.as_bytes().as_slice();
    let withdrawn = sqlx::query_scalar!(
        r#"DELETE FROM invitation WHERE id = ? AND redeemed_at IS NULL RETURNING member AS "member!: Vec<u8>""#,
        invitation
    );
    let withdrawn = withdrawn.fetch_optional(&mut *connection).await;
    let Some(member) = withdrawn.map_err(from_sqlx)? else {
        return Ok(false);
    };
    sqlx::query!(
        "DELETE FROM membership WHERE member = ?1
            AND NOT EXISTS (SELECT 1 FROM device WHERE member = ?1)
            AND NOT EXISTS (SELECT 1 FROM invitation WHERE member = ?1)",
        member
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    forget_stranger(connection, id(&member)?).await?;
    Ok(true)
}

/// Forgets a member who is nothing, never came in and cannot come in.
pub(super) async fn forget_stranger(
    connection: &mut SqliteConnection,
    member: MemberId,
) -> Result<(), StorageError> {
    let member = member.as_bytes().as_slice();
    let forget = sqlx::query!(
        "DELETE FROM member WHERE id = ?1
            AND NOT EXISTS (SELECT 1 FROM device WHERE member = ?1)
            AND NOT EXISTS (SELECT 1 FROM invitation WHERE member = ?1)
            AND NOT EXISTS (SELECT 1 FROM membership WHERE member = ?1)",
        member
    );
    forget
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}
