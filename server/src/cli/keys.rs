//! `keys`: the record keys.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use kruispunt_server::clock::now;
use kruispunt_server::keys::{KeyRing, Keys as Ring};
use kruispunt_storage::Storage;

use super::database::Database;
use super::key_file::KeyFile;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Print a new key, for a file or the environment variable `KRUISPUNT_KEYS`.
    New,
    /// List the keys of a database by identifier, and how much each opens.
    List(Where),
    /// Add a key to the file, and wrap by it what is stored: a copy of the old file opens nothing that is written
    /// from here on. Works while relays serve the database. Keys that are given in the environment are added there
    /// first; this then wraps by the newest of them.
    Rotate(Where),
    /// Take older keys out of the file, once nothing is wrapped by them. What phones sealed to them and have not
    /// sent yet they seal anew.
    Retire(Where),
}

#[derive(Debug, Args)]
pub(super) struct Where {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: KeyFile,
}

impl Where {
    async fn open(&self) -> anyhow::Result<(Arc<dyn Storage>, Ring)> {
        let place = self.keys.place(&self.database)?;
        let storage = self.database.visit().await?;
        let ring = Ring::open(place, &*storage, now()).await?;
        Ok((storage, ring))
    }
}

impl Keys {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut out = io::stdout().lock();
        match self {
            Self::New => {
                let ring = KeyRing::random()?;
                out.write_all(ring.text().as_bytes())?;
            }
            Self::List(place) => {
                let (storage, ring) = place.open().await?;
                let known = storage.keys().record_keys().await;
                storage.close().await;
                let active = ring.ring().active_id();
                for key in known.context("the keys cannot be read")? {
                    let state = if key.id == active { "active" } else { "older" };
                    writeln!(out, "{}  {state}  opens {}", key.id, key.wraps)?;
                }
            }
            Self::Rotate(place) => {
                let (storage, ring) = place.open().await?;
                let count = ring.rotate(&*storage, now()).await;
                storage.close().await;
                let count = count.context("not everything is wrapped by the new key; try again")?;
                let active = ring.ring().active_id();
                writeln!(
                    out,
                    "{active} is the active key now; wrapped anew: {count}."
                )?;
                writeln!(
                    out,
                    "Put a copy of the keys where the last one is, apart from the backups."
                )?;
            }
            Self::Retire(place) => {
                let (storage, ring) = place.open().await?;
                let retired = ring.retire(&*storage).await;
                storage.close().await;
                for key in retired.context("no key was retired")? {
                    writeln!(out, "{key}: retired.")?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
