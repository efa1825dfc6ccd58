//! `cargo xtask bench NAME`: measures, prints the figures beside their goals, and keeps them as JSON.

mod board;
mod push;
mod sync;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    fingerprint::files,
    house::{self, House},
    needs, npm, pwa, wasm,
};

/// Measures, prints and keeps; the words are those given after the name.
type Measure = fn(&House, &[String]) -> Result<()>;

/// What can be measured: name, what it is, how.
const BENCHES: [(&str, &str, Measure); 4] = [
    (
        "board",
        "a coordinator's board of 300 streets with 40 requests each, in a browser",
        board::board,
    ),
    (
        "push",
        "ten thousand notifications to a push service on this machine",
        push::push,
    ),
    (
        "sizes",
        "what a phone downloads once, compressed with brotli",
        sizes,
    ),
    (
        "sync",
        "the same work on this relay and on its peers (--help says more)",
        sync::sync,
    ),
];

/// One figure. Smaller is better; `goal` and `peer` are in the same unit.
struct Row {
    what: &'static str,
    unit: &'static str,
    us: f64,
    goal: Option<f64>,
    peer: Option<f64>,
}

impl Row {
    /// Ours divided by the peer's: under 1 we are the smaller.
    fn ratio(&self) -> Option<f64> {
        self.peer
            .map(|peer| (self.us / peer * 1000.0).round() / 1000.0)
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "unit": self.unit,
            "us": self.us,
            "goal": self.goal,
            "peer": self.peer,
            "ratio": self.ratio(),
        })
    }
}

/// # Errors
///
/// When there is no such measurement, or it fails.
pub(crate) fn bench(name: Option<&str>, more: &[String]) -> Result<ExitCode> {
    let list: Vec<_> = BENCHES
        .iter()
        .map(|(name, what, _)| format!("  {name}: {what}"))
        .collect();
    let list = list.join("\n");
    let Some(name) = name else {
        println!("What can be measured, with `cargo xtask bench NAME`:\n{list}");
        return Ok(ExitCode::SUCCESS);
    };
    let Some((_, _, measure)) = BENCHES.iter().find(|(known, _, _)| *known == name) else {
        bail!("there is no measurement {name:?}. There is:\n{list}");
    };
    measure(&House::find()?, more)?;
    Ok(ExitCode::SUCCESS)
}

fn print(rows: &[Row]) {
    println!(
        "\n{:<36}{:>10}{:>10}{:>10}{:>8}",
        "", "us", "goal", "peer", "ratio"
    );
    for row in rows {
        let number =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        let ratio = row
            .ratio()
            .map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let verdict = match row.goal {
            Some(goal) if row.us > goal => "  OVER ITS BUDGET",
            _ => "",
        };
        println!(
            "{:<36}{:>10}{:>10}{:>10}{ratio:>8}{verdict}",
            format!("{} ({})", row.what, row.unit),
            number(Some(row.us)),
            number(row.goal),
            number(row.peer),
        );
    }
}

/// The budgets are those of the design; the peer is the npm package `@automerge/automerge`.
fn sizes(house: &House, more: &[String]) -> Result<()> {
    if let Some(word) = more.first() {
        bail!("the sizes are measured one way only, without {word:?}");
    }
    needs::for_building(house)?;
    npm::install(house, &house.path("pwa"))?;
    wasm::build(house)?;
    pwa::build(house)?;

    let dist = pwa::dist(house);
    let first = first_load(&dist)?;
    let (mut screens, mut later, mut worker, mut core) = (0, 0, 0, 0);
    for path in files(&dist, &[])? {
        let travels = travels(&path)?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("js" | "mjs" | "css") if is_service_worker(&dist, &path) => worker += travels,
            Some("js" | "mjs" | "css") if first.contains(&path) => screens += travels,
            Some("js" | "mjs" | "css") => later += travels,
            Some("wasm") => core += travels,
            _ => {}
        }
    }
    let row = |what, bytes: u64, goal, peer| {
        // 1 kB is 1,000 bytes; a tenth of it is as exact as a size has to be.
        let us = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1000.0;
        Row {
            what,
            unit: "kB",
            us: (us * 10.0).round() / 10.0,
            goal,
            peer,
        }
    };
    let rows = [
        row("JS + CSS to begin, brotli", screens, Some(60.0), None),
        row("all JS + CSS, brotli", screens + later, None, None),
        row("WebAssembly, brotli", core, Some(350.0), Some(793.0)),
        row("service worker, brotli", worker, None, None),
    ];
    print(&rows);
    let kept = house.target("bench/sizes.json");
    let rows: Vec<_> = rows.iter().map(Row::json).collect();
    house::write(&kept, format!("{:#}\n", json!({ "rows": rows })).as_bytes())?;
    println!("Kept in {}", house.shown(&kept));
    Ok(())
}

/// The scripts and style sheets that have to come before somebody can work: what the page names, and what those import
/// or start as a worker. What is imported when a screen asks for it comes later.
fn first_load(dist: &Path) -> Result<BTreeSet<PathBuf>> {
    let named = |name: &str| dist.join("assets").join(name);
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let page = read(&dist.join("index.html"))?;
    let mut found: BTreeSet<PathBuf> = quoted(&page)
        .filter_map(|word| word.strip_prefix('/'))
        .filter(|word| !word.contains('/'))
        .map(|word| dist.join(word))
        .filter(|path| path.is_file())
        .collect();
    let mut waiting: Vec<PathBuf> = quoted(&page)
        .filter_map(|word| word.strip_prefix("/assets/"))
        .map(named)
        .collect();
    while let Some(path) = waiting.pop() {
        if !found.insert(path.clone()) || path.extension().is_none_or(|ending| ending != "js") {
            continue;
        }
        let script = read(&path)?;
        waiting.extend(imported(&script).map(named));
        waiting.extend(
            quoted(&script)
                .filter_map(|word| word.strip_prefix("/assets/"))
                .filter(|word| word.starts_with("worker-"))
                .map(named),
        );
    }
    Ok(found)
}

/// The names of files beside it that a minified script imports before it runs.
fn imported(script: &str) -> impl Iterator<Item = &str> {
    ["from\"./", "import\"./"]
        .into_iter()
        .flat_map(move |start| {
            script
                .split(start)
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
        })
}

/// Whatever stands between quotes of any kind in a page or a script.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'', '`'])
}

/// How many bytes of a file go over the line.
fn travels(path: &Path) -> Result<u64> {
    let mut compressed = path.as_os_str().to_owned();
    compressed.push(".br");
    let sent = if Path::new(&compressed).is_file() {
        Path::new(&compressed)
    } else {
        path
    };
    Ok(fs::metadata(sent)
        .with_context(|| format!("cannot measure {}", sent.display()))?
        .len())
}

/// It lies at the root, because that is what it may serve; everything else has a hash in its name.
fn is_service_worker(dist: &Path, path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    path.parent() == Some(dist) && name.is_some_and(|name| matches!(name, "sw" | "service-worker"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_under_one_is_smaller_than_the_peer() {
        let row = Row {
            what: "",
            unit: "kB",
            us: 300.0,
            goal: None,
            peer: Some(600.0),
        };
        assert_eq!(row.ratio(), Some(0.5));
    }

    #[test]
    fn what_a_screen_asks_for_later_is_not_in_the_first_load() {
        let dist = std::env::temp_dir().join(format!("xtask-sizes-{}", std::process::id()));
        for (name, content) in [
            (
                "index.html",
                r#"<script src="/light.js"></script><script src="/assets/index-1.js"></script>
                <link href="/assets/index-2.css">"#,
            ),
            ("light.js", ""),
            (
                "assets/index-1.js",
                r#"import{a}from"./shared-3.js";import"./look-4.js";let u=`/assets/worker-5.js`;
                b(()=>import("./desk-6.js"),["assets/desk-6.js","assets/desk-7.css"])"#,
            ),
            ("assets/index-2.css", ""),
            ("assets/shared-3.js", "export{a};"),
            ("assets/look-4.js", ""),
            ("assets/worker-5.js", ""),
            ("assets/desk-6.js", r#"import{a}from"./shared-3.js""#),
        ] {
            house::write(&dist.join(name), content.as_bytes()).unwrap();
        }
        let found = first_load(&dist).unwrap();
        fs::remove_dir_all(&dist).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(&dist).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "assets/index-1.js",
                "assets/index-2.css",
                "assets/look-4.js",
                "assets/shared-3.js",
                "assets/worker-5.js",
                "light.js",
            ]
        );
    }

    #[test]
    fn only_the_worker_at_the_root_is_the_service_worker() {
        let dist = Path::new("dist");
        assert!(is_service_worker(dist, Path::new("dist/sw.js")));
        assert!(!is_service_worker(dist, Path::new("dist/assets/sw.js")));
        assert!(!is_service_worker(dist, Path::new("dist/main.js")));
    }
}
