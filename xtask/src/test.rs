//! `cargo xtask test [FILTER]`: everything that must pass, or what a filter means.

use std::{
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus},
};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use kruispunt_cluster::{Cluster, Durability};

use crate::{
    browsers, check,
    house::House,
    needs, process,
    report::{Done, Report, step},
    run,
    suites::{Choice, SUITES, Suite},
};

const RUST: &str = "Rust: tests";
const EXAMPLES: &str = "Rust: examples in the documentation";
const BUILD: &str = "The whole house: build";

/// What somebody wants tested.
pub(crate) struct Wish {
    filter: Option<String>,
    /// How often what is left to chance is tried, and from which seed; the tests have their own defaults.
    chance: Vec<(&'static str, String)>,
    /// A PostgreSQL for all tests, from when they begin; it is stopped when this goes.
    cluster: Option<Cluster>,
}

impl Wish {
    pub(crate) fn from_matches(given: &ArgMatches) -> Self {
        let settings = [
            ("schedules", "KRUISPUNT_SIM_SCHEDULES"),
            ("steps", "KRUISPUNT_SIM_STEPS"),
            ("seed", "KRUISPUNT_SIM_SEED"),
            ("times", "KRUISPUNT_KILL_TIMES"),
            ("seed", "KRUISPUNT_KILL_SEED"),
        ];
        let given_number = |name| given.get_one::<u64>(name).map(u64::to_string);
        Self {
            filter: given.get_one("FILTER").cloned(),
            chance: settings
                .into_iter()
                .filter_map(|(name, variable)| Some((variable, given_number(name)?)))
                .collect(),
            cluster: None,
        }
    }

    /// What Rust's tests learn from the environment.
    fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        let cluster = self.cluster.as_ref();
        let cluster = cluster.map(|cluster| (kruispunt_cluster::VARIABLE, cluster.url()));
        self.chance.iter().cloned().chain(cluster)
    }
}

/// # Errors
///
/// When something the tests need is missing, or when a filter means no test at all.
pub(crate) fn test(house: &House, mut wish: Wish) -> Result<ExitCode> {
    needs::for_building(house)?;
    needs::postgres()?;
    step("Starting a PostgreSQL for the tests", || {
        wish.cluster = Some(Cluster::start(Durability::Fast)?);
        Ok(Done::Made)
    })?;
    let mut report = Report::default();
    match &wish.filter {
        None => everything(house, &mut report, &wish),
        Some(filter) => matching(house, &mut report, &wish, filter)?,
    }
    Ok(report.finish())
}

/// A house that is not in order is not tested; apart from that every runner runs, so that one
/// failure does not hide another.
fn everything(house: &House, report: &mut Report, wish: &Wish) {
    check::rust(house, report);
    if !report.all_passed() {
        report.not_run("All that follows", "format and lint come first");
        return;
    }
    report.step(RUST, || rust(house, wish));
    report.step(EXAMPLES, || examples(house, None));
    if report.step(BUILD, || run::build(house)).is_none() {
        for suite in &SUITES {
            report.not_run(suite.title, "the house did not build");
        }
        return;
    }
    check::front(house, report);
    for suite in &SUITES {
        report.step(suite.title, || {
            let count = suite.run(house, &Choice::All, &environment(house, suite)?)?;
            if count == 0 {
                bail!("there is no test in {}", suite.root);
            }
            Ok(())
        });
    }
}

fn matching(house: &House, report: &mut Report, wish: &Wish, filter: &str) -> Result<()> {
    let mut found = report
        .step(RUST, || rust(house, wish))
        .is_none_or(|count| count > 0);
    let examples = report.step(EXAMPLES, || examples(house, Some(filter)));
    found |= examples.is_none_or(|count| count > 0);

    let mut chosen = Vec::new();
    for suite in &SUITES {
        let choices = suite.matching(house, filter)?;
        if choices.is_empty() {
            report.not_run(suite.title, "nothing in it is called so");
        } else {
            chosen.push((suite, choices));
        }
    }
    if !chosen.is_empty() && report.step(BUILD, || run::build(house)).is_some() {
        for (suite, choices) in chosen {
            let count = report.step(suite.title, || {
                let environment = environment(house, suite)?;
                let mut count = 0;
                for choice in &choices {
                    count += suite.run(house, choice, &environment)?;
                }
                Ok(count)
            });
            found |= count.is_none_or(|count| count > 0);
        }
    }
    if !found && report.all_passed() {
        bail!("no test of any runner has {filter:?} in its name or file");
    }
    Ok(())
}

/// What the tests of a suite need to know about this machine.
fn environment(house: &House, suite: &Suite) -> Result<Vec<(&'static str, PathBuf)>> {
    if !suite.browsers {
        return Ok(Vec::new());
    }
    let mut environment = browsers::ready()?;
    environment.push(("KRUISPUNT_SERVER", house.server()));
    Ok(environment)
}

/// nextest where it is installed, otherwise cargo's own runner. Gives whether any test ran, as a
/// number that is exact only for cargo's own runner.
fn rust(house: &House, wish: &Wish) -> Result<u64> {
    let filter = wish.filter.as_deref();
    let nextest = process::output(house.cargo().args(["nextest", "--version"])).is_ok();
    let mut cargo = house.cargo();
    cargo.envs(wish.environment());
    if !nextest {
        // Examples follow as a step of their own.
        cargo.args([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ]);
        return counted(cargo.args(filter));
    }
    cargo
        .args(["nextest", "run", "--workspace", "--no-fail-fast"])
        .args(filter);
    if filter.is_some() {
        // Who asks for one test wants to see what it says, such as the seeds it tried.
        cargo.args(["--success-output", "immediate"]);
    }
    let status = process::run(&mut cargo)?;
    if filter.is_some() && status.code() == Some(NO_TESTS_RUN) {
        return Ok(0);
    }
    process::succeeded(cargo.get_program(), status).map(|()| 1)
}

/// What nextest exits with when nothing matched.
const NO_TESTS_RUN: i32 = 4;

fn examples(house: &House, filter: Option<&str>) -> Result<u64> {
    let mut cargo = house.cargo();
    cargo.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    // A filter stands behind the dashes: it is for the runner.
    if let Some(filter) = filter {
        cargo.args(["--", filter]);
    }
    counted(&mut cargo)
}

/// Runs cargo's own runner and adds up what it says it runs.
fn counted(cargo: &mut Command) -> Result<u64> {
    let mut count = 0;
    let status: ExitStatus = process::run_reading(cargo, |line| count += running(line))?;
    process::succeeded(cargo.get_program(), status).context("a Rust test failed")?;
    Ok(count)
}

/// Reads `running 3 tests`.
fn running(line: &str) -> u64 {
    line.strip_prefix("running ")
        .and_then(|rest| {
            rest.strip_suffix(" tests")
                .or_else(|| rest.strip_suffix(" test"))
        })
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::running;

    #[test]
    fn cargo_says_how_many_tests_it_runs() {
        assert_eq!(running("running 3 tests"), 3);
        assert_eq!(running("running 1 test"), 1);
        assert_eq!(running("test running ... ok"), 0);
    }
}
