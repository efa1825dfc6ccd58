//! The machine it was measured on.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use kruispunt_server::clock::stopwatch;
use rustix::process::{Resource, getrlimit};
use serde_json::{Value, json};

use crate::stats::{Samples, ms};

/// How often the disk is asked.
const WRITES: usize = 100;

/// What there is to say about it, with how long the disk takes for a small durable write.
pub(crate) fn describe(scratch: &Path) -> Result<Value> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processors = cpuinfo
        .lines()
        .filter_map(|line| line.strip_prefix("model name"));
    let processors: Vec<_> = processors
        .map(|name| name.trim_matches([' ', '\t', ':']))
        .collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Ok(json!({
        "processor": processors.first(),
        "cores": processors.len(),
        "kernel": kernel.trim(),
        // Every line is one, here and in the server.
        "open_files": getrlimit(Resource::Nofile).current,
        "file_system": file_system(scratch),
        "durable_write_ms": durable_write(scratch)?,
        "load_average": fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
    }))
}

/// The median of appending 4 kB and waiting for the disk.
fn durable_write(scratch: &Path) -> Result<f64> {
    let mut file = tempfile::tempfile_in(scratch)?;
    let mut times = Samples::default();
    for _ in 0..WRITES {
        let begin = stopwatch();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.add(ms(begin.elapsed()));
    }
    Ok(times.median())
}

/// The type of the file system a folder lies on, as the system calls it.
fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    });
    mounts
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}
