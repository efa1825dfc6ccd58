//! Rows of people that more than one query reads or writes.

use std::collections::BTreeMap;

use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::model::{Membership, Role, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Device, KnownDevice, Member, NewSession, Person, PublicKey, Redemption, StorageError,
};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use kruispunt_storage::convert::{self, word};

pub(crate) fn membership(area: &[u8], role: &str) -> Result<Membership, StorageError> {
    Ok(Membership {
        area: convert::id(area)?,
        role: word::<Role>(role)?,
    })
}

pub(super) async fn device(
    connection: &mut SqliteConnection,
    device: DeviceId,
) -> Result<Option<Device>, StorageError> {
    let key = device.as_bytes().as_slice();
    let row = sqlx::query!(
        "SELECT member, public_key, revoked_at FROM device WHERE id = ?",
        key
    );
    let Some(row) = row.fetch_optional(connection).await.map_err(from_sqlx)? else {
        return Ok(None);
    };
    Ok(Some(Device {
        id: device,
        member: convert::id(&row.member)?,
        public_key: PublicKey(row.public_key),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    }))
}

pub(super) async fn add_device(
    connection: &mut SqliteConnection,
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
        "INSERT INTO device (id, member, public_key, created_at) VALUES (?, ?, ?, ?)",
        device,
        member,
        public_key,
        now
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    sqlx::query!(
        "UPDATE invitation SET redeemed_at = ?, redeemed_by = ? WHERE id = ?",
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
    connection: &mut SqliteConnection,
    device: DeviceId,
    session: &NewSession,
    now: Timestamp,
) -> Result<(), StorageError> {
    let (token, device) = (session.token.0.as_slice(), device.as_bytes().as_slice());
    let (expires_at, now) = (session.expires_at.as_millis(), now.as_millis());
    sqlx::query!("UPDATE device SET seen_at = ? WHERE id = ?", now, device)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    sqlx::query!(
        "INSERT INTO session (token_hash, device, expires_at) VALUES (?, ?, ?)",
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
    connection: &mut SqliteConnection,
    of: Option<MemberId>,
) -> Result<Vec<KnownDevice>, StorageError> {
    let of = of.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT id, member, public_key, created_at, seen_at, revoked_at FROM device
        WHERE ?1 IS NULL OR member = ?1
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
pub(super) async fn people(connection: &mut SqliteConnection) -> Result<Vec<Person>, StorageError> {
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
pub(crate) async fn members(
    connection: &mut SqliteConnection,
) -> Result<Vec<Member>, StorageError> {
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
    connection: &mut SqliteConnection,
    member: &Member,
) -> Result<(), StorageError> {
    let key = member.id.as_bytes().as_slice();
    sqlx::query!(
        "INSERT INTO member (id, first_name) VALUES (?, ?)",
        key,
        member.first_name
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for membership in &member.memberships {
        let (area, role) = (membership.area.as_bytes().as_slice(), membership.role.key());
        sqlx::query!(
            "INSERT INTO membership (member, area, role) VALUES (?, ?, ?)",
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
