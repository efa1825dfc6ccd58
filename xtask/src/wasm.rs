//! The phone's core: Rust to WebAssembly, with the JavaScript that loads it, into the front end.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    fingerprint::{Fingerprint, files},
    house::{self, House},
    npm, process,
    report::{Done, step},
};

/// What the rest of wasm-bindgen's output is named after.
const NAME: &str = "kruispunt_client";

/// What a folder of the front end holds when this is done: `.js`, `_bg.wasm` and `.d.ts`.
const FRONT: &str = "pwa/src/wasm";

/// For the brotli form, which is what travels: inlining, and keeping a value that is computed twice,
/// make the file smaller and its brotli form larger. So does leaving functions in the order of their
/// use: in that of their names, what was made of one generic function lies side by side. Measured
/// with automerge 0.12, plain and brotli: in the order of use 1,355 and 352 kB, this 1,355 and 346.
const OPTIMISE: [&str; 13] = [
    "-Oz",
    "--skip-pass=inlining-optimizing",
    "--skip-pass=local-cse",
    "--reorder-functions-by-name",
    "--strip-debug",
    // What rustc emits for this target by default; all browsers of the last years have it.
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-producers",
];

/// Builds the phone's core and puts it where the front end imports it from. The packages of the
/// front end have to be installed.
///
/// # Errors
///
/// When a tool is missing or fails.
pub(crate) fn build(house: &House) -> Result<()> {
    step("Building the phone's core (Rust to WebAssembly)", || {
        let mut cargo = house.cargo();
        cargo.args(["build", "--package", "kruispunt-client", "--lib"]);
        cargo.args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"]);
        process::must(&mut cargo)?;
        Ok(Done::Made)
    })?;
    step(
        "Preparing it for the browser (wasm-bindgen, wasm-opt)",
        || prepare(house),
    )
}

fn prepare(house: &House) -> Result<Done> {
    let raw = house.target(&format!("wasm32-unknown-unknown/wasm/{NAME}.wasm"));
    let front = house.path(FRONT);
    let pwa = house.path("pwa");
    let optimiser = npm::tool(house, &pwa, "binaryen", "bin/wasm-opt")?;

    // The manifest of xtask pins wasm-bindgen, binaryen's own names its version.
    let mut inputs = Fingerprint::new();
    inputs
        .text(&OPTIMISE.join(" "))
        .file(&raw)?
        .file(&house.path("xtask/Cargo.toml"))?;
    inputs.folder(&house.path("xtask/src/bin/bindgen"), &[])?;
    inputs.file(&pwa.join("node_modules/binaryen/package.json"))?;
    let inputs = inputs.finish();
    let stamp = |folder: &Path| -> Result<String> {
        Ok(format!(
            "{inputs} {}",
            Fingerprint::new().folder(folder, &[])?.finish()
        ))
    };
    if house.is_current("wasm", &stamp(&front)?) {
        return Ok(Done::Unchanged);
    }

    let bound = house.workshop("wasm");
    if bound.exists() {
        fs::remove_dir_all(&bound).context("cannot clear the last build")?;
    }
    bindgen(house, &raw, &bound)?;
    let wasm = bound.join(format!("{NAME}_bg.wasm"));
    let smaller = bound.join("smaller.wasm");
    let mut node = npm::node(&pwa);
    node.arg(&optimiser)
        .args(OPTIMISE)
        .arg(&wasm)
        .arg("-o")
        .arg(&smaller);
    process::must(&mut node).context("wasm-opt failed")?;
    fs::rename(&smaller, &wasm).context("cannot replace the build by the smaller one")?;

    deliver(&bound, &front)?;
    house.remember("wasm", &stamp(&front)?)?;
    Ok(Done::Made)
}

fn bindgen(house: &House, raw: &Path, into: &Path) -> Result<()> {
    let mut cargo = house.cargo();
    cargo.args([
        "run",
        "--package",
        "xtask",
        "--bin",
        "xtask-bindgen",
        "--features",
        "bindgen",
    ]);
    // It works for a second and a half: compiling it faster beats compiling it to be fast.
    cargo.args(["--profile", "xtask", "--"]);
    cargo.arg(raw).arg(into);
    process::must(&mut cargo).context("wasm-bindgen failed")
}

/// Copies only what differs, so that a watching front end is not woken for nothing.
fn deliver(from: &Path, to: &Path) -> Result<()> {
    let name = |path: &PathBuf| path.file_name().map(|name| to.join(name));
    let made = files(from, &[])?;
    for old in files(to, &[])? {
        if !made.iter().any(|new| name(new).as_ref() == Some(&old)) {
            fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    for new in &made {
        let content = fs::read(new).with_context(|| format!("cannot read {}", new.display()))?;
        if let Some(place) = name(new)
            && fs::read(&place).ok().as_ref() != Some(&content)
        {
            house::write(&place, &content)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_replaces_what_differs_and_clears_what_is_gone() {
        let folder = std::env::temp_dir().join(format!("xtask-deliver-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        house::write(&from.join("a"), b"new").unwrap();
        house::write(&to.join("a"), b"old").unwrap();
        house::write(&to.join("gone"), b"old").unwrap();

        deliver(&from, &to).unwrap();

        assert_eq!(fs::read(to.join("a")).unwrap(), b"new");
        assert!(!to.join("gone").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
