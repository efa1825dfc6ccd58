//! What a town is built on: one of the databases.

use std::sync::Arc;

use kruispunt_cluster::Database;
use kruispunt_server::keys::{KeyPlace, KeyRing};
use kruispunt_storage::Storage;
use kruispunt_storage_postgres::PgStorage;
use kruispunt_storage_sqlite::SqliteStorage;
use tempfile::TempDir;

/// The key of relays that share a database.
pub(crate) const KEY: &str = "a2V5LW9mLWEtdG93bi10aGF0LW5ldmVyLWV4aXN0ZWQ";

/// A database of a story's own, gone with the last who stands on it.
pub(crate) enum Ground {
    Folder(TempDir),
    Postgres(Database),
}

impl Ground {
    pub(crate) fn sqlite() -> Self {
        Self::Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(Database::fresh().unwrap())
    }

    /// Where the keys of its relays are.
    pub(crate) fn keys(&self) -> KeyPlace {
        match self {
            Self::Folder(folder) => {
                let place = KeyPlace::File(folder.path().join("keys"));
                // The same for every town: a backup of one may be put back into another.
                if place.read().is_err() {
                    place.write(&KeyRing::parse(KEY).unwrap()).unwrap();
                }
                place
            }
            Self::Postgres(_) => KeyPlace::Given(KEY.to_owned().into()),
        }
    }

    /// Opens it anew, as another relay does, or the same after a restart.
    pub(crate) async fn open(&self) -> Arc<dyn Storage> {
        match self {
            Self::Folder(folder) => {
                let file = folder.path().join("kruispunt.sqlite");
                Arc::new(SqliteStorage::open(&file).await.unwrap())
            }
            Self::Postgres(database) => {
                let address = database.url().parse().unwrap();
                Arc::new(PgStorage::open(&address).await.unwrap())
            }
        }
    }
}

/// Makes two tests of a story that takes its ground: one on each database.
macro_rules! on_every_database {
    ($($story:ident,)+) => {
        on_every_database!(@on sqlite: $($story,)+);
        on_every_database!(@on postgres: $($story,)+);
    };
    (@on $database:ident: $($story:ident,)+) => {
        mod $database {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story($crate::kit::Ground::$database()).await;
                }
            )+
        }
    };
}

pub(crate) use on_every_database;
