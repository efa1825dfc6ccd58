//! What the phones were told, to be compared with what is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use kruispunt_core::id::DocumentId;
use kruispunt_storage::Storage;
use tokio::sync::watch;

type Hash = [u8; 32];

/// How far each street's log goes.
pub(super) type Log = BTreeMap<DocumentId, u64>;

#[derive(Debug, Default)]
struct Told {
    made: HashMap<Hash, DocumentId>,
    safe: HashSet<Hash>,
    /// What stands where in a log, by any ack or any changes.
    places: BTreeMap<(DocumentId, u64), Hash>,
    lines_cut: u64,
}

pub(crate) struct Book {
    told: Mutex<Told>,
    /// How often something was made or got safe.
    events: watch::Sender<u64>,
}

impl Book {
    pub(super) fn new() -> Self {
        Self {
            told: Mutex::default(),
            events: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    fn happened(&self) {
        self.events.send_modify(|events| *events += 1);
    }

    pub(super) fn is_made(&self, document: DocumentId, hash: Hash) {
        self.lock().made.insert(hash, document);
        self.happened();
    }

    pub(super) fn is_safe(&self, hash: Hash) {
        self.lock().safe.insert(hash);
        self.happened();
    }

    /// Somebody was told what stands at a place in a log; two are never told different things.
    pub(super) fn stands(&self, document: DocumentId, seq: u64, hash: Hash) {
        let before = self.lock().places.insert((document, seq), hash);
        assert!(
            before.is_none_or(|known| known == hash),
            "{seq} is two things"
        );
    }

    pub(super) fn line_was_cut(&self) {
        self.lock().lines_cut += 1;
    }

    /// Resolves when this much more happened.
    pub(super) async fn goes_on(&self, more: u64) {
        let mut events = self.events.subscribe();
        let until = *events.borrow() + more;
        events.wait_for(|&events| events >= until).await.unwrap();
    }

    pub(super) async fn all_is_safe(&self) {
        let mut events = self.events.subscribe();
        let is_safe = |_: &u64| {
            let told = self.lock();
            told.made.len() == told.safe.len()
        };
        events.wait_for(is_safe).await.unwrap();
    }

    /// Everything that was told is what is stored. Returns how far the logs go.
    pub(super) async fn compare(&self, storage: &dyn Storage, streets: &[DocumentId]) -> Log {
        let (mut stored, mut log) = (BTreeMap::new(), Log::new());
        for &document in streets {
            let changes = storage.changes_since(document, 0, 0).await.unwrap();
            log.insert(document, changes.len() as u64);
            stored.extend(
                changes
                    .iter()
                    .map(|change| ((document, change.seq), change.hash)),
            );
        }
        let told = self.lock();
        for (place, hash) in &told.places {
            assert_eq!(
                stored.get(place),
                Some(hash),
                "told and not stored: {place:?}"
            );
        }
        let hashes: BTreeSet<Hash> = stored.values().copied().collect();
        assert_eq!(hashes.len(), stored.len(), "something is stored twice");
        let lost = told.safe.iter().filter(|&hash| !hashes.contains(hash));
        assert_eq!(lost.count(), 0, "something safe is lost");
        log
    }

    /// Whatever is stored was acknowledged: the relay had the time to say so.
    pub(super) async fn nothing_is_stored_unanswered(
        &self,
        storage: &dyn Storage,
        streets: &[DocumentId],
    ) {
        self.compare(storage, streets).await;
        for &document in streets {
            for change in storage.changes_since(document, 0, 0).await.unwrap() {
                assert!(
                    self.lock().safe.contains(&change.hash),
                    "{} is unanswered",
                    change.seq
                );
            }
        }
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.lock();
        let (made, safe, cut) = (told.made.len(), told.safe.len(), told.lines_cut);
        write!(
            f,
            "{made} changes made, {safe} safe, 0 lost, {cut} lines cut"
        )
    }
}
