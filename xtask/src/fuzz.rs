//! `cargo xtask fuzz TARGET`: lets libFuzzer look for bytes that do harm, beginning from what honest phones send.
//!
//! Nothing of the house is unsafe code, so no sanitizer is asked for, and the compiler of every other build does.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::{Arg, ArgMatches};

use crate::{
    house::House,
    process,
    report::{Done, step},
};

/// How many bytes at most one try has: a little more than the largest change may.
const MOST_BYTES: u32 = 20_000;

/// How many seconds one try may take.
const PATIENCE: u32 = 10;

/// What a person may type.
pub(crate) fn command() -> clap::Command {
    clap::Command::new("fuzz")
        .about("Look for bytes that do harm, with libFuzzer")
        .arg(
            Arg::new("TARGET")
                .required(true)
                .value_parser(["frame", "change"])
                .help("What the bytes are taken for"),
        )
        .arg(
            Arg::new("seconds")
                .long("seconds")
                .value_name("N")
                .value_parser(clap::value_parser!(u64))
                .default_value("60")
                .help("For how long"),
        )
}

/// # Errors
///
/// When cargo-fuzz cannot be installed, or bytes were found that do harm: libFuzzer says in which file it kept them.
pub(crate) fn fuzz(house: &House, given: &ArgMatches) -> Result<ExitCode> {
    let target = given.get_one::<String>("TARGET").context("no target")?;
    let seconds = given.get_one::<u64>("seconds").context("no time")?;
    step("cargo-fuzz", || install(house))?;
    let mut seeds = house.cargo();
    seeds.args(["run", "--package", "kruispunt-fuzz", "--example", "seeds"]);
    process::must(&mut seeds)?;
    let mut fuzz = house.cargo();
    fuzz.args(["fuzz", "run", "--sanitizer", "none"])
        .args(["--features", "libfuzzer", target.as_str(), "--"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MOST_BYTES}"))
        .arg(format!("-timeout={PATIENCE}"))
        // Optimising across crates costs minutes and finds nothing more.
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    process::must(&mut fuzz)?;
    Ok(ExitCode::SUCCESS)
}

fn install(house: &House) -> Result<Done> {
    if process::output(Command::new("cargo-fuzz").arg("--version")).is_ok() {
        return Ok(Done::Unchanged);
    }
    let mut cargo = house.cargo();
    cargo.args(["install", "cargo-fuzz", "--locked", "--version", "^0.13"]);
    process::must(&mut cargo).context("cargo-fuzz cannot be installed")?;
    Ok(Done::Made)
}
