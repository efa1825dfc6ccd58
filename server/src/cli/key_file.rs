//! Where the record keys of a relay are.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use kruispunt_server::keys::KeyPlace;

use super::database::Database;

/// Where the keys themselves are looked for when no file is named.
const VARIABLE: &str = "KRUISPUNT_KEYS";

/// What the file is called in a data folder.
const FILE: &str = "keys";

#[derive(Debug, Args)]
pub(super) struct KeyFile {
    /// The file of the record keys [default: the keys in `KRUISPUNT_KEYS`, or the file keys in the data folder].
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

impl KeyFile {
    pub(super) fn place(&self, database: &Database) -> anyhow::Result<KeyPlace> {
        if let Some(file) = &self.keys {
            return Ok(KeyPlace::File(file.clone()));
        }
        if let Some(keys) = std::env::var(VARIABLE).ok().filter(|keys| !keys.is_empty()) {
            return Ok(KeyPlace::Given(keys.into()));
        }
        if let Some(folder) = database.folder() {
            return Ok(KeyPlace::File(folder.join(FILE)));
        }
        bail!(
            "say where the record keys are: --keys FILE, the same file for every relay of this database, or the keys \
            themselves in the environment variable {VARIABLE}; `kruispunt-server keys new` makes one"
        )
    }
}
