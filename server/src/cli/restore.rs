//! `restore`: a backup into an empty database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use kruispunt_server::backup::restore;
use kruispunt_server::clock::now;

use super::backup::told;
use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup. It may come from the other kind of database.
    file: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl Restore {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let claimed = self.database.claim().await?;
        let restored = restore(&*claimed.storage, &self.file, now()).await;
        claimed.storage.close().await;
        let restored = restored.context("nothing was restored")?;
        println!("{}: {}", self.file.display(), told(&restored));
        println!(
            "Every document began a new epoch. Devices that were revoked after the backup have to be revoked again."
        );
        Ok(ExitCode::SUCCESS)
    }
}
