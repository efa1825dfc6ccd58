//! The test suites that vitest runs: which there are, and which of their tests a filter means.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{fingerprint::files, house::House, npm, process};

/// One run of vitest. A suite more is a line more in [`SUITES`].
pub(crate) struct Suite {
    /// What it is called in the summary.
    pub(crate) title: &'static str,
    /// Where its `package.json` and `node_modules` are.
    pub(crate) packages: &'static str,
    /// Where its tests are, and its vitest configuration if it has one.
    pub(crate) root: &'static str,
    /// Whether it drives browsers, against the relay as it is delivered.
    pub(crate) browsers: bool,
}

/// All suites, quick ones first.
pub(crate) const SUITES: [Suite; 2] = [
    Suite {
        title: "Front end, and the phone's core in WebAssembly: tests",
        packages: "pwa",
        root: "pwa",
        browsers: false,
    },
    Suite {
        title: "Browsers, end to end: tests",
        packages: "tests/e2e",
        root: "tests/e2e",
        browsers: true,
    },
];

/// Which tests of a suite to run.
pub(crate) enum Choice {
    /// All of them.
    All,
    /// These files, and in them only tests with this in their name, if given.
    Files(Vec<PathBuf>, Option<String>),
}

impl Suite {
    /// The runs a filter asks for: files called like it run whole, in others only tests called
    /// like it. A file in which not every word of the filter stands cannot hold such a test; so
    /// a filter meant for Rust builds no front end.
    ///
    /// # Errors
    ///
    /// When a test file cannot be read.
    pub(crate) fn matching(&self, house: &House, filter: &str) -> Result<Vec<Choice>> {
        let root = house.path(self.root);
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        for path in files(&root, &["node_modules", "dist", "target"])? {
            let inside = path.strip_prefix(&root).unwrap_or(&path).to_path_buf();
            let name = inside.to_string_lossy();
            if !is_test(&name) {
                continue;
            }
            if name.contains(filter) {
                whole.push(inside);
            } else if mentions(&fs::read_to_string(&path)?, filter) {
                parts.push(inside);
            }
        }
        let mut choices = Vec::new();
        if !whole.is_empty() {
            choices.push(Choice::Files(whole, None));
        }
        if !parts.is_empty() {
            choices.push(Choice::Files(parts, Some(filter.to_owned())));
        }
        Ok(choices)
    }

    /// Runs the chosen tests and gives how many there were. `environment` is for the tests.
    ///
    /// # Errors
    ///
    /// When a test fails, or vitest cannot run.
    pub(crate) fn run(
        &self,
        house: &House,
        choice: &Choice,
        environment: &[(&str, PathBuf)],
    ) -> Result<u64> {
        let packages = house.path(self.packages);
        npm::install(house, &packages)?;
        let results = house.workshop("vitest.json");
        if results.exists() {
            fs::remove_file(&results).context("cannot remove the results of the last run")?;
        }
        let mut vitest = npm::node(&packages);
        vitest
            .arg(npm::tool(house, &packages, "vitest", "vitest.mjs")?)
            .arg("run");
        vitest.arg("--root").arg(house.path(self.root));
        vitest.args(["--reporter=default", "--reporter=json"]);
        vitest.arg(format!("--outputFile.json={}", results.display()));
        if self.browsers {
            // Each test has browsers and a relay of its own; two at a time would measure the machine.
            vitest.args([
                "--no-file-parallelism",
                "--testTimeout=120000",
                "--hookTimeout=120000",
            ]);
        }
        add_choice(&mut vitest, choice);
        vitest.envs(environment.iter().map(|(name, value)| (name, value)));
        let status = process::run(&mut vitest)?;
        let results = read(&results);
        if let Err(error) = process::succeeded(vitest.get_program(), status) {
            // Without results vitest itself is what failed.
            let failed = results.map(|results| failed(&results)).unwrap_or_default();
            bail!("{error}\n{}", failed.join("\n"));
        }
        Ok(ran(&results?))
    }
}

fn add_choice(vitest: &mut Command, choice: &Choice) {
    if let Choice::Files(files, name) = choice {
        vitest.args(files);
        if let Some(name) = name {
            vitest.arg("--testNamePattern").arg(literally(name));
        }
    }
}

/// What vitest left of a run.
fn read(results: &Path) -> Result<Value> {
    let results = fs::read_to_string(results).context("vitest left no results")?;
    serde_json::from_str(&results).context("vitest's results are no JSON")
}

/// How many tests of a run were not skipped.
fn ran(results: &Value) -> u64 {
    let count = |key: &str| results.get(key).and_then(Value::as_u64).unwrap_or(0);
    count("numPassedTests") + count("numFailedTests")
}

/// The tests that failed, and the files that failed as a whole, by what they are called.
fn failed(results: &Value) -> Vec<String> {
    let list = |value: &Value, key: &str| {
        let list = value.get(key).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let has_failed = |value: &Value| text(value, "status") == "failed";
    let mut called = Vec::new();
    for file in list(results, "testResults")
        .iter()
        .filter(|file| has_failed(file))
    {
        let path = text(file, "name");
        let name = Path::new(&path).file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let tests = list(file, "assertionResults");
        let tests: Vec<_> = tests.iter().filter(|test| has_failed(test)).collect();
        if tests.is_empty() {
            called.push(name.into_owned());
            continue;
        }
        let tests = tests.iter().map(|test| text(test, "fullName"));
        called.extend(tests.map(|test| format!("{name}: {test}")));
    }
    called
}

fn is_test(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let code = matches!(parts.next(), Some("ts" | "mts" | "js" | "mjs"));
    code && matches!(parts.next(), Some("test" | "spec"))
}

fn mentions(text: &str, filter: &str) -> bool {
    filter.split_whitespace().all(|word| text.contains(word))
}

/// vitest reads the name as a regular expression; a person means it as it stands.
fn literally(filter: &str) -> String {
    let mut pattern = String::with_capacity(filter.len());
    for character in filter.chars() {
        if r"\^$.*+?()[]{}|/-".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_their_names() {
        assert!(is_test("src/claim.test.ts") && is_test("journey.spec.mjs"));
        assert!(!is_test("src/claim.ts") && !is_test("src/test.ts") && !is_test("a.test.ts.snap"));
    }

    #[test]
    fn a_filter_is_meant_as_it_stands() {
        assert_eq!(literally("logs (offline)?"), r"logs \(offline\)\?");
    }

    #[test]
    fn every_word_of_a_filter_has_to_be_there() {
        let text = "describe('a volunteer', () => { it('claims offline'";
        assert!(mentions(text, "a volunteer claims"));
        assert!(!mentions(text, "a volunteer withdraws"));
    }

    #[test]
    fn skipped_tests_do_not_count() {
        let results =
            serde_json::json!({"numPassedTests": 2, "numFailedTests": 1, "numPendingTests": 9});
        assert_eq!(ran(&results), 3);
    }

    #[test]
    fn what_failed_is_called_by_its_name() {
        let results = serde_json::json!({"testResults": [
            {"name": "/e2e/path.test.ts", "status": "passed", "assertionResults": []},
            {"name": "/e2e/mail.test.ts", "status": "failed", "assertionResults": [
                {"status": "passed", "fullName": "it is asked"},
                {"status": "failed", "fullName": "it is sent"},
            ]},
            {"name": "/e2e/broken.test.ts", "status": "failed", "assertionResults": []},
        ]});
        assert_eq!(
            failed(&results),
            ["mail.test.ts: it is sent", "broken.test.ts"]
        );
    }
}
