//! Where refused work goes: sealed, so that a coordinator can look later at what was lost to a neighbour. A task of
//! its own, with a short queue: whoever pushes never waits for it, and a flood only overflows here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, RefusedId};
use kruispunt_core::sync::RefusedChange;
use kruispunt_storage::{Bounds, Keeping, KeyOf, Refused, Storage, StorageError};
use tokio::sync::mpsc;

use crate::clock::{NoRandomness, now, random};
use crate::keys::{Keys, SealError};

/// How many changes may wait to be put away, and how many of one device: whoever floods the relay overflows their own
/// part, not that of a neighbour.
const WAITING: usize = 1024;
const WAITING_OF_ONE: usize = 16;

/// How much is kept. A phone that goes on in good faith after a refusal sends a few.
pub(crate) const BOUNDS: Bounds = Bounds {
    per_device: 100,
    bytes_per_device: 256 << 10,
    in_all: 10_000,
};

/// How many devices are remembered as having filled their part.
const FULL: usize = 1024;

/// Work that was refused.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) document: DocumentId,
    pub(super) member: MemberId,
    pub(super) device: DeviceId,
    pub(super) change: RefusedChange,
}

/// How many changes of each device wait.
type Queues = Arc<Mutex<HashMap<DeviceId, usize>>>;

/// Where to put it.
#[derive(Debug)]
pub(super) struct Drawer {
    to: mpsc::Sender<Lost>,
    queues: Queues,
}

impl Drawer {
    pub(super) fn start(storage: Arc<dyn Storage>, keys: Arc<Keys>) -> Self {
        let (to, waiting) = mpsc::channel(WAITING);
        let queues = Queues::default();
        let putting = Putting {
            queues: Arc::clone(&queues),
            storage,
            keys,
            streets: HashMap::new(),
            full: HashSet::new(),
        };
        tokio::spawn(putting.run(waiting));
        Self { to, queues }
    }

    /// Puts it away when there is room; its author has it in any case.
    pub(super) fn put(&self, lost: Lost) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let device = lost.device;
        let before = queues.get(&device).copied().unwrap_or_default();
        if before < WAITING_OF_ONE && self.to.try_send(lost).is_ok() {
            queues.insert(device, before + 1);
        } else {
            tracing::debug!("refused work was not kept: there is too much of it");
        }
    }
}

struct Putting {
    queues: Queues,
    storage: Arc<dyn Storage>,
    keys: Arc<Keys>,
    streets: HashMap<DocumentId, AreaId>,
    full: HashSet<DeviceId>,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Putting {
    async fn run(mut self, mut waiting: mpsc::Receiver<Lost>) {
        while let Some(lost) = waiting.recv().await {
            self.take(lost.device);
            if self.full.contains(&lost.device) {
                continue;
            }
            if let Err(error) = self.put(lost).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "refused work could not be kept");
            }
        }
    }

    /// One of the device's is no longer waiting.
    fn take(&self, device: DeviceId) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queued) = queues.get_mut(&device) {
            *queued = queued.saturating_sub(1);
            if *queued == 0 {
                queues.remove(&device);
            }
        }
    }

    async fn put(&mut self, lost: Lost) -> Result<(), Trouble> {
        let Some(street) = self.street(lost.document).await? else {
            return Ok(());
        };
        let bytes = u32::try_from(lost.change.bytes.len()).unwrap_or(u32::MAX);
        let kept = self.storage.refused_work();
        let room = kept.has_room(lost.device, lost.change.hash, bytes, BOUNDS);
        match room.await? {
            None => {}
            Some(Keeping::Kept) => return Ok(()),
            Some(Keeping::Full) => {
                if self.full.len() >= FULL {
                    self.full.clear();
                }
                // Until the relay starts again, or this list is full: what a device sends meanwhile costs nothing.
                self.full.insert(lost.device);
                return Ok(());
            }
        }
        let refused = Refused {
            id: RefusedId::from_bytes(random()?),
            hash: lost.change.hash,
            street,
            member: lost.member,
            device: lost.device,
            reason: lost.change.reason.key().to_owned(),
            refused_at: now(),
            bytes,
        };
        self.keep(&refused, &lost.change).await
    }

    async fn keep(&self, refused: &Refused, change: &RefusedChange) -> Result<(), Trouble> {
        let about = KeyOf::Refused(refused.id).about();
        let kept = self.storage.refused_work();
        let sealed = self.keys.ring().seal(&change.bytes, &about)?;
        match kept.keep_refused(refused, &change.requests, &sealed).await {
            // The active key was retired a moment ago.
            Err(StorageError::NotFound(_)) => {
                if let Err(error) = self.keys.look(&*self.storage, now()).await {
                    tracing::warn!(%error, "the key ring cannot be read again");
                }
                let sealed = self.keys.ring().seal(&change.bytes, &about)?;
                kept.keep_refused(refused, &change.requests, &sealed)
                    .await?;
            }
            // Another relay was told the same.
            Err(StorageError::Conflict(_)) => {}
            kept => kept?,
        }
        Ok(())
    }

    async fn street(&mut self, document: DocumentId) -> Result<Option<AreaId>, StorageError> {
        if let Some(&street) = self.streets.get(&document) {
            return Ok(Some(street));
        }
        let positions = self.storage.positions().await?;
        let streets = positions
            .into_iter()
            .map(|position| (position.document, position.area));
        self.streets = streets.collect();
        Ok(self.streets.get(&document).copied())
    }
}
