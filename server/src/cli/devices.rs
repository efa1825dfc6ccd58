//! `devices`: which there are, for `revoke`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use kruispunt_core::id::MemberId;
use kruispunt_core::time::Timestamp;
use kruispunt_server::clock::now;

use super::database::Database;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Args)]
pub(super) struct Devices {
    /// Only those of this member.
    #[arg(long, value_name = "MEMBER")]
    member: Option<MemberId>,
    #[command(flatten)]
    database: Database,
}

impl Devices {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let storage = self.database.visit().await?;
        let devices = storage.devices().await;
        storage.close().await;
        let (now, mut out) = (now(), io::stdout().lock());
        for known in devices.context("the devices cannot be read")? {
            let device = known.device;
            if self.member.is_some_and(|member| member != device.member) {
                continue;
            }
            let state = match device.revoked_at {
                Some(at) => format!("revoked {}", ago(at, now)),
                None => "in use".to_owned(),
            };
            let came_in = ago(known.created_at, now);
            let seen = known
                .seen_at
                .map_or_else(String::new, |at| format!("  seen {}", ago(at, now)));
            let (device, member) = (device.id, device.member);
            writeln!(
                out,
                "{device}  member {member}  came in {came_in}{seen}  {state}"
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// How long ago, in whole days: as much as one needs to tell a lost phone from its successor.
fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.as_millis().saturating_sub(at.as_millis()) / DAY {
        ..=0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_days() {
        let noon = Timestamp::from_millis(1_790_000_000_000);
        assert_eq!(ago(noon, noon.plus_millis(DAY - 1)), "today");
        assert_eq!(ago(noon, noon.plus_millis(DAY)), "1 day ago");
        assert_eq!(ago(noon, noon.plus_millis(30 * DAY)), "30 days ago");
    }
}
