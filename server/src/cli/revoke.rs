//! `revoke`: takes devices out of use.

use std::process::ExitCode;

use clap::Args;
use kruispunt_core::id::DeviceId;
use kruispunt_server::audit::{Told as _, by_operator, deed};
use kruispunt_server::clock::now;

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The devices, by identifier. One that begins with a hyphen goes after `--`, at the end.
    #[arg(required = true)]
    devices: Vec<DeviceId>,
    #[command(flatten)]
    database: Database,
}

impl Revoke {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let storage = self.database.visit().await?;
        let mut code = ExitCode::SUCCESS;
        for &device in &self.devices {
            let known = storage.device(device).await?;
            let member = match known {
                Some(known) => storage.member(known.member).await?,
                None => None,
            };
            let mut entry = by_operator(deed::DEVICE_REVOKED, now())?;
            if let Some(member) = member {
                let area = member.memberships.first().map(|is| is.area);
                entry = entry.in_area(area).to_member(member.id);
            }
            if storage.revoke_device(device, &entry).await? {
                println!(
                    "{device}: out of use. It is cut off at once and told to forget everything."
                );
            } else {
                eprintln!("{device}: there is no such device in use.");
                code = ExitCode::FAILURE;
            }
        }
        storage.close().await;
        Ok(code)
    }
}
