//! The way in for the first steward, who invites everybody else. Whoever runs the relay gets it, once: nobody else
//! could give it.

use kruispunt_core::id::{AreaId, InvitationId, MemberId};
use kruispunt_core::model::{Area, Membership, Role};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Entry, Member, NewInvitation, Newcomer, Person, Storage, StorageError};

use crate::audit::{Told as _, by_operator, deed};
use crate::clock::{NoRandomness, random};
use crate::secret::Secret;

/// How long a link works: seven days.
const VALID: i64 = 7 * 24 * 60 * 60 * 1000;

/// What a steward is called whom nobody invited by name.
const NAME: &str = "Beheer";

/// No way in could be made.
#[derive(Debug, thiserror::Error)]
pub enum StewardError {
    /// There is nothing to be steward of.
    #[error("there are no areas yet; import them first")]
    NoAreas,
    /// Somebody else was meant.
    #[error("no member {0} is steward of everything")]
    NoSteward(MemberId),
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No secret could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Makes a way in where nobody is steward of the whole, or the only ones never came in and cannot any more; `None`
/// where nobody needs one.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn first(storage: &dyn Storage, now: Timestamp) -> Result<Option<Secret>, StewardError> {
    let tops = tops(storage.areas().await?);
    if tops.is_empty() {
        return Ok(None);
    }
    let stewards = stewards(storage.people().await?, &tops);
    if stewards.iter().any(|steward| steward.came_in) {
        return Ok(None);
    }
    let open = storage.open_invitations(now).await?;
    let may_come = |steward: &Person| open.iter().any(|open| open.member == steward.member.id);
    if stewards.iter().any(may_come) {
        return Ok(None);
    }
    let way = match stewards.first() {
        Some(steward) => again(storage, steward.member.id, &tops, now).await?,
        None => newcomer(storage, &tops, now).await?,
    };
    Ok(Some(way))
}

/// Makes another way in: for this steward, or for one who never came in, or for one more.
///
/// # Errors
/// When there are no areas, the member is no steward, or the database cannot be written.
pub async fn another(
    storage: &dyn Storage,
    member: Option<MemberId>,
    now: Timestamp,
) -> Result<Secret, StewardError> {
    let tops = tops(storage.areas().await?);
    if tops.is_empty() {
        return Err(StewardError::NoAreas);
    }
    let stewards = stewards(storage.people().await?, &tops);
    let mut stewards = stewards.iter();
    let meant = match member {
        Some(member) => {
            let meant = stewards.find(|steward| steward.member.id == member);
            Some(meant.ok_or(StewardError::NoSteward(member))?)
        }
        None => stewards.find(|steward| !steward.came_in),
    };
    match meant {
        Some(steward) => again(storage, steward.member.id, &tops, now).await,
        None => newcomer(storage, &tops, now).await,
    }
}

/// The areas that lie in no other.
fn tops(areas: Vec<Area>) -> Vec<AreaId> {
    let tops = areas.into_iter().filter(|area| area.parent.is_none());
    tops.map(|area| area.id).collect()
}

/// Who is steward of all of these.
fn stewards(people: Vec<Person>, tops: &[AreaId]) -> Vec<Person> {
    let is_steward = |person: &Person| {
        tops.iter().all(|&area| {
            let role = Role::Steward;
            person
                .member
                .memberships
                .contains(&Membership { area, role })
        })
    };
    people.into_iter().filter(is_steward).collect()
}

async fn again(
    storage: &dyn Storage,
    member: MemberId,
    tops: &[AreaId],
    now: Timestamp,
) -> Result<Secret, StewardError> {
    let (secret, invitation) = invitation(member, now)?;
    let entry = entry(member, tops, now)?;
    storage.invite_again(&invitation, &entry).await?;
    // Who needs another way in lost their passkeys too, or never had one.
    storage.passkeys().forget(member, None).await?;
    Ok(secret)
}

async fn newcomer(
    storage: &dyn Storage,
    tops: &[AreaId],
    now: Timestamp,
) -> Result<Secret, StewardError> {
    let id = MemberId::from_bytes(random()?);
    let (secret, invitation) = invitation(id, now)?;
    let memberships = tops.iter().map(|&area| Membership {
        area,
        role: Role::Steward,
    });
    let newcomer = Newcomer {
        member: Member {
            id,
            first_name: NAME.to_owned(),
            memberships: memberships.collect(),
        },
        invitation,
        entry: entry(id, tops, now)?,
    };
    storage.invite_newcomers(&[newcomer]).await?;
    Ok(secret)
}

fn invitation(member: MemberId, now: Timestamp) -> Result<(Secret, NewInvitation), NoRandomness> {
    let secret = Secret::random()?;
    let invitation = NewInvitation {
        id: InvitationId::from_bytes(random()?),
        secret: secret.hash(),
        member,
        expires_at: now.plus_millis(VALID),
    };
    Ok((secret, invitation))
}

fn entry(member: MemberId, tops: &[AreaId], now: Timestamp) -> Result<Entry, NoRandomness> {
    let entry = by_operator(deed::STEWARD_LINK, now)?;
    Ok(entry.in_area(tops.first().copied()).to_member(member))
}
