//! A short name for the content of files, to know whether work has to be done again.
//!
//! Content and not time: a branch changed and changed back costs nothing.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Gathers inputs; [`Fingerprint::finish`] gives their name.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds words, for example the options a tool is called with.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.part(text.as_bytes());
        self
    }

    /// Adds the content of one file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn file(&mut self, path: &Path) -> Result<&mut Self> {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.part(&content);
        Ok(self)
    }

    /// Adds names and contents of every file in a folder, leaving out files and folders called as
    /// in `except`. A folder that does not exist counts as an empty one.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(crate) fn folder(&mut self, folder: &Path, except: &[&str]) -> Result<&mut Self> {
        for path in files(folder, except)? {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            self.part(name.as_os_str().as_encoded_bytes());
            self.file(&path)?;
        }
        Ok(self)
    }

    pub(crate) fn finish(&mut self) -> String {
        self.0
            .finalize_reset()
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                // Writing into a String does not fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }

    /// The length goes first: two parts never read as two others.
    fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// Every file in a folder, in a fixed order, without those called as in `except`.
///
/// # Errors
///
/// When a folder cannot be read; one that does not exist is empty.
pub(crate) fn files(folder: &Path, except: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if except.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let name = |parts: [&str; 2]| {
            let mut fingerprint = Fingerprint::new();
            fingerprint.text(parts[0]).text(parts[1]).finish()
        };
        assert_eq!(name(["ab", "c"]), name(["ab", "c"]));
        assert_ne!(name(["ab", "c"]), name(["a", "bc"]));
    }
}
