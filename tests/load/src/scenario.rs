//! What the phones do, the same with every contestant.

mod edits;
mod join;
mod kill;
mod memory;
mod merge;
mod reconnect;
mod throughput;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinHandle;

use crate::contestant::Contestant;
use crate::line::Meter;
use crate::phone::Phone;
use crate::report::Figures;
use crate::server::Server;
use crate::town::{Person, Plan, Town};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) seed: u64,
    pub(crate) streets: usize,
    pub(crate) people_per_street: usize,
    pub(crate) requests: usize,
    pub(crate) warm_up: Duration,
    pub(crate) edits: Duration,
    /// How often what takes little time is measured; the median counts.
    pub(crate) rounds: usize,
    /// How many documents one person follows who comes back.
    pub(crate) documents: usize,
    pub(crate) offline_people: usize,
    pub(crate) offline_edits: usize,
    /// How many write as fast as they can, what each has ready, and for how long.
    pub(crate) writers: usize,
    pub(crate) edits_per_writer: usize,
    pub(crate) throughput: Duration,
    /// How many streets are visited, and how long memory gets to fall back.
    pub(crate) visits: usize,
    pub(crate) rest: Duration,
    pub(crate) idle: usize,
    pub(crate) kills: usize,
    pub(crate) kills_under_load: usize,
}

impl Size {
    /// What the figures are measured with.
    pub(crate) const fn full(seed: u64) -> Self {
        Self {
            seed,
            streets: 20,
            people_per_street: 10,
            requests: 200,
            warm_up: Duration::from_secs(5),
            edits: Duration::from_secs(30),
            rounds: 3,
            documents: 500,
            offline_people: 50,
            offline_edits: 50,
            writers: 50,
            edits_per_writer: 1_000,
            throughput: Duration::from_secs(10),
            visits: 300,
            rest: Duration::from_secs(130),
            idle: 10_000,
            kills: 20,
            kills_under_load: 10,
        }
    }

    /// Enough to see whether everything works, and roughly where one stands.
    pub(crate) const fn quick(seed: u64) -> Self {
        Self {
            warm_up: Duration::from_secs(2),
            edits: Duration::from_secs(8),
            rounds: 1,
            documents: 100,
            offline_people: 20,
            offline_edits: 20,
            writers: 20,
            edits_per_writer: 400,
            throughput: Duration::from_secs(3),
            visits: 50,
            rest: Duration::from_secs(5),
            idle: 500,
            kills: 2,
            kills_under_load: 1,
            ..Self::full(seed)
        }
    }
}

/// One contestant, on stage.
pub(crate) struct Stage<'a> {
    pub(crate) contestant: &'a dyn Contestant,
    pub(crate) size: Size,
    /// A folder of its own for every scenario.
    pub(crate) scratch: PathBuf,
    pub(crate) meter: Rc<Meter>,
    /// What is measured a while later, when nobody does anything with that server any more.
    pub(crate) resting: RefCell<Option<JoinHandle<Result<Figures>>>>,
}

impl Stage<'_> {
    /// A town with the usual streets, settled.
    pub(crate) async fn town(&self, streets: usize, people: usize) -> Result<Town> {
        let town = Town::build(Plan {
            seed: self.size.seed,
            streets,
            requests: self.size.requests,
            people,
        })?;
        self.contestant.settle(&self.scratch, &town).await?;
        Ok(town)
    }

    pub(crate) async fn serve(&self) -> Result<Server> {
        self.contestant.serve(&self.scratch).await
    }

    pub(crate) fn phone(&self, town: &Town, person: &Person) -> Result<Phone> {
        let streets = town.followed(person);
        let talk = self.contestant.phone(town, person, &streets)?;
        Ok(Phone::new(talk, &self.meter))
    }

    /// A phone that has everything already, and will only listen.
    pub(crate) fn listener(&self, town: &Town, person: &Person, number: usize) -> Result<Phone> {
        let talk = self.contestant.listener(town, person, number)?;
        Ok(Phone::new(talk, &self.meter))
    }

    pub(crate) fn phones(&self, town: &Town) -> Result<Vec<Phone>> {
        town.people
            .iter()
            .map(|person| self.phone(town, person))
            .collect()
    }
}

/// Runs one scenario.
pub(crate) async fn run(name: &str, stage: &Stage<'_>) -> Result<Figures> {
    match name {
        "join" => join::measure(stage).await,
        "edits" => edits::measure(stage).await,
        "reconnect" => reconnect::measure(stage).await,
        "merge" => merge::measure(stage).await,
        "throughput" => throughput::measure(stage).await,
        "visits" => memory::visits(stage).await,
        "idle" => memory::idle(stage).await,
        "kill" => kill::measure(stage).await,
        _ => anyhow::bail!("there is no scenario {name:?}"),
    }
}

/// All of them.
pub(crate) const ALL: [&str; 8] = [
    "join",
    "edits",
    "reconnect",
    "merge",
    "throughput",
    "visits",
    "idle",
    "kill",
];
