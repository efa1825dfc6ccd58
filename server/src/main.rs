//! What an operator types. Says in one sentence what went wrong, and ends with a status other than 0 then.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

/// Gives memory back after a storm of reconnects; the allocator of most Linux systems keeps it for ever.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    cli::log();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kruispunt-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}
