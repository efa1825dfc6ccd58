//! `backup`: everything in one file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use kruispunt_server::backup::{Summary, backup};
use kruispunt_server::clock::{now, stopwatch};

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write. It must not be there yet, and whoever can read it can read what is on every board.
    file: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let storage = self.database.visit().await?;
        let watch = stopwatch();
        let made = backup(&*storage, &self.file, now()).await;
        storage.close().await;
        let made = made.context("no backup was made")?;
        println!("{}: {}", self.file.display(), told(&made, watch.elapsed()));
        Ok(ExitCode::SUCCESS)
    }
}

/// What is in it, for the operator.
pub(super) fn told(summary: &Summary, took: Duration) -> String {
    let Summary {
        areas,
        members,
        devices,
        invitations,
        documents,
        done,
        cards,
        others: _,
        bytes,
    } = summary;
    format!(
        "areas {areas}, members {members}, devices {devices}, invitations {invitations}, documents {documents}, \
        audit entries {done}, case cards {cards}; {bytes} bytes in {:.1} seconds.",
        took.as_secs_f64()
    )
}
