//! What a person types: `cargo xtask run`, `test`, `check`, `bench`.
//!
//! It calls the tools of the house (cargo, npm, node, vitest, apt-get) in the right order, says in
//! plain lines what it is doing, and stops with a sentence one can act on when something is missing.
//! It knows nothing of the domain and links nothing of the product.

mod bench;
mod browsers;
mod check;
mod fingerprint;
mod fuzz;
mod house;
mod needs;
mod npm;
mod packages;
mod process;
mod pwa;
mod report;
mod run;
mod sql;
mod suites;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};

use house::House;

fn main() -> ExitCode {
    match process::watch_signals().and_then(|()| act(&commands().get_matches())) {
        Ok(code) => code,
        Err(error) => {
            if let Some(code) = process::interrupted() {
                eprintln!("Stopped.");
                return ExitCode::from(code);
            }
            eprintln!("\ncargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(matches: &ArgMatches) -> Result<ExitCode> {
    match matches.subcommand() {
        Some(("run", given)) => {
            let house = House::find()?;
            run::run(&house, &run::Wish::from_matches(&house, given)?)
        }
        Some(("build", _)) => run::only_build(&House::find()?),
        Some(("test", given)) => test::test(&House::find()?, test::Wish::from_matches(given)),
        Some(("sql", _)) => sql::prepare(&House::find()?),
        Some(("fuzz", given)) => fuzz::fuzz(&House::find()?, given),
        Some(("check", _)) => check::check(&House::find()?),
        Some(("bench", given)) => {
            let name = given.get_one::<String>("NAME").map(String::as_str);
            let more = given.get_many::<String>("MORE").unwrap_or_default();
            bench::bench(name, &more.cloned().collect::<Vec<_>>())
        }
        _ => bail!("say what to do; `cargo xtask --help` lists it"),
    }
}

fn commands() -> Command {
    Command::new("cargo xtask")
        .bin_name("cargo xtask")
        .about("The tasks of this house")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("run")
                .about("Build what changed and start Kruispunt")
                .arg(
                    Arg::new("demo")
                        .long("demo")
                        .action(ArgAction::SetTrue)
                        .help("Start with a made-up town full of neighbours"),
                )
                .arg(
                    Arg::new("listen")
                        .long("listen")
                        .value_name("ADDR")
                        .default_value("127.0.0.1:8080")
                        .help("Where the relay listens"),
                )
                .arg(
                    Arg::new("data").long("data").value_name("DIR").help(
                        "Where the relay keeps its database [default: data/ in this checkout]",
                    ),
                ),
        )
        .subcommand(
            Command::new("build")
                .about("Build target/release/kruispunt-server, which needs nothing else"),
        )
        .subcommand(
            Command::new("test")
                .about("Run everything that must pass")
                .arg(
                    Arg::new("FILTER").help(
                        "Only the tests with this in their name or file; skips format and lint",
                    ),
                )
                .arg(
                    Arg::new("schedules")
                        .long("schedules")
                        .value_name("N")
                        .value_parser(clap::value_parser!(u64))
                        .help("How many schedules the simulation tries"),
                )
                .arg(
                    Arg::new("steps")
                        .long("steps")
                        .value_name("N")
                        .value_parser(clap::value_parser!(u64))
                        .help("How much happens in each schedule of the simulation"),
                )
                .arg(
                    Arg::new("times")
                        .long("times")
                        .value_name("N")
                        .value_parser(clap::value_parser!(u64))
                        .help("How often the relay is killed in the stories about that"),
                )
                .arg(
                    Arg::new("seed")
                        .long("seed")
                        .value_name("S")
                        .value_parser(clap::value_parser!(u64))
                        .help("The seed of what is left to chance"),
                ),
        )
        .subcommand(Command::new("check").about("Format, lint and types only"))
        .subcommand(
            Command::new("sql")
                .about("Prepare PostgreSQL's queries anew, after a query or a migration changed"),
        )
        .subcommand(fuzz::command())
        .subcommand(
            Command::new("bench")
                .about("Measure; without a name it lists what can be measured")
                .arg(Arg::new("NAME"))
                .arg(
                    Arg::new("MORE")
                        .num_args(0..)
                        .trailing_var_arg(true)
                        .allow_hyphen_values(true)
                        .help("For the measurement itself, such as --quick"),
                ),
        )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::commands().debug_assert();
    }
}
