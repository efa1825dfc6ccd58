//! `restore`: a backup into an empty database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use kruispunt_server::backup::Whole;
use kruispunt_server::clock::{now, stopwatch};

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
        let watch = stopwatch();
        // First the file, so that nothing is made for one that is good for nothing.
        let whole = Whole::open(&self.file).await;
        let whole = whole.context("nothing was restored")?;
        let claimed = self.database.claim().await?;
        let restored = whole.restore(&*claimed.storage, now()).await;
        claimed.storage.close().await;
        let restored = restored.context("nothing was restored")?;
        println!(
            "{}: {}",
            self.file.display(),
            told(&restored, watch.elapsed())
        );
        println!(
            "Every document begins a new epoch; phones bring back what they did after the backup. Devices that were \
            revoked after it have to be revoked again."
        );
        Ok(ExitCode::SUCCESS)
    }
}
