//! Everybody comes at once: first with empty phones, then with nothing new.

use std::rc::Rc;

use anyhow::Result;
use kruispunt_server::clock::stopwatch;

use super::Stage;
use crate::line::Address;
use crate::phone::Phone;
use crate::report::Figures;
use crate::server::own_cpu;
use crate::stats::{Samples, bytes, ms, number};

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let size = stage.size;
    let town = stage.town(size.streets, size.people_per_street).await?;
    let (mut joined, mut back) = (Rounds::default(), Rounds::default());
    for _ in 0..size.rounds {
        // A fresh server each time: nothing of the town is in its memory.
        let server = stage.serve().await?;
        let mut phones = stage.phones(&town)?;
        stage.meter.reset();
        phones = joined.add(phones, &server.address).await?;
        joined
            .down
            .add(bytes(stage.meter.down.get()) / number(phones.len()));
        for phone in &mut phones {
            phone.digest().await?;
        }
        for phone in &mut phones {
            phone.level().await?;
        }
        for phone in &mut phones {
            phone.leave().await?;
        }
        stage.meter.reset();
        let before = server.cpu()?;
        phones = back.add(phones, &server.address).await?;
        back.down
            .add(bytes(stage.meter.down.get()) / number(phones.len()));
        back.up
            .add(bytes(stage.meter.up.get()) / number(phones.len()));
        figures.put("storm_cpu_ms", server.cpu()?.since(before).total() * 1000.0);
        drop(phones);
        server.stops().await?;
    }
    for (name, rounds) in [("join", &joined), ("storm", &back)] {
        figures.put(&format!("{name}_p50_ms"), rounds.p50.median());
        figures.put(&format!("{name}_p95_ms"), rounds.p95.median());
        figures.put(&format!("{name}_p99_ms"), rounds.p99.median());
        figures.put(&format!("{name}_p99_worst_ms"), rounds.p99.max());
        figures.put(&format!("{name}_down_bytes"), rounds.down.median());
        figures.put(&format!("{name}_load_cpu_ms"), rounds.load.median());
    }
    figures.put("storm_up_bytes", back.up.median());
    Ok(figures)
}

/// The same more than once; of each figure the median is told.
#[derive(Default)]
struct Rounds {
    p50: Samples,
    p95: Samples,
    p99: Samples,
    down: Samples,
    up: Samples,
    load: Samples,
}

impl Rounds {
    /// Everybody connects at once. Time runs for all from the moment the first begins to dial.
    async fn add(&mut self, phones: Vec<Phone>, address: &Address) -> Result<Vec<Phone>> {
        let address = Rc::new(*address);
        let (begin, cpu) = (stopwatch(), own_cpu()?);
        let arriving = phones.into_iter().map(|mut phone| {
            let address = Rc::clone(&address);
            tokio::task::spawn_local(async move {
                phone.connect(&address).await?;
                phone.level().await?;
                anyhow::Ok((phone, begin.elapsed()))
            })
        });
        let arriving: Vec<_> = arriving.collect();
        let (mut phones, mut times) = (Vec::new(), Samples::default());
        for phone in arriving {
            let (phone, took) = phone.await??;
            times.add(ms(took));
            phones.push(phone);
        }
        self.load.add(own_cpu()?.since(cpu).total() * 1000.0);
        self.p50.add(times.percentile(50.0));
        self.p95.add(times.percentile(95.0));
        self.p99.add(times.percentile(99.0));
        Ok(phones)
    }
}
