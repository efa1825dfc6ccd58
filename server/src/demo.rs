//! A made-up neighbourhood to look around in: a real town's streets, invented people, invented requests.

mod requests;

use kruispunt_core::id::{InvitationId, MemberId};
use kruispunt_core::model::{Membership, Role, Word as _};
use kruispunt_storage::{Member, NewInvitation, Storage, StorageError};

use crate::clock::{NoRandomness, now, random};
use crate::import::{ImportError, import};
use crate::secret::Secret;

/// The area tree of the demo, in the form in which a town imports its own.
pub(crate) const TOWN: &str = include_str!("../../demo/nieuwegein.csv");

/// How long a link of the demo works: seven days.
const VALID: i64 = 7 * 24 * 60 * 60 * 1000;

/// Somebody to be in the demo.
struct Person {
    first_name: &'static str,
    role: Role,
    area: &'static str,
}

const AMBASSADOR: Person = Person {
    first_name: "Fatma",
    role: Role::Ambassador,
    area: "NGN-ZUID-VREESWIJK-LEKSTRAAT",
};
const VOLUNTEERS: [Person; 2] = [
    Person {
        first_name: "Amina",
        role: Role::Volunteer,
        area: "NGN-ZUID-VREESWIJK",
    },
    Person {
        first_name: "Piet",
        role: Role::Volunteer,
        area: "NGN-ZUID-VREESWIJK",
    },
];
const COORDINATOR: Person = Person {
    first_name: "Joke",
    role: Role::Coordinator,
    area: "NGN-ZUID",
};

const STEWARD: Person = Person {
    first_name: "Marieke",
    role: Role::Steward,
    area: "NGN",
};
const FILE_MANAGER: Person = Person {
    first_name: "Henk",
    role: Role::FileManager,
    area: "NGN-ZUID",
};

fn people() -> impl Iterator<Item = Person> {
    let [amina, piet] = VOLUNTEERS;
    [AMBASSADOR, amina, piet, COORDINATOR, STEWARD, FILE_MANAGER].into_iter()
}

/// A way into the demo, once.
#[derive(Debug)]
pub struct Way {
    /// As what.
    pub role: Role,
    /// As whom.
    pub first_name: String,
    /// The secret of the link.
    pub secret: Secret,
}

/// The demo could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its areas could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No secrets could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The demo does not fit together.
    #[error("the demo does not fit together: {0}")]
    Broken(String),
}

/// Fills a database that has no areas yet with the demo town, its people and their requests; leaves any other alone.
///
/// # Errors
/// When the database cannot be written.
pub async fn settle_in(storage: &dyn Storage) -> Result<(), DemoError> {
    if !storage.areas().await?.is_empty() {
        return Ok(());
    }
    import(TOWN.as_bytes(), storage).await?;
    let areas = storage.areas().await?;
    let mut members = Vec::new();
    for Person {
        first_name,
        role,
        area,
    } in people()
    {
        let area = areas.iter().find(|known| known.code == area);
        let area = area
            .ok_or_else(|| DemoError::Broken(format!("nowhere for {first_name}")))?
            .id;
        members.push(Member {
            id: MemberId::from_bytes(random()?),
            first_name: first_name.to_owned(),
            memberships: vec![Membership { area, role }],
        });
    }
    for member in &members {
        storage.add_member(member).await?;
    }
    requests::write(storage, &areas, &members).await
}

/// Makes a fresh single-use way in for everybody of the demo who is in the database.
///
/// # Errors
/// When the database cannot be written.
pub async fn ways_in(storage: &dyn Storage) -> Result<Vec<Way>, DemoError> {
    let members = storage.members().await?;
    let mut ways = Vec::new();
    for Person {
        first_name, role, ..
    } in people()
    {
        let is_person = |member: &&Member| {
            member.first_name == first_name
                && member
                    .memberships
                    .iter()
                    .any(|membership| membership.role == role)
        };
        let Some(member) = members.iter().find(is_person) else {
            continue;
        };
        let secret = Secret::random()?;
        let invitation = NewInvitation {
            id: InvitationId::from_bytes(random()?),
            secret: secret.hash(),
            member: member.id,
            expires_at: now().plus_millis(VALID),
        };
        storage.invite(&invitation).await?;
        ways.push(Way {
            role,
            first_name: member.first_name.clone(),
            secret,
        });
    }
    Ok(ways)
}

/// The lines that are printed for the ways in, under this address.
#[must_use]
pub fn lines(ways: &[Way], public_url: &str) -> Vec<String> {
    let line = |way: &Way| {
        let (role, name, secret) = (way.role.key(), &way.first_name, way.secret.expose());
        format!("{role:<12}  {name:<7}  {public_url}/#/start/{secret}")
    };
    ways.iter().map(line).collect()
}
