//! A street full of phones: the same work on this relay and on its peers, side by side.
//!
//! `cargo xtask bench sync` builds everybody, starts this program on the second core, and this program starts each
//! contestant's server on the first. It speaks every contestant's own protocol and does the same deeds with each.
//! It deliberately knows nothing of how a server works inside: it reads its lines and what the system says of it.

mod contestant;
mod line;
mod machine;
mod neighbourhood;
mod phone;
mod report;
mod ringing;
mod scenario;
mod server;
mod stats;
mod talk;
mod town;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use contestant::Contestant;
use contestant::kruispunt::Kruispunt;
use contestant::repo::{Kind, Peer};
use kruispunt_server::clock::stopwatch;
use line::Meter;
use report::{Figures, Found};
use scenario::{Size, Stage};

/// The same work on this relay and on its peers.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Program {
    #[command(subcommand)]
    deed: Option<Deed>,
    #[command(flatten)]
    arguments: Option<Arguments>,
}

/// What else this program does.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Fills the empty folder of a relay with a neighbourhood, and says the secret by which its coordinator comes in.
    Settle(neighbourhood::Plan),
    /// Has a relay send ten thousand notifications to a push service on this machine.
    Ring(ringing::Plan),
}

#[derive(Debug, Args)]
struct Arguments {
    /// A couple of minutes instead of twenty; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Only these contestants, with commas between them.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only this scenario.
    #[arg(long)]
    scenario: Vec<String>,
    /// What every deed follows from.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The relay's program.
    #[arg(long)]
    kruispunt: PathBuf,
    /// The folder the peers on Node.js are installed in.
    #[arg(long)]
    node: Option<PathBuf>,
    /// The program of the peer on samod.
    #[arg(long)]
    samod: Option<PathBuf>,
    /// A folder on the disk that is to be measured.
    #[arg(long)]
    scratch: PathBuf,
    /// Where the figures are kept, as JSON.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> Result<()> {
    let Program { deed, arguments } = Program::parse();
    raise_files()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match deed {
        Some(Deed::Settle(plan)) => {
            let secret = runtime.block_on(neighbourhood::settle(&plan))?;
            println!("{}", secret.expose());
            return Ok(());
        }
        Some(Deed::Ring(plan)) => {
            let ringing = ringing::ring(&plan);
            return tokio::task::LocalSet::new().block_on(&runtime, ringing);
        }
        None => {}
    }
    let arguments = arguments.context("nothing is said about what to compare")?;
    tokio::task::LocalSet::new().block_on(&runtime, compare(&arguments))
}

/// Ten thousand lines are ten thousand open files, here and in every server.
fn raise_files() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, limit).context("cannot open many files")
}

async fn compare(arguments: &Arguments) -> Result<()> {
    let size = if arguments.quick {
        Size::quick(arguments.seed)
    } else {
        Size::full(arguments.seed)
    };
    fs::create_dir_all(&arguments.scratch)?;
    // Servers are started in folders of their own.
    let disk = arguments.scratch.canonicalize()?;
    let machine = machine::describe(&disk)?;
    println!("{machine:#}");
    let mut all = Vec::new();
    for contestant in arguments.contestants() {
        let mut found = Found {
            name: contestant.name(),
            version: contestant.version()?,
            durability: contestant.durability(),
            figures: Figures::default(),
            failures: BTreeMap::new(),
        };
        let mut resting = Vec::new();
        for name in scenario::ALL {
            if !arguments.scenario.is_empty() && !arguments.scenario.iter().any(|one| one == name) {
                continue;
            }
            let begin = stopwatch();
            let folder = tempfile::tempdir_in(&disk)?;
            let stage = Stage {
                contestant: &*contestant,
                size,
                scratch: folder.path().to_owned(),
                meter: Rc::new(Meter::default()),
                resting: RefCell::default(),
            };
            found.add(name, scenario::run(name, &stage).await);
            println!(
                "{} {name}: {:.0} s",
                found.name,
                begin.elapsed().as_secs_f64()
            );
            resting.extend(stage.resting.take().map(|rest| (name, rest, folder)));
        }
        for (name, rest, _folder) in resting {
            found.add(name, rest.await?);
        }
        all.push(found);
    }
    println!("{}", report::table(&all));
    let mut kept = report::json(&all);
    if let Some(kept) = kept.as_object_mut() {
        kept.insert("machine".to_owned(), machine);
        kept.insert("seed".to_owned(), size.seed.into());
        kept.insert("size".to_owned(), format!("{size:?}").into());
    }
    fs::write(&arguments.out, format!("{kept:#}\n"))?;
    println!("Kept in {}", arguments.out.display());
    Ok(())
}

impl Arguments {
    fn contestants(&self) -> Vec<Box<dyn Contestant>> {
        let mut all: Vec<Box<dyn Contestant>> = vec![Box::new(Kruispunt {
            program: self.kruispunt.clone(),
        })];
        if let Some(folder) = &self.node {
            all.push(Box::new(Peer::new(Kind::SyncServer(folder.clone()))));
            all.push(Box::new(Peer::new(Kind::Repo(folder.clone()))));
        }
        if let Some(program) = &self.samod {
            all.push(Box::new(Peer::new(Kind::Samod(program.clone()))));
        }
        all.retain(|one| self.only.is_empty() || self.only.iter().any(|name| name == one.name()));
        all
    }
}
