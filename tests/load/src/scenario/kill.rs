//! The power goes: what the server said it has, does it have it afterwards?

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use automerge::ChangeHash;
use fastrand::Rng;
use futures_util::future::try_join_all;

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
    let everybody = 0..town.people.len();
    let arriving = everybody.map(|at| Writer::arrives(stage, town, at, time, &server.address));
    let mut writing = Vec::new();
    for mut writer in try_join_all(arriving).await? {
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
        writing.push((kept, task));
    }
    tokio::time::sleep(uptime).await;
    server.dies().await?;
    let server = stage.serve().await?;
    let mut all = Vec::new();
    for (kept, task) in writing {
        task.await?;
        all.push(kept.take());
    }
    let looking = all.iter().enumerate();
    let looking = looking.map(|(at, kept)| missing(stage, town, at, kept, &server.address));
    let lost = try_join_all(looking).await?.into_iter().sum();
    server.stops().await?;
    Ok((all.iter().map(Vec::len).sum(), lost))
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
    fills(&mut phone, QUIET).await?;
    phone.talk.lacks(0, hashes)
}

/// Takes in what comes until nothing came for this long. How much will come nobody knows: a street that lost
/// something sends less than was aimed at.
async fn fills(phone: &mut Phone, quiet: Duration) -> Result<()> {
    loop {
        let has_begun = phone.talk.has_begun();
        let patience = if has_begun { quiet } else { PATIENCE };
        match tokio::time::timeout(patience, phone.next()).await {
            Ok(message) => phone.hear(&message?).await?,
            Err(_) if has_begun => return Ok(()),
            Err(_) => bail!("a street stays empty"),
        };
    }
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
        fills(&mut phone, PAUSE).await?;
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
