//! A database of a test's own.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Cluster, Durability, VARIABLE, programs};

/// The cluster of this process, where none was started for all. It is never dropped; it ends with the process.
static OWN: Mutex<Option<Cluster>> = Mutex::new(None);

/// A fresh, empty database. It is removed when this is dropped, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    cluster: String,
    name: String,
}

impl Database {
    /// Makes one in the cluster that was started for all tests, or else in one of this process.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn fresh() -> io::Result<Self> {
        if let Ok(cluster) = env::var(VARIABLE) {
            return Self::in_cluster(&cluster);
        }
        let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = match own.take() {
            Some(cluster) => cluster,
            None => Cluster::start(Durability::Fast)?,
        };
        Self::in_cluster(&own.insert(cluster).url())
    }

    /// Makes one in this cluster.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn in_cluster(cluster: &str) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let database = Self {
            cluster: cluster.to_owned(),
            name,
        };
        // A process of an earlier run may have had this number and been killed.
        let forget = format!("DROP DATABASE IF EXISTS {}", database.name);
        psql(cluster, "--command", forget)?;
        let make = format!("CREATE DATABASE {}", database.name);
        psql(cluster, "--command", make)?;
        Ok(database)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        self.cluster
            .replacen("/postgres?", &format!("/{}?", self.name), 1)
    }

    /// Performs a file of SQL, such as a migration.
    ///
    /// # Errors
    /// At its first statement that does not work.
    pub fn perform(&self, file: &Path) -> io::Result<()> {
        psql(&self.url(), "--file", file)
    }

    /// Ends every connection to it, as a database that goes down does.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn hang_up(&self) -> io::Result<()> {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        psql(&self.cluster, "--command", sql)
    }

    /// Performs SQL in this database, past the storage.
    ///
    /// # Errors
    /// When it does not work.
    pub fn tell(&self, sql: &str) -> io::Result<()> {
        psql(&self.url(), "--command", sql)
    }

    /// Everything that is in its tables, as text; bytes are hexadecimal digits.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn dump(&self) -> io::Result<Vec<u8>> {
        let mut dump = Command::new("pg_dump");
        programs::plain(&mut dump, None)?;
        let told = dump
            .args(["--inserts", "--dbname", &self.url()])
            .stdin(Stdio::null())
            .output()?;
        if told.status.success() {
            return Ok(told.stdout);
        }
        let why = String::from_utf8_lossy(&told.stderr);
        Err(io::Error::other(format!("pg_dump: {why}")))
    }
}

fn psql(address: &str, form: &str, what: impl AsRef<OsStr>) -> io::Result<()> {
    let mut psql = Command::new("psql");
    programs::plain(&mut psql, None)?;
    let told = psql
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
        .args(["--dbname", address, form])
        .arg(what)
        .stdin(Stdio::null())
        .output()?;
    if told.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&told.stderr);
    Err(io::Error::other(format!("psql: {why}")))
}

impl Drop for Database {
    fn drop(&mut self) {
        // Where the cluster is gone already, so is the database.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = psql(&self.cluster, "--command", sql);
    }
}
