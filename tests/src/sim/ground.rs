//! Where a schedule takes place: a database, and in it two streets and the people who live there.

use std::sync::Arc;

use fastrand::Rng;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId};
use kruispunt_core::model::{AreaKind, Membership, Role};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Hash, Member, NewArea, NewInvitation, NewSession, PublicKey, Redemption, Storage,
};
use kruispunt_storage_postgres::PgStorage;
use kruispunt_storage_sqlite::SqliteStorage;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Which database a schedule runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// One file.
    Sqlite,
    /// A cluster of the tests' own.
    Postgres,
}

impl Database {
    /// Its name, as a setting has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A database that many schedules share, each with streets and people of its own.
pub struct Ground {
    pub(super) runtime: Runtime,
    pub(super) storage: Arc<dyn Storage>,
    /// Goes when this goes.
    _keeper: Keeper,
}

/// Where the database lies.
enum Keeper {
    Folder {
        _folder: TempDir,
    },
    Cluster {
        _database: kruispunt_cluster::Database,
    },
}

impl Ground {
    /// A fresh database. It lies in memory where that is possible: what a disk does wrong is simulated.
    ///
    /// # Panics
    /// When there can be none.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = must(runtime);
        let (storage, keeper): (Arc<dyn Storage>, _) = match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
                let folder = must(folder);
                let file = folder.path().join("sim.sqlite");
                let storage = must(runtime.block_on(SqliteStorage::open(&file)));
                (Arc::new(storage), Keeper::Folder { _folder: folder })
            }
            Database::Postgres => {
                let database = must(kruispunt_cluster::Database::fresh());
                let address = must(database.url().parse());
                let storage = must(runtime.block_on(PgStorage::open(&address)));
                let keeper = Keeper::Cluster {
                    _database: database,
                };
                (Arc::new(storage), keeper)
            }
        };
        Self {
            runtime,
            storage,
            _keeper: keeper,
        }
    }

    /// Builds the streets of a schedule and lets its people come in.
    pub(super) fn settle(&self, rng: &mut Rng) -> Neighbourhood {
        let place = Neighbourhood::new(rng);
        self.runtime.block_on(async {
            must(self.storage.import_areas(&place.new_areas(rng)).await);
            for one in &place.people {
                let member = Member {
                    id: one.member,
                    first_name: one.name.clone(),
                    memberships: vec![Membership {
                        area: place.quarter,
                        role: one.role,
                    }],
                };
                must(self.storage.add_member(&member).await);
                let secret = Hash(bytes(rng));
                let invitation = NewInvitation {
                    id: InvitationId::from_bytes(bytes(rng)),
                    secret,
                    member: one.member,
                    expires_at: LATER,
                };
                must(self.storage.invite(&invitation).await);
                let redemption = Redemption {
                    secret,
                    public_key: PublicKey(bytes::<65>(rng).to_vec()),
                    device: one.device,
                    session: NewSession {
                        token: Hash(bytes(rng)),
                        expires_at: LATER,
                    },
                    now: at(0),
                };
                must(self.storage.redeem(&redemption).await);
            }
        });
        place
    }
}

/// Long after every schedule.
const LATER: Timestamp = Timestamp::from_millis(1_990_000_000_000);

/// The moment so many minutes after a schedule began.
pub(super) const fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + minutes * 60_000)
}

/// So many random bytes.
pub(super) fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

/// What is not meant to fail.
pub(super) fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("this cannot fail here: {error}"))
}

/// A street with its document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Street {
    pub(super) area: AreaId,
    pub(super) document: DocumentId,
}

/// Somebody with a phone, as relays know them.
#[derive(Debug, Clone)]
pub(super) struct Neighbour {
    pub(super) member: MemberId,
    pub(super) device: DeviceId,
    pub(super) name: String,
    pub(super) role: Role,
}

/// The streets and people of one schedule.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    pub(super) quarter: AreaId,
    pub(super) streets: Vec<Street>,
    pub(super) people: Vec<Neighbour>,
}

impl Neighbourhood {
    fn new(rng: &mut Rng) -> Self {
        let roles = [
            Role::Ambassador,
            Role::Ambassador,
            Role::Volunteer,
            Role::Volunteer,
            Role::Coordinator,
        ];
        let person = |(number, role)| Neighbour {
            member: MemberId::from_bytes(bytes(rng)),
            device: DeviceId::from_bytes(bytes(rng)),
            name: format!("buur {number}"),
            role,
        };
        let people = roles.into_iter().enumerate().map(person).collect();
        let mut street = || Street {
            area: AreaId::from_bytes(bytes(rng)),
            document: DocumentId::from_bytes(bytes(rng)),
        };
        Self {
            streets: vec![street(), street()],
            quarter: AreaId::from_bytes(bytes(rng)),
            people,
        }
    }

    fn new_areas(&self, rng: &mut Rng) -> Vec<NewArea> {
        let quarter = self.quarter.to_string();
        let mut areas = vec![NewArea {
            code: quarter.clone(),
            name: quarter.clone(),
            kind: AreaKind::Quarter,
            parent: None,
            id: self.quarter,
            document: DocumentId::from_bytes(bytes(rng)),
        }];
        areas.extend(self.streets.iter().map(|street| NewArea {
            code: street.area.to_string(),
            name: street.area.to_string(),
            kind: AreaKind::Street,
            parent: Some(quarter.clone()),
            id: street.area,
            document: street.document,
        }));
        areas
    }
}
