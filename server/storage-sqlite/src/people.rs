//! Members, devices, invitations and sessions.

mod invitations;
mod roles;
mod row;

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, InvitationId, MemberId};
use kruispunt_core::model::Membership;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::news::of_arrival;
use kruispunt_storage::{
    Device, Entry, Hash, KnownDevice, Member, NewInvitation, NewSession, Newcomer, OpenInvitation,
    People, Person, Redeemed, Redemption, RoleEnded, Session, SessionOpened, StorageError, arrival,
};

use crate::SqliteStorage;
use crate::audit::add_entry;
use crate::error::from_sqlx;
use crate::notices::{add_causes, unsubscribe};
use kruispunt_storage::convert::{id, optional_id};
use row::{add_device, add_session, device};
pub(crate) use row::{add_member, devices, members, membership};

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

    async fn people(&self) -> Result<Vec<Person>, StorageError> {
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        row::people(&mut transaction).await
    }

    async fn unseen_since(&self, then: Timestamp) -> Result<Vec<MemberId>, StorageError> {
        let then = then.as_millis();
        let unseen = sqlx::query_scalar!(
            "SELECT id FROM member
            WHERE NOT EXISTS (
                SELECT 1 FROM device WHERE device.member = member.id AND COALESCE(seen_at, created_at) >= ?1
            ) AND NOT EXISTS (
                SELECT 1 FROM invitation WHERE invitation.member = member.id AND expires_at >= ?1
            )
            ORDER BY id",
            then
        );
        let unseen = unseen.fetch_all(&self.readers).await.map_err(from_sqlx)?;
        unseen.iter().map(|member| id(member)).collect()
    }

    async fn ways_in(
        &self,
        member: MemberId,
    ) -> Result<Vec<(InvitationId, Option<MemberId>)>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        invitations::unused(&mut connection, member).await
    }

    async fn give_role(
        &self,
        member: MemberId,
        membership: Membership,
        keeps: &[InvitationId],
        entry: &Entry,
    ) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        if !roles::give(&mut transaction, member, membership).await? {
            return Ok(false);
        }
        invitations::keep_only(&mut transaction, member, keeps).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn end_role(
        &self,
        member: MemberId,
        membership: Membership,
        keepers: &[AreaId],
        entry: &Entry,
    ) -> Result<RoleEnded, StorageError> {
        let mut transaction = self.write().await?;
        let ended = roles::end(&mut transaction, member, membership, keepers).await?;
        if ended == RoleEnded::Done {
            add_entry(&mut transaction, entry).await?;
            transaction.commit().await.map_err(from_sqlx)?;
        }
        Ok(ended)
    }

    async fn invite_newcomers(&self, newcomers: &[Newcomer]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for newcomer in newcomers {
            let Newcomer {
                member,
                invitation,
                entry,
            } = newcomer;
            add_member(&mut transaction, member).await?;
            let to = member.memberships.first().copied();
            invitations::add(&mut transaction, invitation, to, Some(entry)).await?;
            add_entry(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn invite_again(
        &self,
        invitation: &NewInvitation,
        entry: &Entry,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        let to = invitations::take_back(&mut transaction, invitation.member).await?;
        invitations::add(&mut transaction, invitation, to, Some(entry)).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn open_invitations(&self, now: Timestamp) -> Result<Vec<OpenInvitation>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        invitations::open(&mut connection, now).await
    }

    async fn withdraw_invitation(
        &self,
        id: InvitationId,
        entry: &Entry,
    ) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        if !invitations::withdraw(&mut transaction, id).await? {
            return Ok(false);
        }
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        invitations::add(&mut transaction, invitation, None, None).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Redeemed, StorageError> {
        let mut transaction = self.write().await?;
        let secret = redemption.secret.0.as_slice();
        let invitation = sqlx::query!(
            "SELECT id, member, expires_at, redeemed_by, area, made_by FROM invitation WHERE secret_hash = ?",
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
            let area = optional_id(invitation.area.as_deref())?;
            let entry = arrival(redemption, member, area);
            add_entry(&mut transaction, &entry).await?;
            let made_by: Option<MemberId> = optional_id(invitation.made_by.as_deref())?;
            if let (Some(area), Some(by)) = (area, made_by.filter(|by| *by != member)) {
                let news = of_arrival(redemption, member, area, by);
                add_causes(&mut transaction, &[news]).await?;
            }
            redemption.device
        };
        add_session(
            &mut transaction,
            device,
            &redemption.session,
            redemption.now,
        )
        .await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Redeemed::In { member, device })
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        device(&mut connection, id).await
    }

    async fn devices(&self) -> Result<Vec<KnownDevice>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        devices(&mut connection, None).await
    }

    async fn devices_of(&self, member: MemberId) -> Result<Vec<KnownDevice>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        devices(&mut connection, Some(member)).await
    }

    async fn revoke_device(&self, id: DeviceId, entry: &Entry) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        let (device, now) = (id, entry.at.as_millis());
        let id = id.as_bytes().as_slice();
        let revoked = sqlx::query!(
            "UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            now,
            id
        );
        let revoked = revoked.execute(&mut *transaction).await;
        if revoked.map_err(from_sqlx)?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!("DELETE FROM session WHERE device = ?", id)
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        unsubscribe(&mut transaction, device).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn open_session(
        &self,
        id: DeviceId,
        session: &NewSession,
        now: Timestamp,
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
                add_session(&mut transaction, id, session, now).await?;
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
