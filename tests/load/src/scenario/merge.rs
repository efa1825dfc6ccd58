//! A street without reception: everybody worked offline, and comes back at once.

use anyhow::{Context as _, Result};
use automerge::ChangeHash;
use kruispunt_server::clock::stopwatch;

use super::Stage;
use crate::report::Figures;
use crate::server::own_cpu;
use crate::stats::{ms, number};
use crate::talk::Goal;

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let size = stage.size;
    let town = stage.town(1, size.offline_people).await?;
    let street = town.streets.first().context("no street")?;
    let server = stage.serve().await?;
    let mut phones = stage.phones(&town)?;
    let mut heads: Vec<ChangeHash> = Vec::new();
    for (phone, person) in phones.iter_mut().zip(&town.people) {
        phone.connect(&server.address).await?;
        phone.level().await?;
        phone.digest().await?;
        phone.level().await?;
        phone.leave().await?;
        let mut pen = street.pen(person, 0)?;
        let deeds = (0..size.offline_edits).map(|_| pen.write());
        let deeds = deeds.collect::<Result<Vec<_>>>()?;
        heads.extend(deeds.last().map(automerge::Change::hash));
        phone.offer(0, deeds).await?;
    }
    heads.sort_unstable();
    let edits = town.people.len() * size.offline_edits;
    let goal = Goal {
        changes: (street.changes.len() + edits) as u64,
        heads,
    };
    for phone in &mut phones {
        phone.talk.aim(0, goal.clone());
    }

    let (begin, cpu, own) = (stopwatch(), server.cpu()?, own_cpu()?);
    let address = server.address;
    let coming: Vec<_> = phones
        .into_iter()
        .map(|mut phone| {
            tokio::task::spawn_local(async move {
                phone.connect(&address).await?;
                phone.level().await?;
                anyhow::Ok(phone)
            })
        })
        .collect();
    let mut phones = Vec::new();
    let mut stuck = 0.0;
    for phone in coming {
        match phone.await? {
            Ok(phone) => phones.push(phone),
            Err(_) => stuck += 1.0,
        }
    }
    let took = begin.elapsed();
    figures.put("merge_edits", number(edits));
    figures.put("merge_ms", ms(took));
    figures.put("merge_stuck_phones", stuck);
    figures.put("merge_cpu_ms", server.cpu()?.since(cpu).total() * 1000.0);
    figures.put("merge_load_cpu_ms", own_cpu()?.since(own).total() * 1000.0);
    server.stops().await?;
    Ok(figures)
}
