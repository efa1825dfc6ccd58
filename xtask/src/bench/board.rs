//! `cargo xtask bench board`: a coordinator's board of a whole town, in a real relay and a headless Chromium.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{
    browsers,
    house::{self, House},
    needs, npm, process,
    report::{Done, step},
    run,
};

/// What is measured: its key, its words, and the goal in milliseconds.
const FIGURES: [(&str, &str, Option<f64>); 5] = [
    ("open", "open the board, app running", Some(1000.0)),
    ("return", "come back to the board", None),
    ("filter", "filter by a theme", Some(100.0)),
    ("search", "search for a street", Some(100.0)),
    ("start", "start the app on the board", None),
];

/// What is given after the name is for the neighbourhood: `--streets 300 --requests 40`.
pub(super) fn board(house: &House, more: &[String]) -> Result<()> {
    needs::for_building(house)?;
    let environment = browsers::ready()?;
    run::build(house)?;
    step("Building the neighbourhood's builder", || {
        let mut cargo = house.cargo();
        process::must(cargo.args(["build", "--release", "--package", "kruispunt-load"]))?;
        Ok(Done::Made)
    })?;
    let data = house.target("bench/board");
    if data.exists() {
        fs::remove_dir_all(&data).context("cannot remove the last neighbourhood")?;
    }
    fs::create_dir_all(&data)?;
    let mut builder = Command::new(house.target("release/kruispunt-load"));
    let said = process::output(builder.arg("settle").arg(&data).args(more))?;
    let kept = house.target("bench/board.json");
    let packages = house.path("tests/e2e");
    npm::install(house, &packages)?;
    let mut vitest = npm::node(&packages);
    vitest
        .arg(npm::tool(house, &packages, "vitest", "vitest.mjs")?)
        .args(["run", "--root"])
        .arg(packages.join("bench"));
    vitest.envs(environment);
    vitest.env("KRUISPUNT_SERVER", house.server());
    vitest.env("KRUISPUNT_BENCH_DATA", &data);
    vitest.env("KRUISPUNT_BENCH_SECRET", said.trim());
    vitest.env("KRUISPUNT_BENCH_OUT", &kept);
    process::must(&mut vitest)?;
    let measured = fs::read_to_string(&kept).context("nothing was measured")?;
    let measured: Value = serde_json::from_str(&measured).context("the figures are no JSON")?;
    let rows: Vec<_> = FIGURES
        .iter()
        .filter_map(|row| Row::of(row, &measured))
        .collect();
    print(&rows);
    let rows: Vec<_> = rows.iter().map(Row::json).collect();
    house::write(&kept, format!("{:#}\n", json!({ "rows": rows })).as_bytes())?;
    println!("Kept in {}", house.shown(&kept));
    Ok(())
}

/// One figure of several runs, in milliseconds. Smaller is better.
struct Row {
    what: &'static str,
    median: f64,
    min: f64,
    max: f64,
    goal: Option<f64>,
}

impl Row {
    fn of(
        &(key, what, goal): &(&str, &'static str, Option<f64>),
        measured: &Value,
    ) -> Option<Self> {
        let runs = measured.get(key)?.as_array()?;
        let mut runs: Vec<f64> = runs.iter().filter_map(Value::as_f64).collect();
        runs.sort_by(f64::total_cmp);
        Some(Self {
            what,
            median: *runs.get(runs.len() / 2)?,
            min: *runs.first()?,
            max: *runs.last()?,
            goal,
        })
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "unit": "ms",
            "us": self.median,
            "min": self.min,
            "max": self.max,
            "goal": self.goal,
        })
    }
}

fn print(rows: &[Row]) {
    println!(
        "\n{:<36}{:>10}{:>10}{:>10}{:>10}",
        "", "median", "min", "max", "goal"
    );
    for row in rows {
        let goal = row.goal.map_or("-".to_owned(), |goal| format!("{goal:.0}"));
        let verdict = match row.goal {
            Some(goal) if row.median > goal => "  OVER ITS GOAL",
            _ => "",
        };
        println!(
            "{:<36}{:>10.0}{:>10.0}{:>10.0}{goal:>10}{verdict}",
            format!("{} (ms)", row.what),
            row.median,
            row.min,
            row.max,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_middle_of_its_runs() {
        let measured = json!({ "open": [30.0, 10.0, 20.0], "start": [] });
        let row = Row::of(&("open", "open", Some(15.0)), &measured).unwrap();
        let shown = format!("{} {} {}", row.median, row.min, row.max);
        assert_eq!(shown, "20 10 30");
        assert!(Row::of(&("start", "start", None), &measured).is_none());
        assert!(Row::of(&("filter", "filter", None), &measured).is_none());
    }
}
