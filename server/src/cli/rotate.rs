//! `rotate`: begins new epochs of streets' boards.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use kruispunt_core::id::DocumentId;
use kruispunt_core::schema::Keep;
use kruispunt_core::time::Timestamp;
use kruispunt_server::clock::now;
use kruispunt_server::rotation::{Rotated, is_older, rotate};
use kruispunt_storage::{DocumentPosition, Storage};

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// The streets, by code or by the identifier of their document.
    #[arg(value_name = "STREET", required_unless_present = "older_than")]
    streets: Vec<String>,
    /// All streets whose epoch began so long ago, for example 90d.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "streets")]
    older_than: Option<Duration>,
    /// How long requests stay after they were closed, for example 180d.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "180d")]
    keep_closed: Duration,
    #[command(flatten)]
    database: Database,
}

impl Rotate {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let storage = self.database.visit().await?;
        let now = now();
        let documents = self.documents(&*storage, now).await?;
        let mut code = ExitCode::SUCCESS;
        let keep = Keep::since(before(now, self.keep_closed));
        for &document in &documents {
            match rotate(&*storage, document, keep, now).await {
                Ok(Rotated {
                    began,
                    changes,
                    bytes,
                    ..
                }) => {
                    println!(
                        "{document}: epoch {began} begins with {bytes} bytes; changes gone: {changes}."
                    );
                }
                Err(error) => {
                    eprintln!("{document}: {error}");
                    code = ExitCode::FAILURE;
                }
            }
        }
        if documents.is_empty() {
            println!("No street is that old.");
        }
        storage.close().await;
        Ok(code)
    }

    async fn documents(
        &self,
        storage: &dyn Storage,
        now: Timestamp,
    ) -> anyhow::Result<Vec<DocumentId>> {
        let positions = storage
            .positions()
            .await
            .context("the streets cannot be read")?;
        if let Some(than) = self.older_than {
            let old = positions
                .iter()
                .filter(|position| is_older(position, than, now));
            return Ok(old.map(|position| position.document).collect());
        }
        let areas = storage
            .areas()
            .await
            .context("the streets cannot be read")?;
        let find = |street: &String| {
            let area = areas.iter().find(|area| area.code == *street);
            let is_meant = |position: &&DocumentPosition| match area {
                Some(area) => position.area == area.id,
                None => street.parse() == Ok(position.document),
            };
            match positions.iter().find(is_meant) {
                Some(position) => Ok(position.document),
                None => bail!("there is no street {street:?}"),
            }
        };
        self.streets.iter().map(find).collect()
    }
}

fn before(now: Timestamp, time: Duration) -> Timestamp {
    now.plus_millis(i64::try_from(time.as_millis()).map_or(i64::MIN, i64::wrapping_neg))
}

/// Reads `90d` or `12h`.
fn time(text: &str) -> Result<Duration, String> {
    let hours = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((days, "d")) => days.parse::<u32>().ok().map(|days| u64::from(days) * 24),
        Some((hours, "h")) => hours.parse::<u32>().ok().map(u64::from),
        _ => None,
    };
    let hours = hours.ok_or("write days as 90d or hours as 12h")?;
    Ok(Duration::from_secs(hours * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_or_hours() {
        assert_eq!(time("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(time("12h"), Ok(Duration::from_hours(12)));
        for wrong in ["", "d", "90", "90 d", "-1d", "1é"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        let long = before(Timestamp::from_millis(5), Duration::MAX);
        assert!(long < Timestamp::from_millis(0));
    }
}
