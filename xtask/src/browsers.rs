//! Finds the browsers that the end-to-end tests drive, and installs Debian's when they are missing.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    packages,
    report::{Done, step},
};

/// Debian's package and command, and the variable by which the tests learn where it is. Setting
/// the variable oneself chooses another browser of the same family.
const BROWSERS: [(&str, &str); 2] = [
    ("chromium", "KRUISPUNT_CHROMIUM"),
    ("firefox-esr", "KRUISPUNT_FIREFOX"),
];

/// The variables to hand to the tests.
///
/// # Errors
///
/// When a browser is missing and cannot be installed.
pub(crate) fn ready() -> Result<Vec<(&'static str, PathBuf)>> {
    let missing: Vec<_> = BROWSERS
        .iter()
        .filter(|(command, variable)| find(command, variable).is_none())
        .map(|(command, _)| *command)
        .collect();
    if !missing.is_empty() {
        let list = missing.join(" ");
        step(
            &format!("Installing the browsers the tests drive: {list}"),
            || {
                packages::install(&missing)?;
                match missing.iter().find(|package| find(package, "").is_none()) {
                    Some(package) => bail!("apt-get brought no {package}"),
                    None => Ok(Done::Made),
                }
            },
        )
        .with_context(|| {
            format!(
                "the browser tests need {list}. On Debian: sudo apt-get install {list}. \
                     Elsewhere, say where they are in KRUISPUNT_CHROMIUM and KRUISPUNT_FIREFOX"
            )
        })?;
    }
    BROWSERS
        .iter()
        .map(|(command, variable)| {
            let place = find(command, variable);
            Ok((
                *variable,
                place.with_context(|| format!("{command} is still not on the PATH"))?,
            ))
        })
        .collect()
}

fn find(command: &str, variable: &str) -> Option<PathBuf> {
    if let Some(chosen) = env::var_os(variable).filter(|chosen| !chosen.is_empty()) {
        return Some(PathBuf::from(chosen));
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(command))
        .find(|place| place.is_file())
}
