//! Says in plain lines what is being done and how long it took, and sums up at the end.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::process;

/// Measures how long something takes.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of xtask that reads the clock"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// What came of a step that did not fail.
pub(crate) enum Done {
    /// Something was made.
    Made,
    /// It was there already, made of the same inputs.
    Unchanged,
}

/// Announces work, does it, and says how long it took.
///
/// # Errors
///
/// What the work itself fails with.
pub(crate) fn step(what: &str, work: impl FnOnce() -> Result<Done>) -> Result<()> {
    println!("» {what}");
    let watch = Stopwatch::start();
    match work()? {
        Done::Made => println!("  done in {}", shown(watch.elapsed())),
        Done::Unchanged => println!("  unchanged ({})", shown(watch.elapsed())),
    }
    Ok(())
}

enum Outcome {
    Passed,
    /// With what it said.
    Failed(String),
    NotRun(String),
}

/// The steps of a test run, each with its outcome and duration.
#[derive(Default)]
pub(crate) struct Report(Vec<(String, Duration, Outcome)>);

impl Report {
    /// Announces a step and runs it; a failure is told at once and kept for the end.
    /// Gives what the step gave, or nothing when it failed or when a person stopped us before it.
    pub(crate) fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        if process::interrupted().is_some() {
            self.not_run(what, "stopped");
            return None;
        }
        println!("\n» {what}");
        let watch = Stopwatch::start();
        let result = work();
        let outcome = if let Err(error) = &result {
            let said = format!("{error:#}");
            println!("  FAILED: {said}");
            Outcome::Failed(said)
        } else {
            Outcome::Passed
        };
        self.0.push((what.to_owned(), watch.elapsed(), outcome));
        result.ok()
    }

    /// Notes a step that did not run, and why.
    pub(crate) fn not_run(&mut self, what: &str, why: &str) {
        self.0.push((
            what.to_owned(),
            Duration::ZERO,
            Outcome::NotRun(why.to_owned()),
        ));
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.0
            .iter()
            .all(|(_, _, outcome)| !matches!(outcome, Outcome::Failed(_)))
    }

    /// Prints every step with its outcome and duration, and gives the exit code that follows.
    pub(crate) fn finish(&self) -> ExitCode {
        println!("\nSummary");
        for (what, took, outcome) in &self.0 {
            match outcome {
                Outcome::Passed => println!("  passed   {:>9}  {what}", shown(*took)),
                Outcome::Failed(said) => {
                    println!("  FAILED   {:>9}  {what}", shown(*took));
                    for line in said.lines() {
                        println!("  {:>18}  {line}", "");
                    }
                }
                Outcome::NotRun(why) => println!("  not run  {:>9}  {what} ({why})", "-"),
            }
        }
        let total = self.0.iter().map(|(_, took, _)| *took).sum();
        let verdict = if self.all_passed() {
            "All passed"
        } else {
            "Not all passed"
        };
        println!("{verdict}, in {}.", shown(total));
        match process::interrupted() {
            Some(code) => ExitCode::from(code),
            None if self.all_passed() => ExitCode::SUCCESS,
            None => ExitCode::FAILURE,
        }
    }
}

/// A duration as a person says it.
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(shown(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(shown(Duration::from_secs(125)), "2 min 05 s");
    }
}
