//! What a server keeps in memory: of streets somebody visited and left, and of people who only listen.

use std::time::Duration;

use anyhow::Result;
use tokio::task::{JoinHandle, JoinSet};

use super::Stage;
use crate::phone::{PATIENCE, Phone};
use crate::report::Figures;
use crate::server::Server;
use crate::stats::number;
use crate::town::Town;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A coordinator reads every street, writes something in each, and leaves.
pub(crate) async fn visits(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let town = stage.town(stage.size.visits, 0).await?;
    let server = stage.serve().await?;
    figures.put("visits_before_mb", server.memory()? / 1000.0);
    let mut phone = stage.phone(&town, &town.coordinator)?;
    phone.connect(&server.address).await?;
    phone.level().await?;
    phone.digest().await?;
    phone.level().await?;
    let mut unkept = 0;
    for (number, street) in town.streets.iter().enumerate() {
        let deed = street.pen(&town.coordinator, 0)?.write()?;
        phone.offer(number, vec![deed]).await?;
        unkept += 1;
    }
    let keeping = async {
        while unkept > 0 {
            let message = phone.next().await?;
            unkept -= phone.hear(&message).await?.kept.len().min(unkept);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, keeping).await??;
    phone.leave().await?;
    figures.put("visits_streets", number(town.streets.len()));
    figures.put("visits_after_mb", server.memory()? / 1000.0);
    figures.put("visits_peak_mb", server.peak()? / 1000.0);
    let rest = tokio::task::spawn_local(rests(server, stage.size.rest));
    stage.resting.replace(Some(rest));
    Ok(figures)
}

/// Nobody is there any more: how far does memory fall back?
async fn rests(server: Server, time: Duration) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut lowest = f64::INFINITY;
    for _ in 0..time.as_secs().div_ceil(LOOK.as_secs()) {
        tokio::time::sleep(LOOK).await;
        lowest = lowest.min(server.memory()? / 1000.0);
    }
    figures.put("visits_rested_mb", lowest);
    figures.put("visits_rest_s", time.as_secs_f64());
    server.stops().await?;
    Ok(figures)
}

/// How many lines one phone has; this relay lets a device have no more than eight.
const LINES_EACH: usize = 5;

/// How many lines are opened at a time.
const AT_ONCE: usize = 50;

/// Many people open a line, have everything, and say nothing more.
pub(crate) async fn idle(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let size = stage.size;
    let people = size.idle.div_ceil(size.streets * LINES_EACH);
    let town = stage.town(size.streets, people).await?;
    let server = stage.serve().await?;
    // Everything that is there once, however many come, is there before the first is counted.
    let mut crowd = Crowd::default();
    crowd.grow(town.people.len(), stage, &town, &server).await?;
    let before = (crowd.listening.len(), server.memory()?);
    crowd.grow(size.idle, stage, &town, &server).await?;
    let (more, memory) = (
        crowd.listening.len() - before.0,
        server.memory()? - before.1,
    );
    // Whoever hears the end of the line is no longer there.
    crowd.listening.retain(|listening| !listening.is_finished());
    figures.put("idle_connections", number(crowd.listening.len()));
    figures.put("idle_kb", memory / number(more));
    figures.put("idle_turned_away", number(crowd.turned_away));
    server.dies().await?;
    Ok(figures)
}

/// People who listen, each in a task of its own that answers when the server asks whether they are there.
#[derive(Default)]
struct Crowd {
    listening: Vec<JoinHandle<()>>,
    turned_away: usize,
}

impl Crowd {
    async fn grow(
        &mut self,
        to: usize,
        stage: &Stage<'_>,
        town: &Town,
        server: &Server,
    ) -> Result<()> {
        let mut arriving = JoinSet::new();
        while self.listening.len() < to && self.turned_away < AT_ONCE {
            while arriving.len() < AT_ONCE && self.listening.len() + arriving.len() < to {
                let number = self.listening.len() + arriving.len();
                let Some(person) = town.people.get(number % town.people.len()) else {
                    break;
                };
                let mut phone = stage.listener(town, person, number)?;
                let address = server.address;
                arriving.spawn_local(async move {
                    phone.connect(&address).await?;
                    phone.level().await?;
                    anyhow::Ok(phone)
                });
            }
            match arriving.join_next().await {
                Some(Ok(Ok(phone))) => self.listening.push(tokio::task::spawn_local(listen(phone))),
                Some(_) => self.turned_away += 1,
                None => break,
            }
        }
        Ok(())
    }
}

async fn listen(mut phone: Phone) {
    while phone.next().await.is_ok() {}
}
