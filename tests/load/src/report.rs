//! What was found, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

/// Figures by name; units are part of the names.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<String, f64>);

impl Figures {
    pub(crate) fn put(&mut self, name: &str, value: f64) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// Everything about one contestant.
pub(crate) struct Found {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) durability: &'static str,
    pub(crate) figures: Figures,
    /// Scenarios it did not get through, and why.
    pub(crate) failures: BTreeMap<&'static str, String>,
}

impl Found {
    /// Takes in what came of a scenario.
    pub(crate) fn add(&mut self, scenario: &'static str, came: Result<Figures>) {
        match came {
            Ok(figures) => self.figures.0.extend(figures.0),
            Err(error) => {
                self.failures.insert(scenario, format!("{error:#}"));
            }
        }
    }
}

/// One line of the table.
struct Line {
    figure: &'static str,
    what: &'static str,
    goal: Option<Goal>,
}

/// What the design promises.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(goal) => value <= goal,
            Self::AtLeast(goal) => value >= goal,
        }
    }
}

const fn line(figure: &'static str, what: &'static str, goal: Option<Goal>) -> Line {
    Line { figure, what, goal }
}

#[expect(clippy::unnecessary_wraps, reason = "reads better in the table below")]
const fn at_most(goal: f64) -> Option<Goal> {
    Some(Goal::AtMost(goal))
}

const LINES: [Line; 30] = [
    line(
        "edit_cpu_ms",
        "server CPU per edit, 9 receivers (ms)",
        at_most(0.2),
    ),
    line("edit_cpu_s", "  in all, server CPU seconds", None),
    line("edit_user_ms", "  of it in the program", None),
    line("edit_system_ms", "  of it in the system", None),
    line("visible_p50_ms", "edit to visible, p50 (ms)", at_most(5.0)),
    line("visible_p95_ms", "edit to visible, p95 (ms)", None),
    line("visible_p99_ms", "edit to visible, p99 (ms)", at_most(20.0)),
    line(
        "visible_missing",
        "edits not seen within 10 s",
        at_most(0.0),
    ),
    line(
        "edit_down_bytes",
        "down per edit and receiver (bytes)",
        at_most(250.0),
    ),
    line("edit_up_bytes", "up per edit (bytes)", at_most(300.0)),
    line("edit_peak_mb", "memory at most, 200 people (MB)", None),
    line("join_p50_ms", "200 join at once, p50 (ms)", None),
    line("join_p99_ms", "200 join at once, p99 (ms)", at_most(150.0)),
    line(
        "storm_p99_ms",
        "200 reconnect, nothing new, p99 (ms)",
        at_most(50.0),
    ),
    line(
        "storm_down_bytes",
        "  down per phone (bytes)",
        at_most(60.0),
    ),
    line(
        "many_messages",
        "500 documents, nothing new (messages)",
        at_most(2.0),
    ),
    line("many_bytes", "  both ways (bytes)", at_most(16_000.0)),
    line("many_ms", "  until level (ms)", None),
    line(
        "merge_ms",
        "50 phones x 50 offline edits, merged (ms)",
        at_most(700.0),
    ),
    line("merge_cpu_ms", "  server CPU (ms)", None),
    line(
        "throughput_per_second",
        "edits a second, one core",
        Some(Goal::AtLeast(5_000.0)),
    ),
    line(
        "visits_before_mb",
        "memory after start, 300 streets (MB)",
        None,
    ),
    line(
        "visits_after_mb",
        "memory after 300 streets visited (MB)",
        at_most(60.0),
    ),
    line(
        "visits_rested_mb",
        "  a while after they were left (MB)",
        at_most(60.0),
    ),
    line("idle_connections", "idle connections held", None),
    line("idle_kb", "memory per idle connection (kB)", at_most(20.0)),
    line(
        "kill_lost",
        "acknowledged edits lost, kill -9, of 20",
        at_most(0.0),
    ),
    line(
        "load_lost",
        "acknowledged edits lost, under load",
        at_most(0.0),
    ),
    line("load_acknowledged", "  of so many", None),
    line(
        "edit_load_cpu_share",
        "load generator, share of its core",
        None,
    ),
];

/// Who the others are compared with.
const OURS: &str = "kruispunt";

/// The table as text: ours against the goal, and every peer with how many times ours it is.
pub(crate) fn table(all: &[Found]) -> String {
    let mut text = format!("\n{:<42}{:>10}", "", "goal");
    for found in all {
        let width = if found.name == OURS { 12 } else { 22 };
        let _ = write!(text, "{:>width$}", found.name);
    }
    text.push('\n');
    let ours = all.iter().find(|found| found.name == OURS);
    for line in &LINES {
        let value = |found: &Found| found.figures.get(line.figure);
        if all.iter().all(|found| value(found).is_none()) {
            continue;
        }
        let _ = write!(text, "{:<42}{:>10}", line.what, goal(line.goal));
        let mine = ours.and_then(value);
        for found in all {
            let shown = value(found).map_or("–".to_owned(), short);
            if found.name == OURS {
                let _ = write!(text, "{shown:>12}");
                continue;
            }
            let ratio = ratio(value(found), mine)
                .map_or(String::new(), |ratio| format!("(x {})", short(ratio)));
            let _ = write!(text, "{shown:>12}{ratio:>10}");
        }
        if let (Some(goal), Some(mine)) = (line.goal, mine) {
            text.push_str(if goal.is_met(mine) {
                "  met"
            } else {
                "  NOT MET"
            });
        }
        text.push('\n');
    }
    for found in all {
        let _ = writeln!(
            text,
            "\n{}: {}\n  durability: {}",
            found.name, found.version, found.durability
        );
        for (scenario, why) in &found.failures {
            let _ = writeln!(text, "  did not get through {scenario}: {why}");
        }
    }
    text
}

pub(crate) fn json(all: &[Found]) -> Value {
    let mine = all.iter().find(|found| found.name == OURS);
    let lines = LINES.iter().map(|line| {
        let ours = mine.and_then(|found| found.figures.get(line.figure));
        let ratios: BTreeMap<_, _> = all
            .iter()
            .filter(|found| found.name != OURS)
            .filter_map(|found| Some((found.name, ratio(found.figures.get(line.figure), ours)?)))
            .collect();
        let is_met = line.goal.zip(ours).map(|(goal, ours)| goal.is_met(ours));
        json!({ "figure": line.figure, "what": line.what.trim(), "goal": goal(line.goal), "us": ours, "met": is_met,
            "peers_by_ours": ratios })
    });
    let contestants: BTreeMap<_, _> = all
        .iter()
        .map(|found| {
            let about = json!({ "version": found.version, "durability": found.durability,
                "figures": found.figures.0, "failures": found.failures });
            (found.name, about)
        })
        .collect();
    json!({ "lines": lines.collect::<Vec<_>>(), "contestants": contestants })
}

/// A peer's figure divided by ours.
fn ratio(peer: Option<f64>, ours: Option<f64>) -> Option<f64> {
    let (peer, ours) = (peer?, ours?);
    (ours > 0.0).then(|| peer / ours)
}

fn goal(goal: Option<Goal>) -> String {
    match goal {
        None => "–".to_owned(),
        Some(Goal::AtMost(most)) => format!("<= {}", short(most)),
        Some(Goal::AtLeast(least)) => format!(">= {}", short(least)),
    }
}

/// As many digits as mean something.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &'static str, cpu: f64) -> Found {
        let mut figures = Figures::default();
        figures.put("edit_cpu_ms", cpu);
        Found {
            name,
            version: "1".into(),
            durability: "none",
            figures,
            failures: BTreeMap::new(),
        }
    }

    #[test]
    fn peers_are_told_as_multiples_of_ours() {
        let all = [found(OURS, 0.1), found("samod", 6.0)];
        let text = table(&all);
        let line = text
            .lines()
            .find(|line| line.starts_with("server CPU"))
            .unwrap();
        assert!(
            line.contains("(x 60.0)") && line.ends_with("  met"),
            "{line}"
        );
        assert!(!text.contains("idle"), "{text}");
        assert_eq!(json(&all)["lines"][0]["met"], true);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(ratio(Some(20.0), Some(0.0)), None);
        assert_eq!(ratio(None, Some(1.0)), None);
        assert!(Goal::AtLeast(5_000.0).is_met(5_000.0) && !Goal::AtMost(0.0).is_met(1.0));
    }
}
