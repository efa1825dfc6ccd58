//! `cargo xtask check`: format, lint and types, for Rust and for the front end.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};

use crate::{house::House, needs, npm, process, pwa, report::Report, wasm};

/// Runs all checks, so that one complaint does not hide another.
///
/// # Errors
///
/// When a tool is missing.
pub(crate) fn check(house: &House) -> Result<ExitCode> {
    needs::for_building(house)?;
    let mut report = Report::default();
    rust(house, &mut report);
    // The front end's types come from the phone's core.
    let built = report.step("The phone's core", || {
        npm::install(house, &house.path("pwa"))?;
        wasm::build(house)
    });
    if built.is_some() {
        front(house, &mut report);
    } else {
        report.not_run(FRONT, "the phone's core did not build");
        report.not_run(JOURNEYS, "the phone's core did not build");
    }
    Ok(report.finish())
}

const FRONT: &str = "Front end: types, lint, format, words";
const JOURNEYS: &str = "Browser tests: types, format";

/// rustfmt, and clippy for this machine and for the browser.
pub(crate) fn rust(house: &House, report: &mut Report) {
    report.step("Rust: format", || {
        process::must(house.cargo().args(["fmt", "--all", "--check"]))
            .context("`cargo fmt` puts it right")
    });
    report.step("Rust: lint, for this machine", || {
        // The relay embeds that folder; for its lints it may be empty.
        fs::create_dir_all(pwa::dist(house)).context("cannot make pwa/dist")?;
        let mut clippy = house.cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--all-features"]);
        process::must(clippy.args(["--", "--deny", "warnings"]))
    });
    report.step("Rust: lint, for the browser", || {
        let mut clippy = house.cargo();
        clippy.args(["clippy", "--package", "kruispunt-client"]);
        clippy.args(["--target", "wasm32-unknown-unknown"]);
        process::must(clippy.args(["--", "--deny", "warnings"]))
    });
}

/// Whatever the front end and its browser tests check about themselves without running.
pub(crate) fn front(house: &House, report: &mut Report) {
    report.step(FRONT, || {
        process::must(&mut npm::script(&house.path("pwa"), "check"))
    });
    report.step(JOURNEYS, || {
        let journeys = house.path("tests/e2e");
        npm::install(house, &journeys)?;
        process::must(&mut npm::script(&journeys, "check"))
    });
}
