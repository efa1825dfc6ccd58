//! Rows of people that more than one query reads or writes.

use std::collections::BTreeMap;

use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::model::{Membership, Role, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Device, KnownDevice, Member, NewSession, Person, PublicKey, Redemption, StorageError,
};
use sqlx::PgConnection;

use crate::error::from_sqlx;
use kruispunt_storage::convert::{self, word};

pub(crate) fn membership(area: &[u8], role: &str) -> Result<Membership, StorageError> {
    Ok(Membership {
        area: convert::id(area)?,
        role: word::<Role>(role)?,
    })
}

struct DeviceRow {
    member: Vec<u8>,
    public_key: Vec<u8>,
    revoked_at: Option<i64>,
}

impl DeviceRow {
    fn read(self, id: DeviceId) -> Result<Device, StorageError> {
        Ok(Device {
            id,
            member: convert::id(&self.member)?,
            public_key: PublicKey(self.public_key),
            revoked_at: self.revoked_at.map(Timestamp::from_millis),
        })
    }
}

pub(super) async fn device(
    connection: &mut PgConnection,
    id: DeviceId,
) -> Result<Option<Device>, StorageError> {
    let row = sqlx::query_as!(
        DeviceRow,
        "SELECT member, public_key, revoked_at FROM device WHERE id = $1",
        id.as_bytes().as_slice()
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(|row| row.read(id)).transpose()
}

/// A device that nobody can revoke before this transaction ends.
pub(super) async fn device_in_use(
    connection: &mut PgConnection,
    id: DeviceId,
) -> Result<Option<Device>, StorageError> {
    let row = sqlx::query_as!(
        DeviceRow,
        "SELECT member, public_key, revoked_at FROM device WHERE id = $1 FOR NO KEY UPDATE",
        id.as_bytes().as_slice()
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(|row| row.read(id)).transpose()
}

pub(super) async fn add_device(
    connection: &mut PgConnection,
    invitation: &[u8],
    member: &[u8],
    redemption: &Redemption,
) -> Result<(), StorageError> {
    let (device, now) = (
        redemption.device.as_bytes().as_slice(),
        redemption.now.as_millis(),
    );
    let public_key = redemption.public_key.0.as_slice();
    sqlx::query!(
        "INSERT INTO device (id, member, public_key, created_at) VALUES ($1, $2, $3, $4)",
        device,
        member,
        public_key,
        now
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    sqlx::query!(
        "UPDATE invitation SET redeemed_at = $1, redeemed_by = $2 WHERE id = $3",
        now,
        device,
        invitation
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

pub(super) async fn add_session(
    connection: &mut PgConnection,
    device: DeviceId,
    session: &NewSession,
    now: Timestamp,
) -> Result<(), StorageError> {
    let (token, device) = (session.token.0.as_slice(), device.as_bytes().as_slice());
    let (expires_at, now) = (session.expires_at.as_millis(), now.as_millis());
    sqlx::query!("UPDATE device SET seen_at = $1 WHERE id = $2", now, device)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    sqlx::query!(
        "INSERT INTO session (token_hash, device, expires_at) VALUES ($1, $2, $3)",
        token,
        device,
        expires_at
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

/// All devices, or those of one member, the oldest first.
pub(crate) async fn devices(
    connection: &mut PgConnection,
    of: Option<MemberId>,
) -> Result<Vec<KnownDevice>, StorageError> {
    let of = of.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT id, member, public_key, created_at, seen_at, revoked_at FROM device
        WHERE $1::bytea IS NULL OR member = $1
        ORDER BY created_at, id",
        of
    );
    let mut devices = Vec::new();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        let device = Device {
            id: convert::id(&row.id)?,
            member: convert::id(&row.member)?,
            public_key: PublicKey(row.public_key),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
        };
        devices.push(KnownDevice {
            device,
            created_at: Timestamp::from_millis(row.created_at),
            seen_at: row.seen_at.map(Timestamp::from_millis),
        });
    }
    Ok(devices)
}

/// All members with their roles and the number of their devices, by first name.
pub(super) async fn people(connection: &mut PgConnection) -> Result<Vec<Person>, StorageError> {
    let mut devices: BTreeMap<MemberId, u32> = BTreeMap::new();
    for known in self::devices(connection, None).await? {
        let in_use = devices.entry(known.device.member).or_default();
        *in_use += u32::from(known.device.revoked_at.is_none());
    }
    let members = members(connection).await?.into_iter();
    let people = members.map(|member| {
        let in_use = devices.get(&member.id).copied();
        Person {
            devices: in_use.unwrap_or_default(),
            came_in: in_use.is_some(),
            member,
        }
    });
    Ok(people.collect())
}

/// All members with their roles, by first name.
pub(crate) async fn members(connection: &mut PgConnection) -> Result<Vec<Member>, StorageError> {
    let rows = sqlx::query!("SELECT member, area, role FROM membership ORDER BY area, role");
    let mut memberships: BTreeMap<MemberId, Vec<Membership>> = BTreeMap::new();
    for row in rows.fetch_all(&mut *connection).await.map_err(from_sqlx)? {
        memberships
            .entry(convert::id(&row.member)?)
            .or_default()
            .push(membership(&row.area, &row.role)?);
    }
    let rows = sqlx::query!("SELECT id, first_name FROM member ORDER BY first_name, id");
    let mut members = Vec::new();
    for row in rows.fetch_all(&mut *connection).await.map_err(from_sqlx)? {
        let member = convert::id(&row.id)?;
        let memberships = memberships.remove(&member).unwrap_or_default();
        members.push(Member {
            id: member,
            first_name: row.first_name,
            memberships,
        });
    }
    Ok(members)
}

pub(crate) async fn add_member(
    connection: &mut PgConnection,
    member: &Member,
) -> Result<(), StorageError> {
    let key = member.id.as_bytes().as_slice();
    sqlx::query!(
        "INSERT INTO member (id, first_name) VALUES ($1, $2)",
        key,
        member.first_name
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for membership in &member.memberships {
        let (area, role) = (membership.area.as_bytes().as_slice(), membership.role.key());
        sqlx::query!(
            "INSERT INTO membership (member, area, role) VALUES ($1, $2, $3)",
            key,
            area,
            role
        )
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
