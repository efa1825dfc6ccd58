//! Installs packages of Debian where a test needs what is not there.

use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Installs Debian's packages.
///
/// # Errors
///
/// When there is no apt-get, when this user may not, or when it does not succeed.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    process::output(Command::new("apt-get").arg("--version")).context("there is no apt-get")?;
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Asking for a password in the middle of a test run would look like a run that hangs.
        process::output(Command::new("sudo").args(["-n", "true"]))
            .context("installing needs root, or sudo without a password")?;
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            Command::new("env")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        };
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"])
            .args(arguments);
        process::must(&mut command)
    };
    let mut arguments = vec!["install", "--no-install-recommends"];
    arguments.extend(packages);
    if apt(&arguments).is_err() {
        // The list of packages may be old, or not there yet.
        apt(&["update"])?;
        apt(&arguments)?;
    }
    Ok(())
}
