//! What a server keeps in memory: of streets somebody visited and left, and of people who only listen.

use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use super::Stage;
use crate::phone::{PATIENCE, Phone};
use crate::report::Figures;
use crate::stats::number;

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
    let mut lowest = f64::INFINITY;
    for _ in 0..stage.size.rest.as_secs().div_ceil(5) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        lowest = lowest.min(server.memory()? / 1000.0);
    }
    figures.put("visits_rested_mb", lowest);
    figures.put("visits_rest_s", stage.size.rest.as_secs_f64());
    figures.put("visits_peak_mb", server.peak()? / 1000.0);
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
    let mut lines = Vec::new();
    for person in &town.people {
        lines.push(arrive(stage.listener(&town, person, lines.len())?, server.address).await?);
    }
    let before = (lines.len(), server.memory()?);
    let (mut arriving, mut turned_away) = (JoinSet::new(), 0);
    while lines.len() < size.idle && turned_away < AT_ONCE {
        while arriving.len() < AT_ONCE && lines.len() + arriving.len() < size.idle {
            let number = lines.len() + arriving.len();
            let Some(person) = town.people.get(number % town.people.len()) else {
                break;
            };
            arriving.spawn_local(arrive(
                stage.listener(&town, person, number)?,
                server.address,
            ));
        }
        match arriving.join_next().await {
            Some(Ok(Ok(phone))) => lines.push(phone),
            Some(_) => turned_away += 1,
            None => break,
        }
    }
    let (more, memory) = (number(lines.len() - before.0), server.memory()? - before.1);
    figures.put("idle_connections", number(lines.len()));
    figures.put("idle_kb", memory / more);
    figures.put("idle_turned_away", number(turned_away));
    drop(lines);
    server.dies().await?;
    Ok(figures)
}

async fn arrive(mut phone: Phone, address: crate::line::Address) -> Result<Phone> {
    phone.connect(&address).await?;
    phone.level().await?;
    Ok(phone)
}
