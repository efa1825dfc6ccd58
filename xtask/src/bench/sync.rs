//! `cargo xtask bench sync`: builds the relay, its peers and the load generator, and lets the latter compare them.

use std::{path::PathBuf, process::Command, thread::available_parallelism};

use anyhow::{Context, Result, bail};

use crate::{
    house::House,
    npm, process,
    report::{Done, step},
};

/// Servers have the first core, the load generator has the second: neither takes time from the other.
const LOAD_CORE: &str = "1";

/// What is given after the name is for the load generator; `tests/load` has the words.
pub(super) fn sync(house: &House, more: &[String]) -> Result<()> {
    let mut load = load(house)?;
    load.arg("--kruispunt").arg(house.server());
    load.arg("--scratch").arg(house.target("bench/scratch"));
    load.arg("--out").arg(house.target("bench/sync.json"));
    if wants_peers(more) {
        let node = house.path("tests/load/peers/node");
        npm::install(house, &node)?;
        load.arg("--node").arg(node);
        load.arg("--samod").arg(samod(house)?);
    }
    process::must(load.args(more))
}

/// The load generator on its core, with a relay built beside it.
pub(super) fn load(house: &House) -> Result<Command> {
    can_be_measured_here()?;
    step("Building the relay and the load generator", || {
        let mut cargo = house.cargo();
        cargo.args(["build", "--release", "--package", "kruispunt-server"]);
        process::must(cargo.args(["--package", "kruispunt-load"]))?;
        Ok(Done::Made)
    })?;
    let mut load = Command::new("taskset");
    load.args(["--cpu-list", LOAD_CORE])
        .arg(house.target("release/kruispunt-load"));
    Ok(load)
}

/// A server of its own with its own lock file, outside the workspace: nobody else has to build it.
fn samod(house: &House) -> Result<PathBuf> {
    let target = house.target("bench/peers");
    step("Building a server on samod", || {
        let mut cargo = house.cargo();
        cargo.args(["build", "--release", "--locked", "--manifest-path"]);
        cargo.arg(house.path("tests/load/peers/samod/Cargo.toml"));
        process::must(cargo.arg("--target-dir").arg(&target))?;
        Ok(Done::Made)
    })?;
    Ok(target.join("release/samod-server"))
}

fn can_be_measured_here() -> Result<()> {
    process::output(Command::new("taskset").arg("--version"))
        .context("every server is kept to one core by taskset, of util-linux")?;
    let cores = available_parallelism().context("nobody knows how many cores there are")?;
    if cores.get() < 2 {
        bail!("there is one core here: the servers need one, the load generator another");
    }
    Ok(())
}

/// Whether anybody but the relay takes part.
fn wants_peers(more: &[String]) -> bool {
    let only = more.iter().enumerate().find_map(|(at, word)| {
        if word == "--only" {
            more.get(at + 1).map(String::as_str)
        } else {
            word.strip_prefix("--only=")
        }
    });
    let asks_for_help = more.iter().any(|word| word == "--help" || word == "-h");
    !asks_for_help && only.is_none_or(|names| names.split(',').any(|name| name != "kruispunt"))
}

#[cfg(test)]
mod tests {
    use super::wants_peers;

    #[test]
    fn peers_are_installed_when_somebody_wants_them() {
        let wants = |words: &[&str]| {
            wants_peers(&words.iter().map(|&word| word.into()).collect::<Vec<_>>())
        };
        assert!(wants(&[]) && wants(&["--quick"]) && wants(&["--only", "kruispunt,samod"]));
        assert!(!wants(&["--quick", "--only", "kruispunt"]) && !wants(&["--only=kruispunt"]));
        assert!(!wants(&["--help"]));
    }
}
