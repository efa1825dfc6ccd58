//! `import-areas`: a town's areas from a file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use kruispunt_server::import::{ImportError, import};
use kruispunt_storage::Imported;

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct ImportAreas {
    /// The file: UTF-8, first line `code,name,kind,parent`, kinds town, district, quarter, neighbourhood, street.
    file: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl ImportAreas {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let file = std::fs::read(&self.file)
            .with_context(|| format!("the file {} cannot be read", self.file.display()))?;
        let claimed = self.database.enter().await?;
        let imported = import(&file, &*claimed.storage).await;
        claimed.storage.close().await;
        match imported {
            Ok(Imported {
                added,
                changed,
                unchanged,
            }) => {
                let all = added + changed + unchanged;
                println!("{all} areas: {added} new, {changed} changed, {unchanged} as they were.");
                Ok(ExitCode::SUCCESS)
            }
            Err(ImportError::BadLines(lines)) => {
                for line in &lines {
                    eprintln!("{}: {line}", self.file.display());
                }
                eprintln!("Nothing was imported: {} to correct.", count(lines.len()));
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error).context("nothing was imported"),
        }
    }
}

fn count(lines: usize) -> String {
    match lines {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    }
}
