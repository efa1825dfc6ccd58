//! Starts other programs and sees to it that none outlives us.
//!
//! Each runs in a process group of its own, so that ending it ends what it started as well: npm's
//! node, vitest's workers, a test's relay. Signals are passed on to those groups by their id.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, ErrorKind},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// How long a group gets to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(10);

struct State {
    groups: Vec<Pid>,
    signal: Option<i32>,
}

static STATE: Mutex<State> = Mutex::new(State {
    groups: Vec::new(),
    signal: None,
});

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on Ctrl-C and its like are passed on to what we started, and we end after it.
///
/// # Errors
///
/// When the operating system refuses a handler.
pub(crate) fn watch_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            pass_on(signal);
        }
    });
    Ok(())
}

fn pass_on(signal: i32) {
    let mut state = state();
    let again = state.signal.replace(signal).is_some();
    if state.groups.is_empty() {
        eprintln!("Stopped.");
        std::process::exit(i32::from(exit_code(signal)));
    }
    // Whoever asks a second time does not want to wait for manners.
    let kind = match signal {
        _ if again => Signal::KILL,
        SIGINT => Signal::INT,
        SIGHUP => Signal::HUP,
        _ => Signal::TERM,
    };
    for group in &state.groups {
        // A group that is gone already is what we want.
        let _ = kill_process_group(*group, kind);
    }
    if !again {
        thread::spawn(|| {
            thread::sleep(GRACE);
            for group in &self::state().groups {
                let _ = kill_process_group(*group, Signal::KILL);
            }
        });
    }
}

/// The exit code for a person's Ctrl-C or a kill, when there was one.
pub(crate) fn interrupted() -> Option<u8> {
    state().signal.map(exit_code)
}

fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// A program we started, with everything it starts itself.
struct Group {
    child: Child,
    id: Pid,
}

impl Group {
    fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null()).process_group(0);
        // Held while starting: a signal comes either before, and nothing starts, or after, and the
        // group is known.
        let mut state = state();
        if state.signal.is_some() {
            bail!("stopped before {} could start", name(command.get_program()));
        }
        let child = command
            .spawn()
            .map_err(|error| explain(command.get_program(), error))?;
        let id = Pid::from_child(&child);
        state.groups.push(id);
        Ok(Self { child, id })
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().context("cannot wait for a program")
    }
}

impl Drop for Group {
    /// Ends what the program left behind, and the program itself when we leave early.
    fn drop(&mut self) {
        if kill_process_group(self.id, Signal::TERM).is_ok() {
            for _ in 0..30 {
                let _ = self.child.try_wait();
                if test_kill_process_group(self.id).is_err() {
                    break;
                }
                thread::sleep(Duration::from_millis(100));
            }
            let _ = kill_process_group(self.id, Signal::KILL);
            let _ = self.child.wait();
        }
        state().groups.retain(|group| *group != self.id);
    }
}

/// Runs a program to its end; what it prints is shown as it is.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn run(command: &mut Command) -> Result<ExitStatus> {
    Group::start(command)?.wait()
}

/// Runs a program that has to succeed; what it prints is shown as it is.
///
/// # Errors
///
/// When it cannot be started or does not succeed.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    let status = run(command)?;
    succeeded(command.get_program(), status)
}

/// Says so when a program did not succeed.
///
/// # Errors
///
/// When `status` is not a success.
pub(crate) fn succeeded(program: &OsStr, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    match (status.code(), status.signal()) {
        (Some(code), _) => bail!(
            "{} ended with code {code}; its own words are above",
            name(program)
        ),
        (None, Some(signal)) => bail!("{} was ended by signal {signal}", name(program)),
        (None, None) => bail!("{} did not succeed", name(program)),
    }
}

/// Runs a program, shows its lines as they come and hands each of standard output to `see`.
///
/// # Errors
///
/// When it cannot be started or read.
pub(crate) fn run_reading(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut group = Group::start(command.stdout(Stdio::piped()))?;
    if let Some(lines) = group.child.stdout.take() {
        for line in BufReader::new(lines).lines() {
            let line = line.context("cannot read what a program prints")?;
            println!("{line}");
            see(&line);
        }
    }
    group.wait()
}

/// Runs a quick question and gives its answer, trimmed.
///
/// # Errors
///
/// When it cannot be started or does not succeed; its complaint is part of the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let answer = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| explain(command.get_program(), error))?;
    if !answer.status.success() {
        bail!("{}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// The exit code to leave with when a program ended this way.
pub(crate) fn code_of(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, Some(signal)) => exit_code(signal),
        (None, None) => 1,
    }
}

fn explain(program: &OsStr, error: std::io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        anyhow!("{} is not installed, or not on the PATH", name(program))
    } else {
        anyhow!(error).context(format!("cannot start {}", name(program)))
    }
}

/// The program as a person calls it, without the folder it lies in.
fn name(program: &OsStr) -> String {
    let path = std::path::Path::new(program);
    path.file_name()
        .unwrap_or(program)
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_trimmed_and_a_complaint_kept() {
        let answer = output(Command::new("sh").args(["-c", "echo ' hello '"]));
        assert_eq!(answer.unwrap(), "hello");
        let complaint = output(Command::new("sh").args(["-c", "echo no >&2; exit 3"]));
        assert_eq!(complaint.unwrap_err().to_string(), "no");
    }

    #[test]
    fn a_program_that_is_not_there_is_called_so() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no-such-program-here is not installed, or not on the PATH"
        );
    }

    #[test]
    fn what_a_program_leaves_behind_ends_with_it() {
        let mut left = String::new();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 >/dev/null 2>&1 & echo $!"]);
        run_reading(&mut command, |line| line.clone_into(&mut left)).unwrap();
        let left = Pid::from_raw(left.parse().unwrap()).unwrap();
        // Gone, or a zombie nobody has collected yet.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", left.as_raw_nonzero()));
        assert!(state.map_or(true, |stat| stat.contains(") Z ")));
    }
}
