//! `kill -9` at any moment: what was said to be safe is there afterwards, what was told is what is stored, and
//! everybody comes to the same end.
//!
//! `KRUISPUNT_KILL_TIMES` says how often, `KRUISPUNT_KILL_SEED` repeats the same moments as far as a machine does.

mod book;
mod phone;

use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;
use kruispunt_core::model::Role;
use kruispunt_server::clock::random;
use kruispunt_storage::Storage;
use kruispunt_storage_sqlite::SqliteStorage;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::kit::{ELM, NORTH, OAK, PATIENCE, Program, settle};
use book::Book;
use phone::{Phone, Stage};

/// How often in the ordinary run.
const TIMES: u32 = 20;

/// At most so many pushes and acks from one death to the next.
const BUSY: u64 = 120;

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// The dice of a story, and how often it is repeated; both are said, so that it can be told again.
pub(crate) fn dice(story: &str, usual: u32) -> (Rng, u32) {
    let times = setting("KRUISPUNT_KILL_TIMES").unwrap_or(usual);
    let seed = setting("KRUISPUNT_KILL_SEED");
    let seed = seed.unwrap_or_else(|| u64::from(u32::from_be_bytes(random().unwrap())));
    eprintln!("{story}: {times} times, seed {seed}");
    (Rng::with_seed(seed), times)
}

/// A town in a folder, with five phones: four write, one only listens.
pub(crate) struct Load {
    stage: watch::Sender<Stage>,
    pub(crate) book: Arc<Book>,
    phones: JoinSet<()>,
}

impl Load {
    pub(crate) async fn begins(storage: &dyn Storage, rng: &mut Rng) -> Self {
        settle::found(storage).await;
        let (stage, book) = (watch::Sender::new(Stage::default()), Arc::new(Book::new()));
        let mut phones = JoinSet::new();
        for (name, role, street) in [
            ("Alice", Role::Ambassador, Some(ELM)),
            ("Anton", Role::Ambassador, Some(ELM)),
            ("Carla", Role::Coordinator, Some(OAK)),
            ("Cas", Role::Coordinator, Some(ELM)),
            ("Bob", Role::Volunteer, None),
        ] {
            let who = settle::neighbour(storage, name, role, NORTH).await;
            let phone = Phone::new(who, street, Arc::clone(&book), rng.fork());
            phones.spawn(phone.lives(stage.subscribe()));
        }
        Self {
            stage,
            book,
            phones,
        }
    }

    /// These relays serve.
    pub(crate) fn opens(&self, relays: &[&Program]) {
        let relays = relays.iter().map(|relay| relay.http.0).collect();
        self.stage.send_modify(|stage| stage.relays = relays);
    }

    /// Lets the phones work for a while.
    pub(crate) async fn goes_on(&mut self, rng: &mut Rng) {
        let more = rng.u64(0..BUSY);
        let going_on = self.book.goes_on(more);
        tokio::select! {
            done = tokio::time::timeout(PATIENCE, going_on) => done.expect("the phones get on"),
            // A phone ends before the story does only by a failed expectation.
            Some(ended) = self.phones.join_next() => panic!("{ended:?}"),
        }
        // Not always right after an ack.
        for _ in 0..rng.u8(..) {
            tokio::task::yield_now().await;
        }
    }

    /// Nothing new is made; what is under way comes to its end, and everybody hears all of it.
    pub(crate) async fn ends(mut self, storage: &dyn Storage) {
        self.stage.send_modify(|stage| stage.is_over = true);
        let all_safe = tokio::time::timeout(PATIENCE, self.book.all_is_safe()).await;
        all_safe.expect("what was made gets safe");
        let log = self.book.compare(storage, &[ELM, OAK]).await;
        self.stage.send_modify(|stage| stage.until = Some(log));
        while let Some(ended) = self.phones.join_next().await {
            ended.unwrap();
        }
    }
}

async fn open(folder: &Path) -> SqliteStorage {
    let file = folder.join("kruispunt.sqlite");
    SqliteStorage::open(&file).await.unwrap()
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_that_is_safe() {
    let (mut rng, times) = dice("kill", TIMES);
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    let mut load = Load::begins(&storage, &mut rng).await;
    for _ in 0..times {
        let relay = Program::serve(folder.path(), &[]).await;
        load.opens(&[&relay]);
        load.goes_on(&mut rng).await;
        relay.dies().await;
        load.opens(&[]);
    }

    let last = Program::serve(folder.path(), &[]).await;
    load.opens(&[&last]);
    let book = Arc::clone(&load.book);
    load.ends(&storage).await;
    eprintln!("kill: {book}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_relay_that_is_asked_to_stop_answers_everybody() {
    let (mut rng, _) = dice("stop", 5);
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    let mut load = Load::begins(&storage, &mut rng).await;
    for _ in 0..5 {
        let relay = Program::serve(folder.path(), &[]).await;
        load.opens(&[&relay]);
        load.goes_on(&mut rng).await;
        // Nobody comes back before everything has been looked at.
        load.opens(&[]);
        assert!(relay.stops().await.success());
        load.book
            .nothing_is_stored_unanswered(&storage, &[ELM, OAK])
            .await;
    }

    let last = Program::serve(folder.path(), &[]).await;
    load.opens(&[&last]);
    load.ends(&storage).await;
}
