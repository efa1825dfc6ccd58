//! `steward-link`: another way in for a steward, for whoever runs the relay.

use std::process::ExitCode;

use clap::Args;
use kruispunt_core::id::MemberId;
use kruispunt_server::clock::now;
use kruispunt_server::{Settings, steward};

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct StewardLink {
    /// The steward who lost everything, by identifier; else it is for one who never came in, or for a new one.
    #[arg(long, value_name = "MEMBER", allow_hyphen_values = true)]
    member: Option<MemberId>,
    /// The address at which residents reach the relay.
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    public_url: String,
    #[command(flatten)]
    database: Database,
}

impl StewardLink {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = Settings::new(&self.public_url)?;
        let storage = self.database.visit().await?;
        let made = steward::another(&*storage, self.member, now()).await;
        storage.close().await;
        println!("{}", link(settings.public_url(), made?.expose()));
        Ok(ExitCode::SUCCESS)
    }
}

/// The line that is printed for a steward.
pub(super) fn link(public_url: &str, secret: &str) -> String {
    format!("steward, once, for 7 days:  {public_url}/#/start/{secret}")
}
