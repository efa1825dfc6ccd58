//! Members, devices, invitations and sessions.

mod row;

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Device, Hash, Member, NewInvitation, NewSession, People, Redeemed, Redemption, Session,
    SessionOpened, StorageError,
};

use crate::SqliteStorage;
use crate::error::from_sqlx;
use kruispunt_storage::convert::id;
use row::{add_device, add_session, device, membership};
pub(crate) use row::{add_member, devices, members};

#[async_trait]
impl People for SqliteStorage {
    async fn add_member(&self, member: &Member) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        add_member(&mut transaction, member).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn member(&self, member: MemberId) -> Result<Option<Member>, StorageError> {
        let key = member.as_bytes().as_slice();
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        let row = sqlx::query!("SELECT first_name FROM member WHERE id = ?", key);
        let Some(row) = row
            .fetch_optional(&mut *transaction)
            .await
            .map_err(from_sqlx)?
        else {
            return Ok(None);
        };
        let rows = sqlx::query!(
            "SELECT area, role FROM membership WHERE member = ? ORDER BY area, role",
            key
        );
        let mut memberships = Vec::new();
        for row in rows.fetch_all(&mut *transaction).await.map_err(from_sqlx)? {
            memberships.push(membership(&row.area, &row.role)?);
        }
        Ok(Some(Member {
            id: member,
            first_name: row.first_name,
            memberships,
        }))
    }

    async fn members(&self) -> Result<Vec<Member>, StorageError> {
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        members(&mut transaction).await
    }

    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError> {
        let (id, secret) = (
            invitation.id.as_bytes().as_slice(),
            invitation.secret.0.as_slice(),
        );
        let (member, expires_at) = (
            invitation.member.as_bytes().as_slice(),
            invitation.expires_at.as_millis(),
        );
        sqlx::query!(
            "INSERT INTO invitation (id, secret_hash, member, expires_at) VALUES (?, ?, ?, ?)",
            id,
            secret,
            member,
            expires_at
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Redeemed, StorageError> {
        let mut transaction = self.write().await?;
        let secret = redemption.secret.0.as_slice();
        let invitation = sqlx::query!(
            "SELECT id, member, expires_at, redeemed_by FROM invitation WHERE secret_hash = ?",
            secret
        );
        let Some(invitation) = invitation
            .fetch_optional(&mut *transaction)
            .await
            .map_err(from_sqlx)?
        else {
            return Ok(Redeemed::Unknown);
        };
        let member: MemberId = id(&invitation.member)?;
        let device = if let Some(device) = &invitation.redeemed_by {
            let device = row::device(&mut transaction, id(device)?).await?;
            match device {
                Some(device)
                    if device.revoked_at.is_none()
                        && device.public_key == redemption.public_key =>
                {
                    device.id
                }
                _ => return Ok(Redeemed::Used),
            }
        } else {
            if invitation.expires_at <= redemption.now.as_millis() {
                return Ok(Redeemed::Expired);
            }
            add_device(
                &mut transaction,
                &invitation.id,
                &invitation.member,
                redemption,
            )
            .await?;
            redemption.device
        };
        add_session(&mut transaction, device, &redemption.session).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Redeemed::In { member, device })
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        device(&mut connection, id).await
    }

    async fn devices(&self) -> Result<Vec<(Device, Timestamp)>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        devices(&mut connection).await
    }

    async fn revoke_device(&self, id: DeviceId, now: Timestamp) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        let (id, now) = (id.as_bytes().as_slice(), now.as_millis());
        let revoked = sqlx::query!(
            "UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            now,
            id
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
        sqlx::query!("DELETE FROM session WHERE device = ?", id)
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(revoked > 0)
    }

    async fn open_session(
        &self,
        id: DeviceId,
        session: &NewSession,
    ) -> Result<SessionOpened, StorageError> {
        let mut transaction = self.write().await?;
        let device = device(&mut transaction, id).await?;
        let opened = match device {
            None => SessionOpened::Unknown,
            Some(Device {
                revoked_at: Some(_),
                ..
            }) => SessionOpened::Revoked,
            Some(Device {
                revoked_at: None, ..
            }) => {
                add_session(&mut transaction, id, session).await?;
                transaction.commit().await.map_err(from_sqlx)?;
                SessionOpened::Open
            }
        };
        Ok(opened)
    }

    async fn session(&self, token: Hash, now: Timestamp) -> Result<Option<Session>, StorageError> {
        let (token, now) = (token.0.as_slice(), now.as_millis());
        // One row for every role: a street that comes back at once asks this for each of its phones.
        let rows = sqlx::query!(
            r#"SELECT device.id, device.member, first_name, expires_at, area AS "area?", role AS "role?"
            FROM session
            JOIN device ON device.id = session.device
            JOIN member ON member.id = device.member
            LEFT JOIN membership ON membership.member = member.id
            WHERE token_hash = ? AND expires_at > ? AND revoked_at IS NULL
            ORDER BY area, role"#,
            token,
            now
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(from_sqlx)?;
        let mut session: Option<Session> = None;
        for row in rows {
            let roles = match (&row.area, &row.role) {
                (Some(area), Some(role)) => Some(membership(area, role)?),
                _ => None,
            };
            if let Some(session) = &mut session {
                session.member.memberships.extend(roles);
                continue;
            }
            let member = Member {
                id: id(&row.member)?,
                first_name: row.first_name,
                memberships: roles.into_iter().collect(),
            };
            let expires_at = Timestamp::from_millis(row.expires_at);
            session = Some(Session {
                member,
                device: id(&row.id)?,
                expires_at,
            });
        }
        Ok(session)
    }

    async fn forget_sessions(&self, now: Timestamp) -> Result<u64, StorageError> {
        let now = now.as_millis();
        let forgotten = sqlx::query!("DELETE FROM session WHERE expires_at <= ?", now);
        Ok(forgotten
            .execute(&self.writer)
            .await
            .map_err(from_sqlx)?
            .rows_affected())
    }
}
