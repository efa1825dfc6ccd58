//! As many edits as the server can take: everybody keeps a few under way, each in a street of their own.

use std::collections::VecDeque;
use std::time::Instant;

use anyhow::{Context as _, Result};
use automerge::Change;
use kruispunt_server::clock::stopwatch;

use super::Stage;
use crate::phone::Phone;
use crate::report::Figures;
use crate::server::own_cpu;
use crate::stats::{bytes, number};

/// How many edits each has under way.
const WINDOW: usize = 8;

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let size = stage.size;
    let town = stage.town(size.writers, 1).await?;
    let mut writers = Vec::new();
    for (street, person) in town.streets.iter().zip(&town.people) {
        let mut pen = street.pen(person, 0)?;
        let deeds = (0..size.edits_per_writer).map(|_| pen.write());
        writers.push(Writer {
            phone: stage.phone(&town, person)?,
            deeds: deeds.collect::<Result<_>>()?,
        });
    }
    let server = stage.serve().await?;
    for Writer { phone, .. } in &mut writers {
        phone.connect(&server.address).await?;
        phone.level().await?;
        phone.digest().await?;
        phone.level().await?;
    }
    stage.meter.reset();
    let (begin, cpu, own) = (stopwatch(), server.cpu()?, own_cpu()?);
    let end = begin + size.throughput;
    let writing: Vec<_> = writers
        .into_iter()
        .map(|writer| tokio::task::spawn_local(writer.writes(end)))
        .collect();
    let mut kept = 0;
    for writer in writing {
        kept += writer.await??;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (cpu, own) = (server.cpu()?.since(cpu), own_cpu()?.since(own));
    figures.put("throughput_edits", number(kept));
    figures.put("throughput_per_second", number(kept) / seconds);
    figures.put("throughput_cpu_ms", cpu.total() * 1000.0 / number(kept));
    figures.put("throughput_cpu_share", cpu.total() / seconds);
    figures.put("throughput_load_cpu_share", own.total() / seconds);
    figures.put(
        "throughput_messages_up",
        bytes(stage.meter.messages_up.get()),
    );
    server.stops().await?;
    Ok(figures)
}

struct Writer {
    phone: Phone,
    deeds: VecDeque<Change>,
}

impl Writer {
    /// Writes until the time or the deeds are over; returns how many the server has by then.
    async fn writes(mut self, end: Instant) -> Result<usize> {
        let (mut kept, mut under_way) = (0, 0);
        loop {
            while under_way < WINDOW
                && let Some(deed) = self.deeds.pop_front()
            {
                self.phone.offer(0, vec![deed]).await?;
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(kept);
            }
            let Ok(message) = tokio::time::timeout_at(end.into(), self.phone.next()).await else {
                return Ok(kept);
            };
            let heard = self
                .phone
                .hear(&message.context("a writer is cut off")?)
                .await?;
            kept += heard.kept.len();
            under_way -= heard.kept.len().min(under_way);
        }
    }
}
