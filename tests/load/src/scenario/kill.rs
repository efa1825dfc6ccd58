//! The power goes: what the server said it has, does it have it afterwards?

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use automerge::ChangeHash;
use fastrand::Rng;

use super::Stage;
use crate::line::Address;
use crate::phone::{PATIENCE, Phone};
use crate::report::Figures;
use crate::stats::number;
use crate::town::{Pen, Town};

/// How long a phone that came back waits for more.
const QUIET: Duration = Duration::from_millis(500);

/// A server that starts again may take its time.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the writers write before the lights go out, in seconds.
const UPTIME: std::ops::Range<f64> = 0.5..1.5;

pub(crate) async fn measure(stage: &Stage<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let town = stage.town(stage.size.streets, 1).await?;
    let mut lost = 0;
    for time in 0..stage.size.kills {
        lost += after_one(stage, &town, time).await?;
    }
    figures.put("kill_tries", number(stage.size.kills));
    figures.put("kill_lost", number(lost));
    let (mut acknowledged, mut lost) = (0, 0);
    let mut rng = Rng::with_seed(stage.size.seed);
    for time in 0..stage.size.kills_under_load {
        let uptime =
            Duration::from_secs_f64(UPTIME.start + rng.f64() * (UPTIME.end - UPTIME.start));
        let (some, gone) = under_load(stage, &town, stage.size.kills + time, uptime).await?;
        acknowledged += some;
        lost += gone;
    }
    figures.put("load_kills", number(stage.size.kills_under_load));
    figures.put("load_acknowledged", number(acknowledged));
    figures.put("load_lost", number(lost));
    Ok(figures)
}

/// One edit, its acknowledgement, and at once the end.
async fn after_one(stage: &Stage<'_>, town: &Town, time: usize) -> Result<usize> {
    let at = time % town.people.len();
    let server = stage.serve().await?;
    let mut writer = Writer::arrives(stage, town, at, time, &server.address).await?;
    let hash = writer.edits().await?;
    let kept = async {
        while !writer.hears().await?.contains(&hash) {}
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, kept).await??;
    server.dies().await?;
    let server = stage.serve().await?;
    let lost = missing(stage, town, at, &[hash], &server.address).await?;
    server.stops().await?;
    Ok(lost)
}

/// Everybody writes; says how many edits were acknowledged, and how many of them are gone.
async fn under_load(
    stage: &Stage<'_>,
    town: &Town,
    time: usize,
    uptime: Duration,
) -> Result<(usize, usize)> {
    let server = stage.serve().await?;
    let mut writing = Vec::new();
    for at in 0..town.people.len() {
        let mut writer = Writer::arrives(stage, town, at, time, &server.address).await?;
        let kept = Rc::new(RefCell::new(Vec::new()));
        let list = Rc::clone(&kept);
        let task = tokio::task::spawn_local(async move {
            // It ends when the line does.
            while let Ok(hash) = writer.edits().await {
                loop {
                    let Ok(hashes) = writer.hears().await else {
                        return;
                    };
                    list.borrow_mut().extend(&hashes);
                    if hashes.contains(&hash) {
                        break;
                    }
                }
            }
        });
        writing.push((at, kept, task));
    }
    tokio::time::sleep(uptime).await;
    server.dies().await?;
    let server = stage.serve().await?;
    let (mut acknowledged, mut lost) = (0, 0);
    for (at, kept, task) in writing {
        task.await?;
        let kept = kept.take();
        acknowledged += kept.len();
        lost += missing(stage, town, at, &kept, &server.address).await?;
    }
    server.stops().await?;
    Ok((acknowledged, lost))
}

/// How many of these changes an empty phone does not get.
async fn missing(
    stage: &Stage<'_>,
    town: &Town,
    at: usize,
    hashes: &[ChangeHash],
    address: &Address,
) -> Result<usize> {
    let person = town.people.get(at).context("nobody")?;
    let mut phone = stage.phone(town, person)?;
    phone.talk.remember();
    phone.connect(address).await?;
    // Only what comes tells when all has come: a street that is behind sends less than was aimed at.
    let mut patience = PATIENCE;
    while let Ok(message) = tokio::time::timeout(patience, phone.next()).await {
        phone.hear(&message?).await?;
        patience = QUIET;
    }
    phone.talk.lacks(0, hashes)
}

struct Writer {
    phone: Phone,
    pen: Pen,
}

impl Writer {
    async fn arrives(
        stage: &Stage<'_>,
        town: &Town,
        at: usize,
        time: usize,
        address: &Address,
    ) -> Result<Self> {
        let person = town.people.get(at).context("nobody")?;
        let street = town.streets.get(at).context("no such street")?;
        let mut phone = stage.phone(town, person)?;
        phone.connect(address).await?;
        let mut patience = PATIENCE;
        while let Ok(message) = tokio::time::timeout(patience, phone.next()).await {
            phone.hear(&message?).await?;
            patience = PAUSE;
        }
        phone.digest().await?;
        let pen = street.pen(person, time as u64)?;
        Ok(Self { phone, pen })
    }

    async fn edits(&mut self) -> Result<ChangeHash> {
        let change = self.pen.write()?;
        let hash = change.hash();
        self.phone.offer(0, vec![change]).await?;
        Ok(hash)
    }

    /// What the server has now.
    async fn hears(&mut self) -> Result<Vec<ChangeHash>> {
        let message = self.phone.next().await?;
        Ok(self.phone.hear(&message).await?.kept)
    }
}
