//! A contestant's server as a process on a core of its own, and what the system says about it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::line::Address;

/// Longer than any server here takes to start or to stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub(crate) struct Server {
    child: Child,
    pid: u32,
    pub(crate) address: Address,
}

/// Processor time, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    pub(crate) user: f64,
    pub(crate) system: f64,
}

impl Cpu {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            user: self.user - before.user,
            system: self.system - before.system,
        }
    }

    pub(crate) fn total(self) -> f64 {
        self.user + self.system
    }
}

/// A command that runs on the first core only, so that the load generator has the other to itself.
pub(crate) fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(program);
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

impl Server {
    /// Starts a server and waits for the line in which `address` finds where it listens.
    pub(crate) async fn start(
        mut command: Command,
        log: &Path,
        address: impl Fn(&str) -> Option<Address>,
    ) -> Result<Self> {
        let log = fs::File::options().create(true).append(true).open(log)?;
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start a server (is taskset there?)")?;
        let out = child.stdout.take().context("a server without output")?;
        let mut lines = BufReader::new(out).lines();
        let find = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = address(&line) {
                    return Ok(address);
                }
            }
            bail!("a server ended before it listened")
        };
        let address = tokio::time::timeout(PATIENCE, find)
            .await
            .context("a server does not start")??;
        // What it says later is of no interest, but somebody has to read it.
        tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let pid = child.id().context("a server that is gone")?;
        Ok(Self {
            child,
            pid,
            address,
        })
    }

    pub(crate) fn cpu(&self) -> Result<Cpu> {
        cpu(&format!("/proc/{}/stat", self.pid))
    }

    /// Memory now, in kB of 1,000 bytes.
    pub(crate) fn memory(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The most memory since it started or since [`Self::forget_peak`].
    pub(crate) fn peak(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    pub(crate) fn forget_peak(&self) -> Result<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.pid), "5")?)
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.split_whitespace().next());
        let kib: f64 = kib.context("no such line in status")?.parse()?;
        Ok(kib * 1.024)
    }

    /// `kill -9`: no goodbye, no last write.
    pub(crate) async fn dies(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, and waits until it did.
    pub(crate) async fn stops(mut self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.pid)?).context("no process")?;
        kill_process(pid, Signal::TERM)?;
        if tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .is_err()
        {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// Processor time of the load generator itself.
pub(crate) fn own_cpu() -> Result<Cpu> {
    cpu("/proc/self/stat")
}

fn cpu(file: &str) -> Result<Cpu> {
    read_stat(&fs::read_to_string(file)?)
}

/// Reads user and system time, the 14th and 15th field: ticks of a hundredth of a second.
fn read_stat(stat: &str) -> Result<Cpu> {
    // The second field is the program's name, which may hold spaces.
    let (_, rest) = stat.rsplit_once(") ").context("no process status")?;
    let mut fields = rest.split(' ').skip(11);
    let mut seconds = || -> Result<f64> {
        let ticks: f64 = fields.next().context("a short process status")?.parse()?;
        Ok(ticks / 100.0)
    };
    Ok(Cpu {
        user: seconds()?,
        system: seconds()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_strange_name() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 5 0 0 0 250 75 0 0 20 0 1 0 9 1 1";
        let cpu = read_stat(stat).unwrap();
        assert!((cpu.user - 2.5).abs() < 1e-9 && (cpu.total() - 3.25).abs() < 1e-9);
    }
}
