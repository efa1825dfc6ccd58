//! The front end: checked, built into `pwa/dist`, and compressed once for all who will fetch it.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    fingerprint::Fingerprint,
    house::House,
    npm, process,
    report::{Done, step},
};

/// Where Vite puts what the relay serves.
pub(crate) fn dist(house: &House) -> PathBuf {
    house.path("pwa/dist")
}

/// Builds the front end. The phone's core has to be built and the packages installed.
///
/// # Errors
///
/// When Vite fails or a file cannot be written.
pub(crate) fn build(house: &House) -> Result<()> {
    step("Building the screens (Vite)", || {
        let mut inputs = Fingerprint::new();
        inputs.folder(&house.path("pwa"), &["node_modules", "dist", "coverage"])?;
        // Its worker's types and code are imported from there.
        inputs.folder(&house.path("wasm-client"), &["node_modules", "target"])?;
        inputs.file(&house.path("xtask/src/brotli.mjs"))?;
        let inputs = inputs.finish();
        let dist = dist(house);
        // Without the compressed page somebody else's build lies there.
        if dist.join("index.html.br").is_file() && house.is_current("pwa", &inputs) {
            return Ok(Done::Unchanged);
        }
        process::must(&mut npm::script(&house.path("pwa"), "build"))?;
        let mut node = Command::new("node");
        node.arg(house.path("xtask/src/brotli.mjs"))
            .arg(&dist)
            .arg(house.workshop("brotli"));
        process::must(&mut node).context("the files were not compressed")?;
        house.remember("pwa", &inputs)?;
        Ok(Done::Made)
    })
}
