//! The commands.

mod backup;
mod database;
mod devices;
#[cfg(unix)]
mod files;
mod import_areas;
mod key_file;
mod keys;
mod limits;
mod restore;
mod revoke;
mod ringing;
mod rotate;
mod serve;
mod steward_link;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// The relay of Kruispunt: a crossroads for questions, talents and offers of help in a neighbourhood.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the app and keep its devices in step.
    Serve(Box<serve::Serve>),
    /// Import areas from a CSV file with the columns code, name, kind and parent: all of it or nothing. Works
    /// while relays serve the database, and they serve what is new.
    ImportAreas(import_areas::ImportAreas),
    /// List devices by identifier, with whose they are, since when, and whether they are in use.
    Devices(devices::Devices),
    /// Take lost devices out of use. Works while relays serve the database, and cuts them off at once.
    Revoke(revoke::Revoke),
    /// Print a way in for a steward, once. Works while relays serve the database.
    StewardLink(steward_link::StewardLink),
    /// Begin new epochs: boards without their history, and without what was closed long ago. Works while relays
    /// serve the database; whoever is connected gets the new board.
    Rotate(rotate::Rotate),
    /// Look after the record keys, without which no case card can be opened.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Write everything into one file, as it is at one moment. Works while relays serve the database.
    Backup(backup::Backup),
    /// Put a backup into an empty database, all or nothing. Every document begins a new epoch.
    Restore(restore::Restore),
}

/// How many threads do work that takes long.
const BLOCKING_THREADS: usize = 4;

/// Logs go to standard error, so that standard output is for what was asked. `KRUISPUNT_LOG` says what is logged,
/// `KRUISPUNT_LOG_FORMAT=json` that a machine reads it.
pub(crate) fn log() {
    let filter = EnvFilter::try_from_env("KRUISPUNT_LOG");
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var_os("KRUISPUNT_LOG_FORMAT").is_some_and(|format| format == "json") {
        log.json().init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Documents are read and saved here: hundreds at once would take the processor from everybody else.
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .context("no threads can be started")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(serve) => serve.run().await.map(|()| ExitCode::SUCCESS),
            Command::ImportAreas(import) => import.run().await,
            Command::Devices(devices) => devices.run().await,
            Command::Revoke(revoke) => revoke.run().await,
            Command::StewardLink(link) => link.run().await,
            Command::Rotate(rotate) => rotate.run().await,
            Command::Keys(keys) => keys.run().await,
            Command::Backup(backup) => backup.run().await,
            Command::Restore(restore) => restore.run().await,
        }
    })
}
