//! An evening in the streets: everybody edits once a second, and everybody in the street sees it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use automerge::ChangeHash;
use fastrand::Rng;
use kruispunt_server::clock::stopwatch;
use tokio::sync::{mpsc, watch};

use super::Stage;
use crate::line::Address;
use crate::phone::{PATIENCE, Phone};
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
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    let mut neighbours = Vec::new();
    for (phone, person) in stage.phones(&town)?.into_iter().zip(&town.people) {
        let street = person.street.and_then(|street| town.streets.get(street));
        neighbours.push(Neighbour {
            phone,
            pen: street.context("nobody's street")?.pen(person, 0)?,
            ledger: Rc::clone(&ledger),
        });
    }
    let server = stage.serve().await?;
    let (say, hear) = watch::channel(Phase::Arrive);
    let (arrived, mut arrivals) = mpsc::channel::<()>(1);
    let mut rng = Rng::with_seed(size.seed);
    let mut working = Vec::new();
    for neighbour in neighbours {
        let at = PERIOD.mul_f64(rng.f64());
        let life = neighbour.lives(server.address, at, hear.clone(), arrived.clone());
        working.push(tokio::task::spawn_local(life));
    }
    drop(arrived);
    // Ends when the last has arrived, or could not.
    let everybody = tokio::time::timeout(PATIENCE, arrivals.recv());
    everybody.await.context("the streets do not fill")?;
    let begin = stopwatch();
    let counted = begin + size.warm_up;
    let end = counted + size.edits;
    say.send_replace(Phase::Edit {
        begin,
        counted,
        end,
    });
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
    say.send_replace(Phase::Leave);
    for neighbour in working {
        neighbour.await??;
    }
    server.stops().await?;

    let ledger = ledger.borrow();
    let edits = number(ledger.counted);
    let seconds = size.edits.as_secs_f64();
    figures.put("edits", edits);
    figures.put("edit_cpu_s", measured.total());
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

/// Resolves when a moment has come, if there is one.
async fn reached(due: Option<Instant>) -> Instant {
    match due {
        Some(due) => {
            tokio::time::sleep_until(due.into()).await;
            due
        }
        None => std::future::pending().await,
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

/// What everybody does.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Arrive,
    Edit {
        begin: Instant,
        /// From when on edits count; before that, everything warms up.
        counted: Instant,
        end: Instant,
    },
    Leave,
}

struct Neighbour {
    phone: Phone,
    pen: Pen,
    ledger: Rc<RefCell<Ledger>>,
}

impl Neighbour {
    /// Arrives, says so by letting go of `arrived`, edits at `at` in every period, and leaves when told.
    async fn lives(
        mut self,
        address: Address,
        at: Duration,
        mut phase: watch::Receiver<Phase>,
        arrived: mpsc::Sender<()>,
    ) -> Result<()> {
        self.phone.connect(&address).await?;
        self.phone.level().await?;
        self.phone.digest().await?;
        drop(arrived);
        let mut next = None;
        loop {
            let now = *phase.borrow_and_update();
            let due = match now {
                Phase::Arrive => None,
                Phase::Leave => return self.phone.leave().await,
                Phase::Edit { begin, end, .. } => {
                    Some(*next.get_or_insert(begin + at)).filter(|due| *due < end)
                }
            };
            tokio::select! {
                due = reached(due) => {
                    let counts = matches!(now, Phase::Edit { counted, .. } if due >= counted);
                    self.edit(due, counts).await?;
                    next = Some(due + PERIOD);
                }
                message = self.phone.next() => self.read(&message?).await?,
                _ = phase.changed() => {}
            }
        }
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
