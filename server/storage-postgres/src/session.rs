//! How a connection to the database behaves, whatever the database's own settings are.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use kruispunt_storage::StorageError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::{from_migrate, from_sqlx};

/// Where the database is and how to get in: `postgres://user:password@host:port/database`. It may hold a password, so
/// it does not show itself.
#[derive(Clone)]
pub struct Address(Arc<PgConnectOptions>);

/// The text is no address of a PostgreSQL database. What it was is not said: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address like postgres://user:password@host:5432/database")
    }
}

impl std::error::Error for InvalidAddress {}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(InvalidAddress);
        }
        let options = text.parse().map_err(|_| InvalidAddress)?;
        Ok(Self(Arc::new(options)))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Host and database only.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.0.get_database().unwrap_or_default();
        match self.0.get_socket() {
            Some(socket) => write!(f, "{}/{database}", socket.display()),
            None => write!(f, "{}:{}/{database}", self.0.get_host(), self.0.get_port()),
        }
    }
}

/// A commit returns when it is on disk: only then may the relay say that work is safe. A transaction that was begun
/// and left, because its relay hangs or lost its line, must not hold up the other relays; and nobody waits without end.
pub(crate) fn options(address: &Address) -> PgConnectOptions {
    let options = PgConnectOptions::clone(&address.0);
    options.application_name("kruispunt").options([
        ("synchronous_commit", "on"),
        ("idle_in_transaction_session_timeout", "20s"),
        ("lock_timeout", "10s"),
        ("statement_timeout", "60s"),
    ])
}

/// Brings the tables up to date, however long that takes.
pub(crate) async fn migrate(address: &Address, migrations: &Migrator) -> Result<(), StorageError> {
    let options = PgConnectOptions::clone(&address.0).application_name("kruispunt");
    // A pool would try for a while and then only say that it had no patience left.
    let connection = options.connect().await.map_err(from_sqlx)?;
    connection.close().await.map_err(from_sqlx)?;
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.map_err(from_sqlx)?;
    let migrated = migrations.run(&pool).await.map_err(from_migrate);
    pool.close().await;
    migrated
}

/// Says so when the operator has told the database not to wait for the disk: then nobody can promise anything.
pub(crate) async fn warn_if_not_durable(pool: &PgPool) -> Result<(), StorageError> {
    let setting = sqlx::query_scalar!(r#"SELECT current_setting('fsync') AS "fsync!""#);
    let fsync = setting.fetch_one(pool).await.map_err(from_sqlx)?;
    if fsync != "on" {
        tracing::warn!(
            "the database does not wait for the disk (fsync = {fsync}): what it acknowledges can be lost"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_password_to_itself() {
        let address: Address = "postgres://kruispunt:very%20secret@db.example:5433/town"
            .parse()
            .unwrap();
        assert_eq!(address.to_string(), "db.example:5433/town");
        assert_eq!(format!("{address:?}"), "Address(db.example:5433/town)");
        assert!(!InvalidAddress.to_string().contains("secret@"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "town.sqlite",
            "mysql://localhost/town",
            "postgres://[oops/town",
        ] {
            assert_eq!(
                text.parse::<Address>().err(),
                Some(InvalidAddress),
                "{text}"
            );
        }
    }
}
