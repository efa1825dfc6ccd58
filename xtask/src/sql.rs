//! `cargo xtask sql`: prepares what PostgreSQL says about every query, so that building needs none.
//!
//! A test of the storage compares this with a real database, and fails when it is old.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use kruispunt_cluster::{Cluster, Database, Durability};

use crate::{
    house::House,
    needs, process,
    report::{Done, step},
};

const PACKAGE: &str = "kruispunt-storage-postgres";

/// # Errors
///
/// When PostgreSQL is missing, or a query does not fit the tables.
pub(crate) fn prepare(house: &House) -> Result<ExitCode> {
    needs::postgres()?;
    step("Preparing PostgreSQL's queries", || {
        let cluster = Cluster::start(Durability::Fast)?;
        let database = Database::in_cluster(&cluster.url())?;
        for migration in sorted(&house.path("migrations/postgres"))? {
            database.perform(&migration)?;
        }
        let fresh = house.workshop("sqlx");
        empty(&fresh)?;
        let mut cargo = house.cargo();
        cargo
            .args(["check", "--package", PACKAGE])
            .env("KRUISPUNT_SQL_DATABASE", database.url())
            .env("KRUISPUNT_SQL_FOLDER", &fresh);
        process::must(&mut cargo)?;
        let kept = house.path("server/storage-postgres/.sqlx");
        empty(&kept)?;
        for file in sorted(&fresh)? {
            let name = file.file_name().context("a file without a name")?;
            fs::copy(&file, kept.join(name))?;
        }
        Ok(Done::Made)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn empty(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for file in sorted(folder)? {
        fs::remove_file(file)?;
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
