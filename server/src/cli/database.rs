//! Which database a command works on.

use std::path::PathBuf;

use clap::Args;
use kruispunt_server::folder::Folder;
use kruispunt_storage_sqlite::SqliteStorage;

/// A database that is there already, and that a relay may be serving.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Database {
    pub(super) async fn open(&self) -> anyhow::Result<SqliteStorage> {
        Ok(Folder::visit(&self.data).await?)
    }
}
