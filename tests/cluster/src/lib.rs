//! A PostgreSQL of the tests' own, which is gone when they are.
//!
//! [`Cluster`] starts one in a temporary folder, reachable only through a socket in that folder; [`Database`] is a
//! fresh database in it. `cargo xtask test` starts one cluster for all and hands its address on in the variable
//! [`VARIABLE`]; where that is missing, a process of tests starts its own at the first need of it.
//!
//! It uses nothing but PostgreSQL's own programs, so that both the task runner and every test can afford it, and
//! knows nothing of what is stored.

mod database;
mod programs;

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub use database::Database;
pub use programs::are_there;

/// Where tests find the address of the cluster that was started for all of them.
pub const VARIABLE: &str = "KRUISPUNT_POSTGRES";

/// The user that everything belongs to.
const USER: &str = "kruispunt";

/// No other program shares its socket's folder, so that any number does.
const PORT: u16 = 5432;

/// Makes a cluster, starts it, and stops it once standard input is closed: that happens when whoever started it
/// lets go of it, and also when they die, however they die.
const GUARD: &str = r#"
trap '' INT TERM HUP
folder=$1 settings=$2
initdb --pgdata="$folder/data" --username="$3" --auth=trust --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 &&
pg_ctl start --wait --timeout=120 --pgdata="$folder/data" --log="$folder/log" --options="$settings" >>"$folder/log" 2>&1 </dev/null &&
echo ready || cat "$folder/log"
exec >&-
cat >/dev/null
pg_ctl stop --wait --mode=immediate --pgdata="$folder/data" >/dev/null 2>&1
rm -rf "$folder"
"#;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does not: the machine will not lose its power during a test, and tests are many.
    Fast,
    /// As PostgreSQL does it for everybody.
    Full,
}

/// A running cluster. It is stopped and removed when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    guard: Child,
    life: Option<ChildStdin>,
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start; its own words are in the error.
    pub fn start(durability: Durability) -> io::Result<Self> {
        let owner = programs::owner()?;
        let folder = fresh_folder()?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&folder, Some(user), Some(group))?;
        }
        let mut guard = Command::new("sh");
        programs::plain(&mut guard, owner)?;
        guard
            .args(["-c", GUARD, "guard"])
            .arg(&folder)
            .arg(settings(&folder, durability))
            .arg(USER)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut guard = guard.spawn()?;
        let life = guard.stdin.take();
        let said = guard.stdout.take().map(BufReader::new);
        let cluster = Self {
            folder,
            guard,
            life,
        };
        let lines = said.into_iter().flat_map(BufRead::lines);
        let lines: Vec<String> = lines.collect::<io::Result<_>>()?;
        if lines.last().map(String::as_str) == Some("ready") {
            Ok(cluster)
        } else {
            Err(io::Error::other(format!(
                "PostgreSQL did not start:\n{}",
                lines.join("\n")
            )))
        }
    }

    /// The address of its first database, in which other databases can be made.
    #[must_use]
    pub fn url(&self) -> String {
        url(&self.folder, "postgres")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.life.take());
        // Whoever waits here knows that nothing is left. There is nobody to tell that it did not work.
        let _ = self.guard.wait();
    }
}

fn url(folder: &Path, database: &str) -> String {
    format!(
        "postgres://{USER}@localhost:{PORT}/{database}?host={}",
        folder.display()
    )
}

fn settings(folder: &Path, durability: Durability) -> String {
    let folder = folder.display();
    let mut settings = format!(
        "-c listen_addresses= -c unix_socket_directories={folder} -c port={PORT} -c shared_buffers=16MB \
        -c max_connections=200 -c autovacuum=off"
    );
    if durability == Durability::Fast {
        settings.push_str(" -c fsync=off -c full_page_writes=off");
    }
    settings
}

/// A folder that only its owner can look into, with a name as short as a socket's path has to be.
fn fresh_folder() -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = std::env::temp_dir();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("kruispunt-pg-{}-{number}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            // Another process had this number before.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_cluster() {
        let cluster = Cluster::start(Durability::Fast).unwrap();
        let folder = cluster.folder.clone();
        let database = Database::in_cluster(&cluster.url()).unwrap();
        assert!(database.url().contains(folder.to_str().unwrap()));
        assert!(folder.join("data/postmaster.pid").exists());
        drop(database);

        drop(cluster);

        assert!(!folder.exists());
    }
}
