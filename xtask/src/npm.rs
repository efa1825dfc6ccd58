//! The JavaScript side's packages and commands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context, Result, bail};

use crate::{
    house::House,
    process,
    report::{Done, step},
};

/// Installs exactly what `package-lock.json` in `folder` says, when that is not there already.
///
/// # Errors
///
/// When the folder is no npm package or npm fails.
pub(crate) fn install(house: &House, folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        bail!("{} is missing", house.shown(&lock));
    }
    // npm writes this file last, so it is as old as the last whole installation.
    let installed = folder.join("node_modules/.package-lock.json");
    if modified(&installed).is_some_and(|done| Some(done) >= modified(&lock)) {
        return Ok(());
    }
    step(
        &format!(
            "Installing the packages of {} (npm ci)",
            house.shown(folder)
        ),
        || {
            let mut npm = command("npm", folder);
            npm.args(["ci", "--no-audit", "--no-fund"]);
            process::must(&mut npm).context("the packages were not installed")?;
            Ok(Done::Made)
        },
    )
}

/// A script of the `package.json` in `folder`.
pub(crate) fn script(folder: &Path, name: &str) -> Command {
    let mut npm = command("npm", folder);
    npm.args(["run", name]);
    npm
}

/// Node, in `folder`.
pub(crate) fn node(folder: &Path) -> Command {
    command("node", folder)
}

/// The script behind a command of one of the packages of `folder`, for node to run.
///
/// # Errors
///
/// When the package is not among them.
pub(crate) fn tool(house: &House, folder: &Path, package: &str, script: &str) -> Result<PathBuf> {
    let path = folder.join("node_modules").join(package).join(script);
    if !path.is_file() {
        let list = folder.join("package.json");
        bail!(
            "{} has to name the package {package}, which is not installed",
            house.shown(&list)
        );
    }
    Ok(path)
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    // npm's own advertisement for a newer npm is no news here.
    command
        .current_dir(folder)
        .env("NPM_CONFIG_UPDATE_NOTIFIER", "false");
    command
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}
