//! An evening in the streets: everybody edits once a second, and everybody in the street sees it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use automerge::ChangeHash;
use fastrand::Rng;
use kruispunt_server::clock::stopwatch;
use tokio::sync::watch;

use super::Stage;
use crate::phone::Phone;
use crate::report::Figures;
use crate::server::own_cpu;
use crate::stats::{Samples, bytes, ms, number};
use crate::town::Pen;

/// How often everybody edits.
const PERIOD: Duration = Duration::from_secs(1);

/// How long the last edits may take to arrive.
const DRAIN: Duration = Duration::from_secs(10);

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let size = stage.size;
    let town = stage.town(size.streets, size.people_per_street).await?;
    let server = stage.serve().await?;
    let mut phones = stage.phones(&town)?;
    for phone in &mut phones {
        phone.connect(&server.address).await?;
        phone.level().await?;
        phone.digest().await?;
    }
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    let (stop, stopped) = watch::channel(false);
    let begin = stopwatch() + Duration::from_millis(100);
    let counted = begin + size.warm_up;
    let end = counted + size.edits;
    let mut rng = Rng::with_seed(size.seed);
    let mut working = Vec::new();
    for (phone, person) in phones.into_iter().zip(&town.people) {
        let street = person.street.and_then(|street| town.streets.get(street));
        let pen = street.context("nobody's street")?.pen(person, 0)?;
        let phase = PERIOD.mul_f64(rng.f64());
        let neighbour = Neighbour {
            phone,
            pen,
            ledger: Rc::clone(&ledger),
        };
        let times = Times {
            first: begin + phase,
            counted,
            end,
        };
        working.push(tokio::task::spawn_local(
            neighbour.lives(times, stopped.clone()),
        ));
    }
    tokio::time::sleep_until(counted.into()).await;
    stage.meter.reset();
    server.forget_peak()?;
    let (before, own) = (server.cpu()?, own_cpu()?);
    tokio::time::sleep_until(end.into()).await;
    let (measured, own) = (server.cpu()?.since(before), own_cpu()?.since(own));
    let (up, down) = (stage.meter.up.get(), stage.meter.down.get());
    let receivers = size.people_per_street - 1;
    drain(&ledger, receivers).await;
    let peak = server.peak()?;
    stop.send_replace(true);
    for neighbour in working {
        neighbour.await??;
    }
    server.stops().await?;

    let ledger = ledger.borrow();
    let edits = number(ledger.counted);
    let seconds = size.edits.as_secs_f64();
    figures.put("edits", edits);
    figures.put("edit_cpu_ms", measured.total() * 1000.0 / edits);
    figures.put("edit_user_ms", measured.user * 1000.0 / edits);
    figures.put("edit_system_ms", measured.system * 1000.0 / edits);
    figures.put("edit_cpu_share", measured.total() / seconds);
    figures.put("edit_load_cpu_share", own.total() / seconds);
    for (name, samples) in [
        ("visible", &ledger.seen),
        ("kept", &ledger.kept),
        ("slip", &ledger.slips),
    ] {
        figures.put(&format!("{name}_p50_ms"), samples.percentile(50.0));
        figures.put(&format!("{name}_p95_ms"), samples.percentile(95.0));
        figures.put(&format!("{name}_p99_ms"), samples.percentile(99.0));
    }
    let deliveries = edits * number(receivers);
    figures.put("visible_missing", deliveries - number(ledger.seen.count()));
    figures.put("edit_up_bytes", bytes(up) / edits);
    figures.put("edit_down_bytes", bytes(down) / deliveries);
    figures.put("edit_change_bytes", ledger.sizes.mean());
    figures.put("edit_peak_mb", peak / 1000.0);
    Ok(figures)
}

/// Waits until everybody has seen everything, but not for ever.
async fn drain(ledger: &Rc<RefCell<Ledger>>, receivers: usize) {
    let begin = stopwatch();
    while begin.elapsed() < DRAIN {
        {
            let ledger = ledger.borrow();
            if ledger.seen.count() >= ledger.counted * receivers {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Which edit left when, and how long it took.
#[derive(Default)]
struct Ledger {
    /// Edits that count. Others are there to warm up.
    sent: HashMap<ChangeHash, Instant>,
    counted: usize,
    /// From leaving one phone to being read on another.
    seen: Samples,
    /// From leaving a phone to being acknowledged.
    kept: Samples,
    /// By how much the load generator itself was late with an edit.
    slips: Samples,
    sizes: Samples,
}

struct Times {
    first: Instant,
    counted: Instant,
    end: Instant,
}

struct Neighbour {
    phone: Phone,
    pen: Pen,
    ledger: Rc<RefCell<Ledger>>,
}

impl Neighbour {
    async fn lives(mut self, times: Times, mut stopped: watch::Receiver<bool>) -> Result<()> {
        let mut next = times.first;
        loop {
            let edits = next < times.end;
            tokio::select! {
                () = tokio::time::sleep_until(next.into()), if edits => {
                    self.edit(next, next >= times.counted).await?;
                    next += PERIOD;
                }
                message = self.phone.next() => self.read(&message?).await?,
                _ = stopped.changed() => break,
            }
        }
        self.phone.leave().await
    }

    async fn edit(&mut self, due: Instant, counts: bool) -> Result<()> {
        let change = self.pen.write()?;
        let (hash, size) = (change.hash(), change.raw_bytes().len());
        let now = stopwatch();
        if counts {
            let mut ledger = self.ledger.borrow_mut();
            ledger.sent.insert(hash, now);
            ledger.counted += 1;
            ledger.slips.add(ms(now.saturating_duration_since(due)));
            ledger.sizes.add(number(size));
        }
        self.phone.offer(0, vec![change]).await
    }

    async fn read(&mut self, message: &[u8]) -> Result<()> {
        let now = stopwatch();
        let heard = self.phone.hear(message).await?;
        let mut ledger = self.ledger.borrow_mut();
        let ledger = &mut *ledger;
        let since = |hash| ledger.sent.get(&hash).map(|&sent| ms(now - sent));
        for news in &heard.news {
            if let Some(took) = since(news.hash) {
                ledger.seen.add(took);
            }
        }
        for hash in heard.kept {
            if let Some(took) = since(hash) {
                ledger.kept.add(took);
            }
        }
        self.pen
            .learn(heard.news.into_iter().map(|news| news.change));
        Ok(())
    }
}
