//! The relay's storage on PostgreSQL: several relays on one database.
//!
//! Every document has one row that says where its log ends. Whoever writes to a log first moves that end, and only
//! from where they believe it to be: of two relays one is told that it is late. Rows are taken in the order of their
//! identifiers, so that two relays that write many documents wait for each other and never in a circle. What was
//! committed is told to the others in the same transaction, by identifiers only.
//!
//! This crate is the only one that knows this database's SQL. It deliberately knows no rules: who may write what
//! was decided before.

mod archive;
mod areas;
mod audit;
mod cases;
mod documents;
mod erasures;
mod error;
mod intakes;
mod keys;
mod ladder;
mod mails;
mod notes;
mod notices;
mod passkeys;
mod people;
mod profiles;
mod refused;
mod session;
mod watch;

use std::time::Duration;

use async_trait::async_trait;
use kruispunt_storage::{
    Cases, Erasures, Intakes, Ladder, Mails, Notes, Notices, Passkeys, Profiles, RecordKeys,
    RefusedWork, Storage, StorageError, Watch,
};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use crate::error::from_sqlx;
use crate::watch::PgWatch;

pub use session::Address;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// Commits come in groups, one after another; the others are for snapshots and sign-ins meanwhile.
const WRITERS: u32 = 3;

/// A whole street that comes back reads much at once.
const READERS: u32 = 6;

/// How long to wait for a connection before saying that the database cannot be reached.
const PATIENCE: Duration = Duration::from_secs(10);

/// A database, from one relay's point of view.
#[derive(Debug, Clone)]
pub struct PgStorage {
    writers: PgPool,
    readers: PgPool,
    address: Address,
    /// Who we are in what is told to the others; the database throws the dice.
    instance: String,
}

impl PgStorage {
    /// Connects, and brings the tables up to date. Relays that start at the same time wait for each other here.
    ///
    /// # Errors
    /// [`StorageError::Newer`] when a newer version wrote the database; [`StorageError::Corrupt`] or
    /// [`StorageError::Unavailable`] when it cannot be used.
    pub async fn open(address: &Address) -> Result<Self, StorageError> {
        session::migrate(address, &MIGRATIONS).await?;
        let options = session::options(address);
        let writers = pool(WRITERS)
            .connect_with(options.clone())
            .await
            .map_err(from_sqlx)?;
        session::warn_if_not_durable(&writers).await?;
        let instance = sqlx::query_scalar!(r#"SELECT gen_random_uuid()::text AS "instance!""#);
        let instance = instance.fetch_one(&writers).await.map_err(from_sqlx)?;
        let readers = pool(READERS).connect_lazy_with(options);
        tracing::debug!(migrations = MIGRATIONS.iter().count(), "database is open");
        Ok(Self {
            writers,
            readers,
            address: address.clone(),
            instance,
        })
    }

    /// Begins to write. What is read here is the newest, not what was there at the beginning.
    async fn write(&self) -> Result<Transaction<'static, Postgres>, StorageError> {
        self.writers
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            .await
            .map_err(from_sqlx)
    }

    /// Begins to read what was there at one moment.
    async fn read(&self) -> Result<Transaction<'static, Postgres>, StorageError> {
        self.readers
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .map_err(from_sqlx)
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // Asking every time whether a connection still works costs a round trip; one that was used just now does.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= Duration::from_secs(1) {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
}

#[async_trait]
impl Storage for PgStorage {
    fn passkeys(&self) -> &dyn Passkeys {
        self
    }

    fn profiles(&self) -> &dyn Profiles {
        self
    }

    fn ladder(&self) -> &dyn Ladder {
        self
    }

    fn keys(&self) -> &dyn RecordKeys {
        self
    }

    fn cases(&self) -> &dyn Cases {
        self
    }

    fn notes(&self) -> &dyn Notes {
        self
    }

    fn notices(&self) -> &dyn Notices {
        self
    }

    fn mails(&self) -> &dyn Mails {
        self
    }

    fn refused_work(&self) -> &dyn RefusedWork {
        self
    }

    fn intakes(&self) -> &dyn Intakes {
        self
    }

    fn erasures(&self) -> &dyn Erasures {
        self
    }

    async fn ping(&self) -> Result<(), StorageError> {
        let answer =
            sqlx::query_scalar!(r#"SELECT COUNT(*) AS "count!" FROM area WHERE parent IS NULL"#);
        answer
            .fetch_one(&self.readers)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, StorageError> {
        let closed = self.writers.close_event();
        let watch = PgWatch::begin(&self.address, self.instance.clone(), closed).await?;
        Ok(Box::new(watch))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}
