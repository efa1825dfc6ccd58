//! PostgreSQL tells every story of the storage, each in a database of its own.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use kruispunt_cluster::Database;
use kruispunt_storage::conformance::Backend;
use kruispunt_storage_postgres::PgStorage;

struct Fresh(Database);

impl Fresh {
    fn new() -> Self {
        Self(Database::fresh().unwrap())
    }
}

impl Backend for Fresh {
    type Storage = PgStorage;

    async fn open(&self) -> PgStorage {
        let address = self.0.url().parse().unwrap();
        PgStorage::open(&address).await.unwrap()
    }
}

kruispunt_storage::conformance!(Fresh::new());
