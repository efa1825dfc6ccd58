//! The relay's storage on SQLite: one file beside one binary.
//!
//! SQLite has one writer at a time, so there is exactly one writing connection and everything that writes waits
//! its turn there; a few reading connections see the last committed state meanwhile (write-ahead log). A commit
//! returns when it is on disk (`synchronous = FULL`): only then may the relay say that work is safe.
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
mod rows;
mod watch;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use kruispunt_storage::{
    Cases, Erasures, Intakes, Ladder, Mails, Notes, Notices, Passkeys, Profiles, RecordKeys,
    RefusedWork, Storage, StorageError, Watch,
};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::error::{from_migrate, from_sqlx};
use crate::watch::SqliteWatch;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// Readers are for sign-ins and for phones that come back; two of them keep a slow one from holding up the rest.
const READERS: u32 = 2;

/// How long to wait for another process, such as a backup, before saying that the database is busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database file.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStorage {
    /// Opens the file, makes it when it is missing and brings its tables up to date.
    ///
    /// # Errors
    /// [`StorageError::Newer`] when a newer version wrote it; [`StorageError::Busy`],
    /// [`StorageError::Corrupt`] or [`StorageError::Unavailable`] when it cannot be used.
    pub async fn open(file: &Path) -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What a rotation leaves out must not stay readable in the file.
            .pragma("secure_delete", "ON")
            .busy_timeout(PATIENCE);
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(from_sqlx)?;
        MIGRATIONS.run(&writer).await.map_err(from_migrate)?;
        let readers = pool(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(from_sqlx)?;
        tracing::debug!(migrations = MIGRATIONS.iter().count(), "database is open");
        Ok(Self { writer, readers })
    }

    /// Begins to write. The lock is taken at once: one that is upgraded halfway cannot wait for its turn.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StorageError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(from_sqlx)
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE * 2)
        // A connection to a file does not grow stale the way one over a network does.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

#[async_trait]
impl Storage for SqliteStorage {
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
        let answer = sqlx::query_scalar!(
            r#"SELECT COUNT(*) AS "count!: i64" FROM area WHERE parent IS NULL"#
        );
        answer
            .fetch_one(&self.readers)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, StorageError> {
        Ok(Box::new(SqliteWatch::begin(self.writer.clone()).await?))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_storage::Documents as _;

    use super::*;

    #[tokio::test]
    async fn a_database_from_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kruispunt.sqlite");
        let storage = SqliteStorage::open(&file).await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations \
            (version, description, success, checksum, execution_time) VALUES (9999, 'newer', TRUE, x'00', 0)";
        sqlx::query(newer).execute(&storage.writer).await.unwrap();
        storage.close().await;

        let error = SqliteStorage::open(&file).await.unwrap_err();

        assert!(matches!(error, StorageError::Newer(9999)), "{error:?}");
    }

    #[tokio::test]
    async fn an_older_log_knows_where_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kruispunt.sqlite");
        let older = Migrator {
            migrations: MIGRATIONS.migrations[..1].to_vec().into(),
            ..Migrator::DEFAULT
        };
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let before = pool(1).connect_with(options).await.unwrap();
        older.run(&before).await.unwrap();
        let log = "INSERT INTO area VALUES (zeroblob(16), 'elm', 'Elm Street', 'street', NULL);
            INSERT INTO document VALUES (zeroblob(16), 'street', zeroblob(16), 0);
            INSERT INTO change VALUES
                (zeroblob(16), 0, 1, zeroblob(32), x'01', NULL, NULL, 1000),
                (zeroblob(16), 0, 2, randomblob(32), x'02', NULL, NULL, 2000);";
        sqlx::raw_sql(log).execute(&before).await.unwrap();
        before.close().await;

        let storage = SqliteStorage::open(&file).await.unwrap();

        let position = storage.positions().await.unwrap()[0];
        assert_eq!((position.epoch, position.seq), (0, 2));
        assert_eq!(position.began_at.as_millis(), 1000);
    }

    #[tokio::test]
    async fn a_database_that_is_locked_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kruispunt.sqlite");
        let storage = SqliteStorage::open(&file).await.unwrap();
        let impatient = SqliteConnectOptions::new()
            .filename(&file)
            .busy_timeout(Duration::ZERO);
        let other = pool(1).connect_with(impatient).await.unwrap();
        let writing = storage.write().await.unwrap();

        let error = other
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(from_sqlx)
            .unwrap_err();

        assert!(matches!(error, StorageError::Busy(_)), "{error:?}");
        drop(writing);
    }
}
