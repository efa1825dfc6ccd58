//! What an operator types. Says in one sentence what went wrong, and ends with a status other than 0 then.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

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
