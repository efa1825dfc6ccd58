//! Which database a command works on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use kruispunt_server::database::{Claimed, Place};
use kruispunt_storage::Storage;

/// Where the address of a PostgreSQL database is looked for when no folder is given.
const VARIABLE: &str = "KRUISPUNT_DATABASE";

/// One of two.
#[derive(Debug, Args)]
#[group(id = "place", multiple = false)]
pub(super) struct Database {
    /// The data folder, with a SQLite database in it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL database, such as <postgres://kruispunt@db.example/kruispunt>. With a password it belongs into the
    /// environment variable `KRUISPUNT_DATABASE`, since everybody on the machine can read a command line.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Database {
    /// Opens it to serve from it; it is made when it is missing.
    pub(super) async fn claim(&self) -> anyhow::Result<Claimed> {
        Ok(self.place()?.claim().await?)
    }

    /// Opens it to write to it once, also while a relay serves; it is made when it is missing.
    pub(super) async fn enter(&self) -> anyhow::Result<Claimed> {
        Ok(self.place()?.enter().await?)
    }

    /// Opens one that is there already, and that a relay may be serving.
    pub(super) async fn visit(&self) -> anyhow::Result<Arc<dyn Storage>> {
        Ok(self.place()?.visit().await?)
    }

    /// The data folder, if it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    fn place(&self) -> anyhow::Result<Place> {
        if let Some(folder) = &self.data {
            return Ok(Place::Folder(folder.clone()));
        }
        if let Some(address) = &self.database {
            if holds_secret(address) {
                bail!(
                    "a password does not belong on a command line, which everybody on this machine can read: \
                    put the whole address into the environment variable {VARIABLE}"
                );
            }
            return Ok(Place::Postgres(address.parse().context("--database")?));
        }
        match std::env::var(VARIABLE) {
            Ok(address) if !address.is_empty() => {
                Ok(Place::Postgres(address.parse().context(VARIABLE)?))
            }
            _ => bail!(
                "say where the database is: --data DIR for SQLite, or --database URL or the environment variable \
                {VARIABLE} for PostgreSQL"
            ),
        }
    }
}

/// Whether there is a password in an address, before the host or among the parameters.
fn holds_secret(address: &str) -> bool {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let user = rest.split(['/', '?']).next().unwrap_or_default();
    let user = user.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("password=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_noticed_wherever_it_stands() {
        assert!(holds_secret("postgres://kruispunt:secret@localhost/town"));
        assert!(holds_secret("postgres://localhost/town?password=secret"));
        assert!(!holds_secret(
            "postgres://kruispunt@localhost:5432/town?host=/run"
        ));
        assert!(!holds_secret("postgres://localhost:5432/town"));
    }
}
