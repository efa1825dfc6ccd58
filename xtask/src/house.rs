//! Where things lie: the checkout, and the folder cargo builds into.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The checkout one works in.
pub(crate) struct House {
    root: PathBuf,
    target: PathBuf,
}

impl House {
    /// Asks cargo, which knows `CARGO_TARGET_DIR` and every configuration file.
    ///
    /// # Errors
    ///
    /// When cargo cannot read the workspace.
    pub(crate) fn find() -> Result<Self> {
        let mut ask = Command::new(cargo());
        ask.args(["metadata", "--no-deps", "--format-version=1"]);
        let answer = process::output(&mut ask).context("cargo cannot read this workspace")?;
        let answer: Value = serde_json::from_str(&answer).context("cargo metadata is not JSON")?;
        let folder = |key: &str| -> Result<PathBuf> {
            let path = answer.get(key).and_then(Value::as_str);
            Ok(PathBuf::from(path.with_context(|| {
                format!("cargo metadata lacks `{key}`")
            })?))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// The root of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path in the checkout.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A path in the folder cargo builds into.
    pub(crate) fn target(&self, inside: &str) -> PathBuf {
        self.target.join(inside)
    }

    /// What `cargo xtask` keeps for itself between two calls.
    pub(crate) fn workshop(&self, inside: &str) -> PathBuf {
        self.target.join("xtask").join(inside)
    }

    /// The relay as it is delivered.
    pub(crate) fn server(&self) -> PathBuf {
        self.target("release/kruispunt-server")
    }

    /// Cargo, at the root, building into the same folder this call was given.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// A path as one would type it at the root: shorter, and the same on every machine.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Whether the work called `name` was last finished on exactly these inputs.
    pub(crate) fn is_current(&self, name: &str, fingerprint: &str) -> bool {
        fs::read_to_string(self.stamp(name)).is_ok_and(|stamp| stamp == fingerprint)
    }

    /// Remembers that the work called `name` was finished on these inputs.
    ///
    /// # Errors
    ///
    /// When the folder cargo builds into cannot be written.
    pub(crate) fn remember(&self, name: &str, fingerprint: &str) -> Result<()> {
        write(&self.stamp(name), fingerprint.as_bytes())
    }

    fn stamp(&self, name: &str) -> PathBuf {
        self.workshop("stamps").join(name)
    }
}

/// Writes a file, making the folders above it.
///
/// # Errors
///
/// When the folder or the file cannot be written.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// The cargo that started us, so that one toolchain does everything.
fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
