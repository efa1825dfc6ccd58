//! PostgreSQL's programs, and the user who may run them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian keeps the programs that are not for everybody's PATH, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whether PostgreSQL is installed.
#[must_use]
pub fn are_there() -> bool {
    folder().is_ok()
}

/// User and group.
pub(crate) type Owner = (u32, u32);

/// PostgreSQL refuses to run as root, so that root runs it as the user whom its package made; anybody else runs it as
/// themselves.
pub(crate) fn owner() -> io::Result<Option<Owner>> {
    // A process's own folder there belongs to whom it runs as; macOS has none, and nobody tests as root there.
    let is_root = fs::metadata("/proc/self").is_ok_and(|folder| folder.uid() == 0);
    if !is_root {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let found = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some("postgres") {
            return None;
        }
        let mut numbers = fields.skip(1).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    let missing = "root cannot run PostgreSQL, and there is no user \"postgres\" to run it as";
    Ok(Some(found.ok_or_else(|| io::Error::other(missing))?))
}

/// Lets a command find PostgreSQL's programs and nothing of somebody's own settings for them.
pub(crate) fn plain(command: &mut Command, owner: Option<Owner>) -> io::Result<()> {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").env("PATH", path()?);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    Ok(())
}

fn path() -> io::Result<OsString> {
    let old = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder()?).chain(env::split_paths(&old));
    env::join_paths(folders).map_err(io::Error::other)
}

/// Where `initdb` and its like are: on the PATH, or with Debian's newest version.
fn folder() -> io::Result<PathBuf> {
    let has_them = |folder: &Path| {
        ["initdb", "pg_ctl"]
            .iter()
            .all(|it| folder.join(it).is_file())
    };
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = env::split_paths(&path).find(|folder| has_them(folder)) {
        return Ok(folder);
    }
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .filter(|(_, folder)| has_them(folder))
        .collect();
    versions.sort();
    let missing = "PostgreSQL is not installed. On Debian: sudo apt-get install postgresql";
    versions
        .pop()
        .map(|(_, folder)| folder)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, missing))
}
