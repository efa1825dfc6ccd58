//! Somebody with hundreds of documents comes back, and nothing is new.

use anyhow::Result;
use kruispunt_server::clock::stopwatch;

use super::Stage;
use crate::report::Figures;
use crate::stats::{Samples, bytes, ms, number};

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let town = stage.town(stage.size.documents, 0).await?;
    let server = stage.serve().await?;
    let mut phone = stage.phone(&town, &town.coordinator)?;
    phone.connect(&server.address).await?;
    phone.level().await?;
    phone.digest().await?;
    phone.level().await?;
    phone.leave().await?;
    let mut times = Samples::default();
    for _ in 0..stage.size.rounds {
        stage.meter.reset();
        let begin = stopwatch();
        phone.connect(&server.address).await?;
        phone.level().await?;
        times.add(ms(begin.elapsed()));
        let meter = &stage.meter;
        figures.put("many_documents", number(town.streets.len()));
        let messages = meter.messages_up.get() + meter.messages_down.get();
        figures.put("many_messages", bytes(messages));
        figures.put("many_messages_up", bytes(meter.messages_up.get()));
        figures.put("many_bytes", bytes(meter.up.get() + meter.down.get()));
        figures.put("many_bytes_up", bytes(meter.up.get()));
        phone.leave().await?;
    }
    figures.put("many_ms", times.median());
    server.stops().await?;
    Ok(figures)
}
